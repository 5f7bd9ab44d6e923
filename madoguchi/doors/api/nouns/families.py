"""Parent and child tickets (SPEC F3, F8; the wire contract knows `parentTicket` alone, the rest is ours)."""

from typing import Any, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from pydantic import Field

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.doors.api import answers, finders, mass, rows
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit, invalid, kind_of
from madoguchi.doors.api.wire import Body, Ids
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Ticket
from madoguchi.models.organisation import State
from madoguchi.tickets import family, family_replying

door = Door("Tickets")


class Children(Body):
    ids: Ids = Field(description="The tickets that become children, or are to be none any more")


@door.at("GET /tickets/{int:ticket_id}/childTickets", gives="TicketRow[]")
def list_children(request: Call, ticket_id: int) -> HttpResponse:
    """The children of a ticket that one may see, the oldest first; 204 where there are none."""
    parent = finders.ticket(ticket_id, request.actor)
    return answers.rows(rows.listed(family.children(parent).filter(access.reach(request.actor))))


@door.at("POST /tickets/{int:ticket_id}/childTickets", gives="TicketRow[]")
def add_children(request: Call, ticket_id: int, body: Children) -> HttpResponse:
    """Make tickets children of this one: all of them or none. Answers with all children."""
    by: Actor = request.actor
    parent = finders.ticket(ticket_id, by)
    try:
        family.relate(parent, finders.tickets(body.ids, by), by=by)
    except Refused as refusal:
        return invalid(told(refusal))
    return list_children(request, ticket_id)


@door.at("DELETE /tickets/{int:ticket_id}/childTickets", status=204)
def remove_children(request: Call, ticket_id: int, body: Children) -> HttpResponse:
    """Take children from this ticket; they stay tickets. 404 where one of them is no child of it."""
    by: Actor = request.actor
    parent = finders.ticket(ticket_id, by)
    found = finders.tickets(body.ids, by)
    if any(child.parent_id != parent.pk for child in found):
        raise Hidden
    family.detach(found, by=by)
    return answers.nothing()


class ChildrenReply(Body):
    content: str
    contentType: Literal["html", "plainText"] = "plainText"
    ids: Ids | None = Field(None, description="Which children; all that are not closed if left out")
    ticketStatus: str | None = None


@door.at("POST /tickets/{int:ticket_id}/childTickets/reply", gives="Result[results]")
def reply_to_children(request: Call, ticket_id: int, body: ChildrenReply) -> HttpResponse:
    """Answer the customers of the children, each in their own thread; what became of each child."""
    by: Actor = request.actor
    parent = finders.ticket(ticket_id, by)
    chosen = (
        family.children(parent).filter(access.reach(by)).exclude(state=State.CLOSED)
        if body.ids is None
        else finders.tickets(body.ids, by)
    )
    if any(child.parent_id != parent.pk for child in chosen):
        raise Hidden
    then = finders.status(body.ticketStatus, "/ticketStatus") if body.ticketStatus else None
    is_html = body.contentType == "html"
    text, html = ("", body.content) if is_html else (body.content, "")
    outcomes = family_replying.reply_to_children(parent, chosen, text, html=html, then=then, by=by)
    return mass.results([mass.result_of(outcome) for outcome in outcomes])


def told(refusal: Refused) -> tuple[str, str, Any]:
    """A refusal as (JSON pointer, kind, text)."""
    return "/ids", kind_of(refusal), refusal.text


def relate_to(ticket: Ticket, parent_id: int | None, *, by: Actor) -> None:
    """What `parentTicket` of a body says: an id makes the ticket its child, null takes it from its parent."""
    if parent_id is None:
        family.detach([ticket], by=by)
        return
    pointer = "/parentTicket/id"
    try:
        family.relate(finders.ticket(parent_id, by), [ticket], by=by)
    except Hidden:
        raise Unfit(pointer, text=_("This choice does not exist (any more).")) from None
    except Refused as refusal:
        raise Unfit(pointer, kind_of(refusal), refusal.text) from None
