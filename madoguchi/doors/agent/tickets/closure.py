"""Closing is a thing that is there (POST) or not (DELETE). Forms say DELETE with `_method`."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets import family_closing
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import again, done
from madoguchi.errors import Refused


@require_http_methods(["POST", "DELETE"])
def change(request: Desked, number: int) -> HttpResponse:
    ticket = find(request, number)
    reopens = "DELETE" in (request.method, request.POST.get("_method"))
    try:
        closed_n = 0 if reopens else family_closing.ask(request, ticket)
        (tickets.reopen if reopens else tickets.close)(ticket, by=request.actor)
    except Refused as refusal:
        return again(request, number, refusal)
    text = (_("#%(n)s reopened.") if reopens else _("#%(n)s closed.")) % {"n": ticket.number}
    return done(request, ticket, text if reopens else family_closing.said(ticket, text, closed_n, by=request.actor))
