from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.board import asked as asking
from madoguchi.doors.agent.board import drawing, opened
from madoguchi.doors.agent.tickets import family_closing
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.leading import Led
from madoguchi.errors import Refused


@require_POST
def create(request: Desked, mode: str, number: int) -> HttpResponse:
    """Close the ticket of a card, with the question and the refusals of its own page."""
    asked = asking.read(request, mode)
    try:
        ticket = find(request, number)
        closed_n = family_closing.ask(request, ticket)
        tickets.close(ticket, by=request.actor)
    except Led as led:
        return drawing.led(request, asked, led)
    except Refused as refusal:
        return drawing.again(request, asked, opened.for_refusal(request, asked, number, refusal))
    said = family_closing.said(ticket, _("#%(n)s closed.") % {"n": number}, closed_n)
    return drawing.done(request, asked, number, said)
