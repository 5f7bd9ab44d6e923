"""The three lists: leads, contacts, deals."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.crm.frame import crm_page, owners, stages, while_on
from madoguchi.lists import crm, keyset
from madoguchi.models import CrmPerson, CrmStage
from madoguchi.models.people import full_name
from madoguchi.organisation.current import agent_names

SHOWN_DEALS = 2


@require_safe
def start(request: Desked) -> HttpResponse:
    return redirect("crm_contacts")


@require_safe
@while_on
def leads(request: Desked) -> HttpResponse:
    return _people(request, CrmPerson.Kind.LEAD, "crm_leads")


@require_safe
@while_on
def contacts(request: Desked) -> HttpResponse:
    return _people(request, CrmPerson.Kind.CONTACT, "crm_contacts")


def _people(request: Desked, kind: str, here: str) -> HttpResponse:
    asked = Asked(request, here, crm.PERSON_ORDERS)
    category = asked.category if kind == CrmPerson.Kind.CONTACT else ""
    found = crm.people(kind, asked.q, category=category, owner=asked.owner)
    shown = keyset.page(crm.person_rows(found), asked.order, asked.after)
    of_stage = stages() if kind == CrmPerson.Kind.CONTACT else {}
    deals = crm.deals_of([row["id"] for row in shown.rows]) if of_stage else {}
    for row in shown.rows:
        row["name"] = full_name(row["last_name"], row["first_name"])
        row["deals"] = [(deal, of_stage[deal.stage_id]) for deal in deals.get(row["id"], [])]
    return crm_page(request, f"agent/crm/{here.removeprefix('crm_')}.html", shown=shown, asked=asked, **asked.shared())


@require_safe
@while_on
def deals(request: Desked) -> HttpResponse:
    asked = Asked(request, "crm_deals", crm.DEAL_ORDERS)
    found = crm.deals(asked.q, category=asked.category, owner=asked.owner)
    shown = keyset.page(crm.deal_rows(found), asked.order, asked.after)
    for row in shown.rows:
        row["contact"] = full_name(row["person__last_name"], row["person__first_name"])
    return crm_page(request, "agent/crm/deals.html", shown=shown, asked=asked, stages=stages(), **asked.shared())


class Asked:
    """What the address asks a list for; nonsense is as if it were not there."""

    def __init__(self, request: Desked, here: str, orders: dict[str, keyset.Order]) -> None:
        given = request.GET
        self.here, self.orders, self.me = here, orders, request.agent.pk
        self.q, self.after = given.get("q", "").strip()[:200], given.get("after", "")
        self.category = given.get("category", "") if given.get("category") in CrmStage.Category.values else ""
        owner = given.get("owner", "")
        self.owner = int(owner) if owner.isascii() and owner.isdecimal() and len(owner) < 19 else None
        self.sort = given.get("sort", "") if given.get("sort") in orders else "changed"
        self.order = orders[self.sort]

    @property
    def is_filtered(self) -> bool:
        return bool(self.q or self.category or self.owner)

    def link(self, **more: Any) -> str:
        """The address of this list, asked otherwise."""
        sort = "" if self.sort == "changed" else self.sort
        query = {"q": self.q, "category": self.category, "owner": self.owner, "sort": sort, **more}
        said = urlencode({k: v for k, v in query.items() if v})
        return reverse(self.here) + (f"?{said}" if said else "")

    @property
    def views(self) -> list[tuple[str, str, str, bool]]:
        """(icon, label, address, whether it is this one): the column at the left."""
        plain = not self.category and self.owner != self.me
        found = [
            ("list", _("All"), self.link(category="", owner=""), plain),
            ("user", _("Mine"), self.link(category="", owner=self.me), self.owner == self.me and not self.category),
        ]
        if self.here == "crm_leads":
            return found
        words = (
            {"open": _("With an open deal"), "won": _("With a won deal"), "lost": _("With a lost deal")}
            if self.here == "crm_contacts"
            else {value: str(label) for value, label in CrmStage.Category.choices}
        )
        icons = {"open": "handshake", "won": "good", "lost": "bad"}
        return found + [
            (icons[key], label, self.link(category=key, owner=""), self.category == key) for key, label in words.items()
        ]

    def shared(self) -> dict[str, Any]:
        return {"owners": owners(), "names": agent_names(), "link": self.link, "most_deals": SHOWN_DEALS}
