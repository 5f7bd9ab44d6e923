"""Who can see the ticket, and why (SPEC S10): a panel over its page, for all who see it."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from madoguchi.access import Level
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.finding import find_whole
from madoguchi.doors.agent.tickets.show import whole
from madoguchi.models import Permission
from madoguchi.tickets.seeing import who_sees


@require_safe
def show(request: Desked, number: int) -> HttpResponse:
    ticket = find_whole(request, number, itself="bin" in request.GET)
    return whole(
        request,
        ticket,
        panel="agent/tickets/shares/_access.html",
        sight=who_sees(ticket, by=request.actor),
        level_name=lambda level: "" if level == Level.OWN else str(Permission(level).label),
    )
