from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi.board import modes, moving
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.board import asked as asking
from madoguchi.doors.agent.board import drawing, opened
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.leading import Led
from madoguchi.errors import Refused


@require_POST
def change(request: Desked, mode: str, number: int) -> HttpResponse:
    """Put a card into the column `to`; `seen` is the one it was taken from. `dragged`: by the mouse."""
    asked, key = asking.read(request, mode), request.POST.get("to", "")[:30]
    try:
        ticket = find(request, number)
        moving.move(ticket, asked.mode, key, seen=request.POST.get("seen", "")[:30] or None, by=request.actor)
    except Led as led:
        return drawing.led(request, asked, led)
    except Refused as refusal:
        is_dragged = "dragged" in request.POST or not asked.mode.verb
        say = opened.for_refusal if is_dragged else opened.for_place
        return drawing.again(request, asked, say(request, asked, number, refusal))
    columns = modes.columns(asked.mode, asked.department, by=request.actor)
    label = next((str(column.label) for column in columns if column.key == key), key)
    return drawing.done(request, asked, number, _("#%(n)s moved to “%(column)s”.") % {"n": number, "column": label})
