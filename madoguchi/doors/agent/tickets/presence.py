"""Who else is on the ticket: said by each open page, shown in the ticket's head."""

from typing import cast, get_args

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods

from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.tickets import attending


@require_http_methods(["GET", "POST"])
def show(request: Desked, number: int) -> HttpResponse:
    """POST `doing=viewing|typing|gone` says what the reader does; the answer, as of GET, is who else is there."""
    ticket = find(request, number)
    doing = request.POST.get("doing", "")
    if doing == "gone":
        attending.leave(ticket, by=request.actor)
        return HttpResponse(status=204)
    if doing in get_args(attending.Doing):
        attending.attend(ticket, cast(attending.Doing, doing), by=request.actor)
    others = attending.others(ticket, by=request.actor)
    return HttpResponse(render_to_string("agent/tickets/_presence.html", {"others": others}, request))
