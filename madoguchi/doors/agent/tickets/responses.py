"""Canned responses at the composer: the list to choose from, one filled in, and both without script."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets import writing
from madoguchi.doors.agent.tickets.finding import find, find_whole
from madoguchi.doors.agent.tickets.show import again, whole
from madoguchi.errors import Hidden, Refused
from madoguchi.models import CannedResponse
from madoguchi.organisation import responses
from madoguchi.tickets.responding import filled

MOST = 500
START = 120


@require_safe
def show(request: Desked, number: int) -> HttpResponse:
    """Those of the ticket's department first."""
    ticket = find(request, number)
    rows = sorted(responses.usable(request.actor)[:MOST], key=lambda row: row.department_id != ticket.department_id)
    listed = [
        {
            "id": row.pk,
            "name": row.name,
            "shortcut": row.shortcut,
            "start": " ".join(row.text[: 2 * START].split())[:START],
            "of": row.department.name if row.department else "",
            "own": row.owner_id is not None,
        }
        for row in rows
    ]
    return JsonResponse({"responses": listed})


@require_safe
def fill(request: Desked, number: int, response: int) -> HttpResponse:
    """One response with the words of this ticket."""
    words = filled(one(request, str(response)), find(request, number), by=request.actor)
    return JsonResponse({"text": words.text, "html": words.html, "missing": words.missing})


@require_POST
def insert(request: Desked, number: int) -> HttpResponse:
    """Without script: the page again with what was typed, the list, and the chosen response at the end of the text."""
    ticket = find_whole(request, number)
    typed = request.POST.copy()
    mode = typed.get("mode", "")
    try:
        files = writing.uploads(request)
    except Refused as refusal:
        return again(request, number, refusal, mode=mode)
    if chosen := typed.get("response", ""):
        words = filled(one(request, chosen), ticket, by=request.actor)
        typed["body"] = f"{typed.get('body', '').rstrip()}\n\n{words.text}".strip()
    return whole(request, ticket, mode=mode or "reply", typed=typed, kept=files)


def one(request: Desked, pk: str) -> CannedResponse:
    row = responses.usable(request.actor).filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
    if row is None:
        raise Hidden
    return row
