"""The resolution tab: how the matter was solved, for colleagues."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.leading import Led
from madoguchi.doors.agent.tickets.show import whole_tab
from madoguchi.errors import Refused
from madoguchi.models import Ticket


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Desked, number: int) -> HttpResponse:
    """The text typed on a page of a ticket that was merged away meanwhile stands in the main one's form, not saved."""
    try:
        return edited(request, number)
    except Led as led:
        if request.method != "POST":
            raise
        text = _("#%(a)s was merged into #%(b)s") % {"a": number, "b": led.main.number}
        return again(request, led.main, Refused("MERGED", text))


def edited(request: Desked, number: int) -> HttpResponse:
    ticket = find(request, number)
    if request.method != "POST":
        return whole_tab(request, ticket, "resolution", text=ticket.resolution, seen=ticket.resolution)
    text, seen = request.POST.get("text", ""), request.POST.get("seen", "")
    try:
        tickets.edit(
            ticket, {"resolution": text}, expected={"resolution": seen.replace("\r\n", "\n")}, by=request.actor
        )
    except Refused as refusal:
        return again(request, find(request, number), refusal)
    return go(request, request.path, _("Saved."))


def again(request: Desked, ticket: Ticket, refusal: Refused) -> HttpResponse:
    """The form with what was typed, and what stands there now."""
    typed, now = request.POST.get("text", ""), ticket.resolution
    return whole_tab(request, ticket, "resolution", status=422, refusal=refusal, text=typed, seen=now)
