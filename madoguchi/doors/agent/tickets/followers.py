from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import done


@require_http_methods(["POST", "DELETE"])
def change(request: Desked, number: int) -> HttpResponse:
    """Follow the ticket, or no longer (`_method` DELETE)."""
    ticket = find(request, number)
    if "DELETE" in (request.method, request.POST.get("_method")):
        tickets.unfollow(ticket, [request.agent], by=request.actor)
        return done(request, ticket, _("You no longer follow this ticket."))
    tickets.follow(ticket, [request.agent], by=request.actor)
    return done(request, ticket, _("You follow this ticket."))
