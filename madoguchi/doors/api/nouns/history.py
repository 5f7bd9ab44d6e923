"""Everything that happened to a ticket (API B5, SPEC D12)."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.present import history as present
from madoguchi.doors.api.wire import Id, Paged, words
from madoguchi.models import Event
from madoguchi.tickets.family_telling import veil
from madoguchi.verbs import CATALOGUE

door = Door("Tickets")
WIRE_TO_OURS = {wire: ours for ours, wire in present.NAMES.items()}


class History(Paged):
    limit: int = Field(50, ge=1, le=100)
    eventFilter: str = ""
    agentId: Id | None = None
    fieldName: str = ""


@door.at("GET /tickets/{int:ticket_id}/History", gives="History[]")
def list_history(request: Call, ticket_id: int, query: Query[History]) -> HttpResponse:
    """The history of a ticket, newest first."""
    found = Event.objects.filter(ticket=finders.ticket(ticket_id, request.actor)).select_related("agent", "by_contact")
    if query.eventFilter:
        names = set(words(query.eventFilter))
        verbs = [verb for verb, row in CATALOGUE.items() if row.api in names]
        if not verbs:
            raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": "eventFilter"})
        found = found.filter(verb__in=verbs)
    if query.agentId is not None:
        found = found.filter(agent=query.agentId)
    if query.fieldName:
        found = found.filter(after__has_key=WIRE_TO_OURS.get(query.fieldName, query.fieldName))
    events = list(found.order_by("-id")[query.cut(first=1)])
    veil(events, by=request.actor)
    return answers.rows([present.event(event) for event in events])
