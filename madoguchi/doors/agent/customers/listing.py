"""What a list of customers is asked for in its address: view, words, filters, order, page, and who is open beside it."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from madoguchi import lookups
from madoguchi.doors.agent.answer import Desked
from madoguchi.lists import customers as lists
from madoguchi.lists import keyset
from madoguchi.lists.customers import Asker, View
from madoguchi.models import CrmClass
from madoguchi.models.organisation import LANGUAGES
from madoguchi.organisation.current import agent_names

ROWS = {"contacts": lists.contacts, "accounts": lists.accounts}
Offered = tuple[str, str, list[tuple[str, Any]]]


class Listing:
    """`kind`: contacts or accounts. What nobody offers is as if it were not asked for."""

    def __init__(self, request: Desked, kind: str) -> None:
        given = request.GET
        self.kind = kind
        self.asker = Asker(request.agent.pk, tuple(request.agent.own_department_ids))
        self.has_crm = kind == "contacts" and lookups.is_on()
        self.views = lists.views(kind, has_crm=self.has_crm)
        self.view: View = self.views.get(given.get("view", "")) or self.views[""]
        self.q, self.after = given.get("q", "").strip()[:200], given.get("after", "")
        self.values = self._read(given)
        self.sort = given.get("sort", "") if given.get("sort") in lists.ORDERS else self.view.sort
        self.turned = "1" if given.get("turned") == "1" else ""
        own = lists.ORDERS[self.sort]
        self.order = replace(own, descending=not own.descending) if self.turned else own
        opened = given.get("open", "")
        self.open = int(opened) if opened.isascii() and opened.isdecimal() and len(opened) < 19 else None

    def _read(self, given: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, _label, choices in self.offered:
            value = given.get(name, "").strip()[:200]
            if value and (not choices or value in {key for key, _words in choices}):
                found[name] = value
        return found

    @cached_property
    def offered(self) -> list[Offered]:
        """(parameter, label, its choices) of the filters; without choices it is typed."""
        owners = [(str(pk), name) for pk, name in agent_names().items() if pk != self.asker.agent_id]
        of_contacts: list[Offered] = [
            ("account", _("Account"), []),
            ("language", _("Language"), list(LANGUAGES)),
            *([("class", _("Customer class"), [(str(c.value), c.label) for c in CrmClass])] if self.has_crm else []),
        ]
        return [
            *(of_contacts if self.kind == "contacts" else []),
            ("owner", _("Owner"), [("me", _("Me")), (lists.NOBODY, _("Nobody")), *owners]),
            ("rated", _("Ratings"), [("bad", _("With bad ratings"))]),
            ("tickets", _("Tickets"), [("with", _("With tickets")), ("without", _("Without tickets"))]),
        ]

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """(parameter, label, words) of each filter in force."""
        return [
            (name, label, str(dict(choices).get(self.values[name], self.values[name])))
            for name, label, choices in self.offered
            if name in self.values
        ]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.values)

    @property
    def rows(self) -> QuerySet[Any]:
        return ROWS[self.kind](self.asker, self.view, self.q, self.values)

    def page(self) -> keyset.Page:
        return keyset.page(self.rows, self.order, self.after)

    def count(self, shown: keyset.Page, counted: dict[str, int]) -> int:
        """How many the list holds, at most the cap and one."""
        if not self.is_narrowed:
            return counted[self.view.key]
        return lists.count(self.rows) if shown.newer or shown.older else len(shown.rows)

    def link(self, **change: Any) -> str:
        """This list asked otherwise; a page and who is open are kept only where they are named."""
        sort = "" if self.sort == self.view.sort else self.sort
        usual = {"view": self.view.key, "q": self.q, **self.values, "sort": sort, "turned": self.turned}
        return address(self.kind, **{**usual, **change})

    def kept(self, **change: Any) -> list[tuple[str, str]]:
        """The same as the hidden fields of a form."""
        return parse_qsl(urlsplit(self.link(**change)).query)

    @property
    def unfiltered(self) -> dict[str, str]:
        return {name: "" for name, _label, _choices in self.offered}

    def beside(self, pk: int | str) -> str:
        """This page of the list with this customer open beside it; '': with none."""
        return self.link(after=self.after, open=pk)

    def sorted(self, sort: str) -> str:
        """The list in this order; a second time turns it round."""
        turned = "" if sort != self.sort or self.turned else "1"
        return self.link(sort="" if sort == self.view.sort else sort, turned=turned)

    def of_view(self, key: str) -> str:
        return address(self.kind, view=key)

    @property
    def export(self) -> str:
        return self.link().replace(reverse(self.kind), reverse(f"{self.kind}_export"), 1)


def address(kind: str, **query: Any) -> str:
    asked = {k: v for k, v in query.items() if v}
    return reverse(kind) + (f"?{urlencode(asked)}" if asked else "")
