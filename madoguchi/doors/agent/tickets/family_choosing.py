"""Relating existing tickets: a searchable list, several at once; what cannot be related says why (SPEC F3, F4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.access import can, require, scope
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.jinja import url
from madoguchi.doors.agent.tickets.family import OF_NUMBERS, by_numbers, said_related, tab, wanted
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.errors import Refused
from madoguchi.lists.search import Filters, search
from madoguchi.models import Ticket
from madoguchi.models.organisation import State
from madoguchi.tickets import family
from madoguchi.tickets.family_suggesting import earliest, marks_of
from madoguchi.tickets.likeness import with_marks

MOST = 50
CHIPS = ("contact", "marks", "open")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the dialog shows. `reasons`: ticket → why it cannot be chosen; `older` is proposed as parent instead."""

    q: str
    chips: Mapping[str, bool]
    marks: Sequence[str]
    rows: Sequence[Ticket]
    reasons: Mapping[int, str]
    ticked: frozenset[int]
    is_more: bool
    older: Ticket | None = None
    refusal: Refused | None = None


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: Desked, number: int) -> HttpResponse:
    """The dialog. POST relates what is ticked: `parent` says under whom, where that was asked."""
    ticket = find(request, number)
    require(request.actor, "relate", ticket)
    if request.method != "POST":
        return tab(request, ticket, choice=choice(request, ticket))
    others = by_numbers(request, wanted(request))
    try:
        return relate(request, ticket, others)
    except Refused as refusal:
        return tab(request, ticket, choice=choice(request, ticket, refusal=refusal))


def relate(request: Desked, ticket: Ticket, others: Sequence[Ticket]) -> HttpResponse:
    if not others:
        raise Refused("NOTHING_CHOSEN", _("Choose at least one ticket."), "ids")
    asked = request.POST.get("parent", "")
    older = proposed(request, ticket, others)
    if older is not None and not asked:
        return tab(request, ticket, choice=choice(request, ticket, older=older))
    family_of = {str(each.number): each for each in (ticket, *others)}
    parent = family_of.get(asked, ticket)
    children = [each for each in (ticket, *others) if each.pk != parent.pk] if parent.pk != ticket.pk else others
    family.relate(parent, children, by=request.actor)
    return go(request, url("ticket_children", number=parent.number), said_related(parent, children))


def proposed(request: Desked, ticket: Ticket, others: Sequence[Ticket]) -> Ticket | None:
    """An earlier one among them that should rather be the parent; none once the ticket has children (SPEC F4)."""
    first = earliest([ticket, *others])
    if first.pk == ticket.pk or family.reason_against_parent(first, by=request.actor) is not None:
        return None
    return None if family.children(ticket).exists() else first


def choice(request: Desked, ticket: Ticket, *, older: Ticket | None = None, refusal: Refused | None = None) -> Choice:
    sent = request.POST if request.method == "POST" else request.GET
    q = sent.get("q", "").strip()[:100]
    chips = {name: sent.get(name) == "1" for name in CHIPS}
    if "q" not in sent:
        chips["contact"] = True
    marks = sorted(mark.upper() for mark in marks_of(ticket))
    kept = by_numbers(request, wanted(request))
    found, is_more = candidates(request, ticket, q, chips)
    rows = list({row.pk: row for row in [*kept, *found] if row.pk != ticket.pk}.values())
    reasons = {pk: reason(request, each, row) for pk, each, row in against(request, ticket, rows)}
    ticked = frozenset(row.number for row in kept if row.pk not in reasons)
    return Choice(q, chips, marks, rows, reasons, ticked, is_more, older, refusal)


def candidates(request: Desked, ticket: Ticket, q: str, chips: Mapping[str, bool]) -> tuple[list[Ticket], bool]:
    """Up to MOST live tickets of own departments, the newest first, and whether there are more."""
    rows = OF_NUMBERS.live().filter(scope(request.actor)).exclude(pk=ticket.pk)
    if chips["contact"]:
        rows = rows.filter(contact_id=ticket.contact_id)
    if chips["open"]:
        rows = rows.exclude(state=State.CLOSED)
    if chips["marks"]:
        rows = rows.filter(pk__in=with_marks(marks_of(ticket)))
    number = q.removeprefix("#")
    if number.isdecimal() and len(number) < 19 and (hit := rows.filter(numbers__number=int(number)).first()):
        return [hit, *[row for row in by_words(request, ticket, rows, q, chips) if row.pk != hit.pk]][:MOST], False
    others = rows.exclude(parent_id=ticket.pk)  # its children stand on the tab; who looks for one finds it here as well
    if q:
        found = by_words(request, ticket, rows, q, chips)
    elif chips["contact"] or chips["marks"]:
        found = list(others.order_by("-pk")[: MOST + 1])
    else:
        found = list(others.filter(department_id=ticket.department_id).order_by("-created_at", "-pk")[: MOST + 1])
    return found[:MOST], len(found) > MOST


def by_words(request: Desked, ticket: Ticket, rows: Any, q: str, chips: Mapping[str, bool]) -> list[Ticket]:
    """Through the search index, in its order."""
    contact = ticket.contact_id if chips["contact"] else None
    found = [hit["id"] for hit in search(request.actor, q, Filters(contact_id=contact), size=MOST + 1).rows]
    known = {row.pk: row for row in rows.filter(pk__in=found)}
    return [known[pk] for pk in found if pk in known]


def against(request: Desked, ticket: Ticket, rows: Sequence[Ticket]) -> list[tuple[int, Refused | None, Ticket]]:
    """Those that cannot be chosen: by the rules, or because they are its children already (None)."""
    reasons = family.reasons_against(ticket, rows, by=request.actor)
    own = [(row.pk, None, row) for row in rows if row.parent_id == ticket.pk and row.pk not in reasons]
    return [*own, *((row.pk, reasons[row.pk], row) for row in rows if row.pk in reasons)]


def reason(request: Desked, refusal: Refused | None, row: Ticket) -> str:
    if refusal is None:
        return _("Related already")
    if refusal.code == "FAMILY_HAS_CHILDREN":
        return _("Has children, so it cannot be a child")
    if refusal.code == "FAMILY_OTHER_PARENT":
        if row.parent is not None and can(request.actor, "read", row.parent):
            return _("Related to another parent, #%(n)s") % {"n": row.parent.number}
        return _("Related to another parent")
    return str(refusal.text)
