"""The board as a page (SPEC C1, C5)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi.board import modes
from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.board import asked as asking
from madoguchi.doors.agent.board import drawing, opened
from madoguchi.doors.agent.board.asked import Asked
from madoguchi.doors.agent.tickets.leading import Led

OPENS = {"reply": opened.for_reply, "place": opened.for_place}


@require_safe
def last(request: Desked) -> HttpResponse:
    """The work mode the agent used last."""
    return redirect("work_mode", mode=modes.last(request.agent).key)


@require_safe
def show(request: Desked, mode: str) -> HttpResponse:
    """`column` and `after`: that column goes on behind the cursor. `reply` or `place`: that card is open."""
    if request.department is None:
        return page(request, "agent/no_department.html")
    asked = asking.read(request, mode)
    modes.remember(asked.mode, by=request.actor)
    try:
        card = open_card(request, asked)
    except Led as led:
        told = {"a": led.number, "b": led.main.number}
        messages.warning(request, _("#%(a)s was merged into #%(b)s. Nothing was changed.") % told)
        card = None
    if drawing.is_script(request) and card is not None:
        return drawing.pieces(request, asked, [card.number], card)
    return drawing.whole(request, asked, card)


def open_card(request: Desked, asked: Asked) -> opened.Opened | None:
    for name, make in OPENS.items():
        number = request.GET.get(name, "")
        if number.isdecimal() and len(number) < 19:
            return make(request, asked, int(number))
    return None
