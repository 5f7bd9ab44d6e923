"""The recycle bin: why each thing is there, what restoring brings back, how long it stays (SPEC D8)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from madoguchi import people, tickets
from madoguchi.access import require, scope
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import keyset
from madoguchi.doors.agent.setup.pages import deed, setup_page
from madoguchi.errors import Hidden
from madoguchi.models import Account, Contact, Ticket
from madoguchi.organisation.current import the_organisation
from madoguchi.prepared import fetch

TABS = {"tickets": gettext_lazy("Tickets"), "contacts": gettext_lazy("Contacts"), "accounts": gettext_lazy("Accounts")}
MOST = 100
CHILDREN = """
SELECT c.parent_id, count(*) FROM madoguchi_ticket c JOIN madoguchi_department d ON d.id = c.department_id
WHERE c.parent_id = ANY(%s::bigint[]) AND c.trashed_at IS NULL AND NOT c.is_spam AND d.has_families GROUP BY 1
"""
RESTORE: dict[str, Callable[..., Any]] = {
    "tickets": tickets.restore,
    "contacts": people.restore_contact,
    "accounts": people.restore_account,
}


def show(request: Desked) -> HttpResponse:
    require(request.actor, "see_bin")
    kind = kind_of(request.GET.get("show", "tickets"))
    q = request.GET.get("q", "").strip()[:100]
    found = searched(kind, binned(request, kind), q)
    rows, newer, older = keyset.latest_first(request, found, "trashed_at")
    days = the_organisation().bin_days
    return setup_page(
        request,
        "agent/setup/recycle_bin.html",
        here="recycle_bin",
        rows=rows,
        kind=kind,
        tabs=[(label, f"{request.path}?show={name}", name == kind, None) for name, label in TABS.items()],
        q=q,
        days=days,
        left=lambda at: days_left(at, days),
        children_n=children_of(rows) if kind == "tickets" else {},
        newer=newer,
        older=older,
    )


@require_POST
def restore(request: Desked) -> HttpResponse:
    """Take the ticked ones out again: all of them or none."""
    require(request.actor, "see_bin")
    kind = kind_of(request.POST.get("show", "tickets"))
    rows = ticked(request, kind)
    back = f"{reverse('recycle_bin')}?show={kind}"
    done = ngettext("Restored %(n)s.", "Restored %(n)s.", len(rows)) % {"n": len(rows)}

    def act() -> None:
        for row in rows:
            RESTORE[kind](row, by=request.actor)

    return deed(request, act, to=back, here="recycle_bin", done=done)


@require_POST
def purge(request: Desked) -> HttpResponse:
    """Delete tickets for good; asks first."""
    require(request.actor, "see_bin")
    require(request.actor, "purge")
    rows = ticked(request, "tickets")
    back = reverse("recycle_bin")
    if "sure" not in request.POST:
        return setup_page(request, "agent/setup/purge.html", here="recycle_bin", rows=rows, back=back)
    done = ngettext("Deleted %(n)s ticket for good.", "Deleted %(n)s tickets for good.", len(rows)) % {"n": len(rows)}

    def act() -> None:
        for row in rows:
            tickets.purge(row, by=request.actor)

    return deed(request, act, to=back, here="recycle_bin", done=done)


def kind_of(name: str) -> str:
    return name if name in TABS else "tickets"


def binned(request: Desked, kind: str) -> QuerySet[Any]:
    """What lies there and the agent may see: tickets of own departments; contacts and accounts belong to all."""
    if kind == "tickets":
        rows: QuerySet[Any] = Ticket.objects.filter(scope(request.actor)).select_related(
            "trashed_by", "department", "merged_into", "parent"
        )
    elif kind == "contacts":
        rows = Contact.objects.select_related("trashed_by", "account").prefetch_related("addresses")
    else:
        rows = Account.objects.select_related("trashed_by")
    rows = rows.filter(trashed_at__isnull=False)
    return rows.filter(purged_at=None) if kind == "tickets" else rows.filter(merged_into=None)


def children_of(rows: Iterable[Ticket]) -> dict[int, int]:
    """How many live children come under these tickets again when they are restored."""
    ids = [row.pk for row in rows if row.department.has_families]
    return dict(fetch(CHILDREN, [ids])) if ids else {}


def searched(kind: str, rows: QuerySet[Any], q: str) -> QuerySet[Any]:
    """By subject or number, by name."""
    if not q:
        return rows
    if kind == "tickets":
        number = q.removeprefix("#")
        by_number = Q(number=int(number)) if number.isascii() and number.isdigit() and len(number) < 18 else Q()
        return rows.filter(Q(subject__icontains=q) | by_number if by_number else Q(subject__icontains=q))
    if kind == "contacts":
        return rows.filter(Q(last_name__icontains=q) | Q(first_name__icontains=q))
    return rows.filter(name__icontains=q)


def ticked(request: Desked, kind: str) -> list[Any]:
    """The rows named by `ids` (or by the button's `one`), in id order. Hidden if one of them is not there."""
    wanted = request.POST.getlist("one") or request.POST.getlist("ids")
    ids = {int(text) for text in wanted[:MOST] if text.isascii() and text.isdigit() and len(text) < 19}
    rows = list(binned(request, kind).filter(pk__in=ids).order_by("pk"))
    if not rows or len(rows) != len(ids):
        raise Hidden
    return rows


def days_left(trashed_at: datetime, days: int) -> int:
    left = trashed_at + timedelta(days=days) - timezone.now()
    return max(0, -(-int(left.total_seconds()) // 86400))
