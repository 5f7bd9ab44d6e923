"""How a ticket was resolved, in words (API B2)."""

from django.http import HttpResponse

from madoguchi import tickets
from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import not_yet
from madoguchi.doors.api.present.entry import agent_author
from madoguchi.doors.api.present.words import time
from madoguchi.doors.api.wire import Body
from madoguchi.models import Event, Ticket

door = Door("Resolution", names={"resolution": "content"})


def shown(ticket: Ticket) -> dict[str, object]:
    last = Event.objects.filter(ticket=ticket, after__has_key="resolution").select_related("agent").last()
    return {
        "content": ticket.resolution or None,
        "modifiedTime": time(last.at) if last else None,
        "author": agent_author(last.agent) if last and last.agent else None,
    }


@door.at("GET /tickets/{int:ticket_id}/resolution", gives="Resolution")
def get_resolution(request: Call, ticket_id: int) -> object:
    """The resolution, and who wrote it."""
    return shown(finders.ticket(ticket_id, request.actor))


class NewResolution(Body):
    content: str
    isNotifyContact: bool = False


@door.at("PATCH /tickets/{int:ticket_id}/resolution", gives="Resolution")
def change_resolution(request: Call, ticket_id: int, body: NewResolution) -> object:
    """Write the resolution."""
    if body.isNotifyContact:
        raise not_yet("/isNotifyContact")
    ticket = finders.ticket(ticket_id, request.actor)
    return shown(tickets.edit(ticket, {"resolution": body.content}, by=request.actor))


@door.at("DELETE /tickets/{int:ticket_id}/resolution", status=204)
def delete_resolution(request: Call, ticket_id: int) -> HttpResponse:
    """Empty the resolution."""
    tickets.edit(finders.ticket(ticket_id, request.actor), {"resolution": ""}, by=request.actor)
    return answers.nothing()
