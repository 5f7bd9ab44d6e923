"""From a ticket that was merged away to the one it was merged into (SPEC M6)."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from madoguchi.doors.agent.answer import Desked, go
from madoguchi.models import Ticket

SAFE = {"GET", "HEAD"}


class Led(Exception):
    """What was asked of the ticket with this number concerns `main` now. Nothing was done."""

    def __init__(self, number: int, main: Ticket) -> None:
        super().__init__(number)
        self.number, self.main = number, main


def lead(request: Desked, led: Led, **more: Any) -> HttpResponse:
    """To the same page of the main ticket; after a form, to its conversation, which says that nothing was done."""
    match = request.resolver_match
    if request.method in SAFE and match is not None and match.url_name != "ticket":
        there = reverse(match.view_name, kwargs={**match.kwargs, "number": led.main.number})
        return redirect(f"{there}?{request.GET.urlencode()}" if request.GET else there)
    asked = {"view": request.GET.get("view", ""), "from": led.number, **more}
    if request.method not in SAFE and not more:
        asked["undone"] = 1
    here = reverse("ticket", kwargs={"number": led.main.number})
    to = f"{here}?{urlencode({name: value for name, value in asked.items() if value})}"
    if request.method in SAFE:
        return redirect(to)
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": to})
    return go(request, to)
