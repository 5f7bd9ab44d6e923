from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.finding import entry_of, find
from madoguchi.doors.agent.tickets.show import done


@require_POST
def create(request: Desked, number: int, entry: int) -> HttpResponse:
    """Send a mail again that failed, or whose fate is unknown."""
    ticket = find(request, number)
    tickets.retry(entry_of(ticket, entry), by=request.actor)
    return done(request, ticket, _("The mail is sent again."))
