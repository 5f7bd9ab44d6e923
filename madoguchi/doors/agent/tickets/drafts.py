"""The draft of a ticket's form: kept (POST), forgotten (DELETE). Scripts read JSON, everyone else goes back to the ticket."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi import tickets
from madoguchi.doors.agent import when
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.tickets import writing
from madoguchi.doors.agent.tickets.composer import seen_by
from madoguchi.doors.agent.tickets.finding import address, find
from madoguchi.doors.agent.tickets.leading import Led, lead
from madoguchi.doors.agent.tickets.show import again
from madoguchi.errors import Refused
from madoguchi.models import Entry, Ticket
from madoguchi.tickets.drafting import Overtaken


@require_http_methods(["POST", "DELETE"])
def change(request: Desked, number: int) -> HttpResponse:
    mode = request.POST.get("mode", "")
    try:
        ticket = find(request, number)
    except Led as led:
        return carried(request, led, mode)
    if "DELETE" in (request.method, request.POST.get("_method")):
        tickets.discard_draft(ticket, mode, by=request.actor)
        return (
            JsonResponse({"version": 0}) if asks_json(request) else back(request, ticket, mode, _("Draft discarded."))
        )
    return by_script(request, ticket, mode) if asks_json(request) else by_button(request, ticket, mode)


def carried(request: Desked, led: Led, mode: str) -> HttpResponse:
    """The page stands on a ticket that was merged away: its text goes on in the main one's form."""
    if "DELETE" in (request.method, request.POST.get("_method")):
        return JsonResponse({"version": 0}) if asks_json(request) else lead(request, led)
    if not asks_json(request):
        return writing.carry(request, led, mode)
    typed = {**request.POST.dict(), "upload": request.POST.getlist("upload")}
    try:
        saved = tickets.carry_draft(led.main, mode, typed, by=request.actor)
    except Refused as refusal:
        return JsonResponse({"code": refusal.code, "text": str(refusal.text)}, status=422)
    return JsonResponse({"version": saved.version, "clock": when.clock(saved.at)})


def by_script(request: Desked, ticket: Ticket, mode: str) -> HttpResponse:
    typed = {**request.POST.dict(), "upload": request.POST.getlist("upload")}
    try:
        saved = tickets.save_draft(
            ticket, mode, typed, version=number_of(request, "version"), seen=seen_by(request), by=request.actor
        )
    except Overtaken as overtaken:
        return JsonResponse(as_it_stands(ticket, overtaken), status=409)
    except Refused as refusal:
        return JsonResponse({"code": refusal.code, "text": str(refusal.text)}, status=422)
    return JsonResponse({"version": saved.version, "clock": when.clock(saved.at)})


def by_button(request: Desked, ticket: Ticket, mode: str) -> HttpResponse:
    """Without script: the page starts with the draft again. What stands in this form is the newest."""
    try:
        writing.keep(request, ticket, mode, writing.uploads(request))
    except Refused as refusal:
        return again(request, ticket.number, refusal, mode=mode)
    return back(request, ticket, mode, _("Draft saved."))


def as_it_stands(ticket: Ticket, overtaken: Overtaken) -> dict[str, Any]:
    """What the writer decides upon; `newest` and `version` are what to save with to have their own way."""
    draft = overtaken.draft
    newest = Entry.objects.filter(ticket=ticket, deleted_at=None).order_by("-pk").values_list("pk", flat=True).first()
    return {
        "code": overtaken.code,
        "text": str(overtaken.text),
        "fields": draft.fields if draft else {},
        "version": draft.version if draft else 0,
        "clock": when.clock(draft.saved_at) if draft else "",
        "newest": newest or 0,
    }


def back(request: Desked, ticket: Ticket, mode: str, said: str) -> HttpResponse:
    return go(request, address(ticket, compose=mode), said)


def asks_json(request: Desked) -> bool:
    return request.accepts("application/json") and not request.accepts("text/html")


def number_of(request: Desked, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 9 else 0
