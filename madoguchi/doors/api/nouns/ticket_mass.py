"""Many tickets at once: close, delete, change one field, mark as spam (API B2)."""

from typing import Any

from django.http import HttpResponse
from pydantic import ValidationError

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.doors.api import mass
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit, not_yet
from madoguchi.doors.api.ticket_changes import apply
from madoguchi.doors.api.ticket_fields import TicketFields
from madoguchi.doors.api.wire import Body, Ids, refuse_unbuilt

door = Door("Tickets, many at once")
UPDATABLE = {
    "status": "set_status",
    "assigneeId": "assign",
    "teamId": "assign",
    "priority": "edit",
    "dueDate": "edit",
    "responseDueDate": "edit",
    "category": "edit",
    "subCategory": "edit",
    "classification": "edit",
    "productId": "edit",
    "language": "edit",
    "channel": "edit",
    "resolution": "edit",
    "subject": "edit",
}
SYNONYMS = {"assignee": "assigneeId", "product": "productId", "team": "teamId", "duedate": "dueDate"}


class ChosenTickets(Body):
    ids: Ids


class TrashedTickets(Body):
    ticketIds: Ids


@door.at("POST /closeTickets", gives="Result[results]")
def close_tickets(request: Call, body: ChosenTickets) -> HttpResponse:
    """Close tickets."""
    by: Actor = request.actor
    return mass.results(mass.each(body.ids, "set_status", lambda t: tickets.close(t, by=by), by=by))


@door.at("POST /tickets/moveToTrash", gives="Result[results]?", status=204)
def trash_tickets(request: Call, body: TrashedTickets) -> HttpResponse:
    """Move tickets to the recycle bin."""
    by: Actor = request.actor
    return mass.results_if_refused(mass.each(body.ticketIds, "trash", lambda t: tickets.trash(t, by=by), by=by))


class OneField(Body):
    ids: Ids
    fieldName: str
    fieldValue: Any = None
    isCustomField: bool = False


@door.at("POST /tickets/updateMany", gives="Result[results]?", status=204)
def update_tickets(request: Call, body: OneField) -> HttpResponse:
    """Give one field the same value on many tickets."""
    by: Actor = request.actor
    name = SYNONYMS.get(body.fieldName, body.fieldName)
    custom = body.isCustomField or name.startswith("cf_")
    if not custom and name not in UPDATABLE:
        raise not_yet("/fieldName")
    try:
        change = TicketFields.model_validate({"cf": {name: body.fieldValue}} if custom else {name: body.fieldValue})
    except ValidationError:
        raise Unfit("/fieldValue") from None
    verb = "edit" if custom else UPDATABLE[name]
    return mass.results_if_refused(mass.each(body.ids, verb, lambda t: apply(t, change, by), by=by))


class Spam(Body):
    ids: Ids
    isSpam: bool = True
    contactSpam: bool = False
    handleExistingTickets: bool = False


@door.at("POST /tickets/markSpam", gives="Result[results]")
def mark_tickets_spam(request: Call, body: Spam) -> HttpResponse:
    """Mark tickets as spam, or as not spam."""
    by: Actor = request.actor
    mass.allowed(body.ids, "mark_spam", by=by)
    refuse_unbuilt(body, *(n for n in ("contactSpam", "handleExistingTickets") if getattr(body, n)))
    mark = tickets.mark_spam if body.isSpam else tickets.unmark_spam
    return mass.results(mass.each(body.ids, "mark_spam", lambda t: mark(t, by=by), by=by))
