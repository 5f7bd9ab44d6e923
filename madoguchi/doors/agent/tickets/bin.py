"""The recycle bin, seen from a ticket: into it (POST) and out of it (DELETE)."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import done


@require_http_methods(["POST", "DELETE"])
def change(request: Desked, number: int) -> HttpResponse:
    ticket = find(request, number, itself=True)
    if "DELETE" in (request.method, request.POST.get("_method")):
        tickets.restore(ticket, by=request.actor)
        return done(request, ticket, _("#%(n)s restored.") % {"n": ticket.number})
    tickets.trash(ticket, because=request.POST.get("because", ""), by=request.actor)
    return go(request, reverse("tickets"), _("#%(n)s moved to the recycle bin.") % {"n": ticket.number})
