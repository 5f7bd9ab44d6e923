"""The resolution tab: how the matter was solved, for colleagues."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import whole_tab
from madoguchi.errors import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Desked, number: int) -> HttpResponse:
    ticket = find(request, number)
    if request.method != "POST":
        return whole_tab(request, ticket, "resolution", text=ticket.resolution, seen=ticket.resolution)
    text, seen = request.POST.get("text", ""), request.POST.get("seen", "")
    try:
        tickets.edit(
            ticket, {"resolution": text}, expected={"resolution": seen.replace("\r\n", "\n")}, by=request.actor
        )
    except Refused as refusal:
        fresh = find(request, number)
        return whole_tab(request, fresh, "resolution", status=422, refusal=refusal, text=text, seen=fresh.resolution)
    return go(request, request.path, _("Saved."))
