"""`GET /live`: who may listen. The answer carries the listener; the server (`hub.serve`) speaks to it from then on."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from madoguchi.doors.live.listener import Listener
from madoguchi.doors.live.permission import stamp_of

SKEW_MS = 1500


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """204, after which a browser does not come again, where nobody is signed in (or has yet to choose a password)."""
    agent: Any = getattr(request, "agent", None)
    if agent is None or not agent.is_confirmed:
        return HttpResponse(status=204)
    response = HttpResponse(content_type="text/event-stream")
    response.listener = Listener(  # type: ignore[attr-defined]
        agent.pk,
        None if agent.is_administrator else frozenset(agent.own_department_ids),
        session=request.session.session_key or "",
        stamp=stamp_of(agent),
        since=asked_since(request),
    )
    return response


show.open_to_all = True  # type: ignore[attr-defined]  # answered here, not by the login page


def asked_since(request: HttpRequest) -> int:
    """From when on it must be told what was said (milliseconds since 1970); 0 from now on.

    `age` is how old the page is; the others are ids of messages, which the clock of another node may have given.
    """
    if since := number(request.headers.get("Last-Event-ID") or request.GET.get("since", "")):
        return since - SKEW_MS
    if age := number(request.GET.get("age", "")):
        return now_ms() - age
    return 0


def number(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else 0


def now_ms() -> int:
    return time.time_ns() // 1_000_000
