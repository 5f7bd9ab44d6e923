from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets import family_closing
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import again, done
from madoguchi.errors import Refused
from madoguchi.models.organisation import State
from madoguchi.organisation.current import statuses


@require_POST
def change(request: Desked, number: int) -> HttpResponse:
    """Give the ticket another status, unless someone changed it meanwhile."""
    ticket = find(request, number)
    known = {str(s.pk): s for s in statuses()}
    try:
        if (wanted := known.get(request.POST.get("value", ""))) is None:
            raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "status")
        closes = wanted.state == State.CLOSED
        closed_n = family_closing.ask(request, ticket) if closes else 0
        tickets.set_status(ticket, wanted, expected=known.get(request.POST.get("seen", "")), by=request.actor)
    except Refused as refusal:
        return again(request, number, refusal, edit="status")
    text = _("Status changed.")
    return done(request, ticket, family_closing.said(ticket, text, closed_n, by=request.actor) if closes else text)
