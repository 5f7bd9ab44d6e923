"""The tab 親 - 子: the children of a ticket, what waits for what, and what else may belong to them (SPEC F3, F7, F8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from madoguchi.access import can, require
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.jinja import url
from madoguchi.doors.agent.tickets import conversation, family_head
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import whole_tab
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Ticket
from madoguchi.models.people import full_name
from madoguchi.prepared import Prepared
from madoguchi.tickets import family
from madoguchi.tickets.family_suggesting import suggestions

MOST_OPENED = 5
COLUMNS = (
    "id number subject state channel status_id due_at due_left_s closed_at shared department_id department__name assignee_id"
    " assignee__last_name assignee__first_name contact_id contact__last_name contact__first_name thread_n comment_n"
).split()
CHILDREN = Prepared(
    lambda mark: Ticket.objects.filter(family.IN_EFFECT, parent=mark.number("parent")).order_by("id").values(*COLUMNS)
)
OF_NUMBERS = Ticket.objects.with_people().select_related("parent__department")


@dataclass(slots=True)
class Child:
    """A row of the table; of one the agent may not see nothing but that it is there. `parts`: its conversation, opened."""

    is_seen: bool
    row: Mapping[str, Any]
    assignee: str = ""
    contact: str = ""
    ticket: Any = None
    parts: list[conversation.Part] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
def show(request: Desked, number: int) -> HttpResponse:
    """The tab. POST relates the tickets `with`, DELETE detaches them."""
    ticket = find(request, number)
    if request.method in ("GET", "HEAD"):
        return tab(request, ticket)
    try:
        if "DELETE" in (request.method, request.POST.get("_method")):
            return detached(request, ticket)
        return related(request, ticket)
    except Refused as refusal:
        here = find(request, int(request.POST["back"])) if request.POST.get("back", "").isdecimal() else ticket
        return tab(request, here, refusal)


def related(request: Desked, parent: Ticket) -> HttpResponse:
    others = by_numbers(request, wanted(request))
    if not others:
        raise Refused("NOTHING_CHOSEN", _("Choose at least one ticket."), "ids")
    family.relate(parent, others, by=request.actor)
    return go(request, back_to(request, parent), said_related(parent, others))


def said_related(parent: Ticket, others: Sequence[Ticket]) -> str:
    if len(others) == 1:
        return _("#%(n)s is a child of #%(parent)s now.") % {"n": others[0].number, "parent": parent.number}
    text = ngettext(
        "%(num)s ticket is a child of #%(n)s now.", "%(num)s tickets are children of #%(n)s now.", len(others)
    )
    return text % {"num": len(others), "n": parent.number}


def detached(request: Desked, parent: Ticket) -> HttpResponse:
    require(request.actor, "relate", parent)
    others = [other for other in by_numbers(request, wanted(request)) if other.parent_id == parent.pk]
    family.detach(others, by=request.actor)
    said = ""
    if others:
        said = _("#%(n)s is no longer a child of #%(parent)s.") % {"n": others[0].number, "parent": parent.number}
    return go(request, back_to(request, parent), said)


def back_to(request: Desked, parent: Ticket) -> str:
    """The tab one came from: that of `back`, else the parent's."""
    back = request.POST.get("back", "")
    number = int(back) if back.isdecimal() and len(back) < 19 else parent.number
    return url("ticket", number=number) if "to_ticket" in request.POST else url("ticket_children", number=number)


def wanted(request: Desked) -> list[int]:
    sent = request.POST if request.method == "POST" else request.GET
    return list(dict.fromkeys(int(n) for n in sent.getlist("with") if n.isdecimal() and len(n) < 19))[: family.MOST]


def by_numbers(request: Desked, numbers: Sequence[int]) -> list[Ticket]:
    """The tickets of these numbers. Hidden if one of them is not to be seen."""
    found = {row.number: row for row in OF_NUMBERS.filter(number__in=numbers)} if numbers else {}
    if any(n not in found or not can(request.actor, "read", found[n]) for n in numbers):
        raise Hidden
    return [found[n] for n in numbers]


def tab(request: Desked, ticket: Ticket, refusal: Refused | None = None, **more: Any) -> HttpResponse:
    """The whole tab, with what a dialog above it needs. Without the feature it is not there."""
    if not ticket.department.has_families:
        raise Hidden
    head = family_head.read(ticket, request.actor)
    ticket.__dict__["family"] = head
    children = rows(request, ticket)
    opened = open_some(children, request.GET.get("open", ""))
    may = can(request.actor, "relate", ticket) and ticket.is_live
    return whole_tab(
        request,
        ticket,
        "family/show",
        status=422 if refusal or getattr(more.get("choice"), "refusal", None) else 200,
        told_off=refusal,
        children=children,
        opened=opened,
        may=may,
        suggested=suggestions(ticket, by=request.actor) if may and not more else [],
        detaching=detaching(request, ticket, head, children) if may else None,
        manner=conversation.manner,
        paragraphs=conversation.paragraphs,
        bare=conversation.bare,
        to=lambda **query: tab_address(ticket, **query),
        toggled=lambda number: toggled(opened, number),
        **{"choice": None, **more},
    )


def tab_address(ticket: Ticket, **query: Any) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items() if value)
    return url("ticket_children", number=ticket.number) + (f"?{asked}" if asked else "")


def rows(request: Desked, ticket: Ticket) -> list[Child]:
    found = CHILDREN(parent=ticket.pk) if ticket.is_live else []
    made = []
    for row in found:
        named = {"id": row["id"], "department": row["department_id"], "shared": row["shared"]}
        who = (
            full_name(row["assignee__last_name"] or "", row["assignee__first_name"] or "") if row["assignee_id"] else ""
        )
        contact = full_name(row["contact__last_name"], row["contact__first_name"])
        made.append(Child(family_head.is_seen(named, request.actor), row, who, contact))
    return made


def open_some(children: Sequence[Child], asked: str) -> list[int]:
    """Bring the conversations of the children that are asked for. Returns their numbers."""
    numbers = [int(n) for n in asked.split(",") if n.isdecimal() and len(n) < 19][:MOST_OPENED]
    chosen = [child for child in children if child.is_seen and child.row["number"] in numbers]
    found = Ticket.objects.with_people().in_bulk([child.row["id"] for child in chosen]) if chosen else {}
    for child in chosen:
        child.ticket = found[child.row["id"]]
        child.parts = conversation.parts(conversation.entries_of(child.ticket), [])
    return [child.row["number"] for child in chosen]


def toggled(opened: Sequence[int], number: int) -> str:
    """The value of `open` with this one opened or closed."""
    rest = [n for n in opened if n != number]
    return ",".join(map(str, rest if number in opened else [*rest, number][-MOST_OPENED:]))


@dataclass(frozen=True, slots=True)
class Detaching:
    """What is to be detached from where, once it is confirmed."""

    number: int
    subject: str
    parent: int


def detaching(
    request: Desked, ticket: Ticket, head: family_head.Head | None, children: Sequence[Child]
) -> Detaching | None:
    """A child of this ticket, or this one from its parent."""
    asked = request.GET.get("detach", "")
    if head and head.parent and not head.is_hidden and asked == str(ticket.number):
        return Detaching(ticket.number, ticket.subject, head.parent["number"])
    child = next((each.row for each in children if each.is_seen and str(each.row["number"]) == asked), None)
    return Detaching(child["number"], child["subject"], ticket.number) if child else None
