"""Tickets: list, open, read, change (API B2)."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.doors.api import answers, finders, rows, shares
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit
from madoguchi.doors.api.nouns.families import relate_to
from madoguchi.doors.api.requesters import NewTicket, requester
from madoguchi.doors.api.ticket_changes import apply
from madoguchi.doors.api.ticket_fields import TicketFields, choice, edits, refuse_unstored, secondary
from madoguchi.doors.api.ticket_filters import Filtered, page
from madoguchi.doors.api.wire import Body, Id
from madoguchi.errors import Hidden
from madoguchi.models import Agent, Department
from madoguchi.models.ticket import Channel

door = Door("Tickets")
RULES = {"isassignmentruleapplied": "false", "isslaapplied": "false", "iswfruleapplied": "false"}


@door.at("GET /tickets", gives="TicketRow[]")
def list_tickets(request: Call, query: Query[Filtered]) -> HttpResponse:
    """List tickets of own departments, newest first."""
    return page(request, finders.seen_tickets(request.actor), query)


class Included(BaseModel):
    include: str = ""


@door.at("GET /tickets/{int:ticket_id}", gives="Ticket")
def get_ticket(request: Call, ticket_id: int, query: Query[Included]) -> object:
    """A whole ticket. For one that was merged away the main ticket, with `mergedFrom` naming the id asked for."""
    seen = finders.reached_tickets(request.actor)
    if (found := rows.whole(request, seen, ticket_id, query.include)) is not None:
        return found
    main_id = finders.leading([ticket_id])[ticket_id]
    found = rows.whole(request, seen, main_id, query.include) if main_id != ticket_id else None
    if found is None:
        raise Hidden
    return {**found, "mergedFrom": str(ticket_id)}


@door.at("POST /tickets", gives="TicketWritten")
def open_ticket(request: Call, body: NewTicket) -> HttpResponse:
    """Open a ticket. Without a description it has no message yet; the channel is Phone unless named."""
    by: Actor = request.actor
    refuse_unstored(body)
    department = finders.one(Department.objects.all(), body.departmentId)
    more = edits(body, department)
    subject = more.pop("subject") if "subject" in body.model_fields_set else _("(no subject)")
    more.pop("contact", None)
    if body.uploads and not (body.description or "").strip():
        raise Unfit("/uploads", text=_("Files need a description they belong to."))
    ticket = tickets.open_ticket(
        department=department,
        contact=requester(body, by),
        subject=subject or "",
        channel=choice(body.channel, Channel.values, "/channel") if body.channel else Channel.PHONE,
        html=body.description or "",
        attachments=tickets.take_up(body.uploads or [], by=by, field="uploads"),
        status=finders.status(body.status) if body.status else None,
        assignee=finders.named(Agent, body.assigneeId, "/assigneeId"),
        more=more,
        by=by,
    )
    if body.teamId:
        tickets.assign(ticket, team=finders.team(body.teamId), by=by)
    if body.secondaryContacts:
        tickets.set_secondary_contacts(ticket, secondary(body), by=by)
    if body.sharedDepartments:
        shares.write(ticket, body.sharedDepartments, by=by)
    if body.parentTicket is not None:
        relate_to(ticket, body.parentTicket.id, by=by)
    response = answers.to_json(rows.written(request, ticket))
    for name, value in RULES.items():
        response[name] = value
    return response


class Quiet(BaseModel):
    disableClosureNotification: str = ""


@door.at("PATCH /tickets/{int:ticket_id}", gives="TicketWritten")
def change_ticket(request: Call, ticket_id: int, body: TicketFields, query: Query[Quiet]) -> object:
    """Change a ticket: all of what was sent, or nothing of it."""
    by: Actor = request.actor
    ticket = finders.ticket(ticket_id, by)
    apply(ticket, body, by)
    return rows.written(request, ticket)


class Move(Body):
    departmentId: Id


class MoveTo(BaseModel):
    departmentId: Id | None = None


@door.at("POST /tickets/{int:ticket_id}/move", gives="TicketWritten")
def move_ticket(request: Call, ticket_id: int, query: Query[MoveTo], body: Move | None = None) -> object:
    """Hand the ticket to another department, named in the body or in the query."""
    ticket = finders.ticket(ticket_id, request.actor)
    if body is not None:
        target = finders.named(Department, body.departmentId, "/departmentId")
    elif query.departmentId is not None:
        target = finders.one(Department.objects.all(), query.departmentId)
    else:
        raise Unfit("/departmentId", "missing")
    assert target is not None
    tickets.move(ticket, target, by=request.actor)
    return rows.written(request, ticket)
