"""What an agent was told of: behind the bell, and as a page of its own (SPEC D9)."""

from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from madoguchi.doors.agent import reader
from madoguchi.doors.agent.answer import Desked, came_from, go, page, shell
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.lists import notifications
from madoguchi.lists.unread import MOST, at_the_bell
from madoguchi.people.notifications import mark_read

ICONS = {
    "shared_received": "share",
    "created": "ticket",
    "assigned": "user",
    "customer_replied": "mail",
    "mentioned": "chat",
    "moved": "move",
    "merged": "merge",
    "overdue": "clock",
    "bad_rating": "bad",
}
AT_THE_BELL, OF_ONE_TICKET = 15, 3


@dataclass(slots=True)
class Group:
    """Notifications of one ticket, the newest first."""

    number: int
    subject: str
    rows: list[Any] = field(default_factory=list)


@require_safe
def show(request: Desked) -> HttpResponse:
    """All of them by day, or only what is unread."""
    unread_only = request.GET.get("show") == "unread"
    shown = {"show": "unread"} if unread_only else {}
    found = notifications.page(request.actor, request.GET.get("cursor", ""), unread_only=unread_only)
    return page(
        request,
        "agent/notifications/index.html",
        days=by_day(found.rows),
        icons=ICONS,
        unread_only=unread_only,
        unread_n=at_the_bell(request.agent).n,
        older=f"{request.path}?{urlencode({**shown, 'cursor': found.older})}" if found.older else "",
        newest=f"{request.path}?{urlencode(shown)}" if request.GET.get("cursor") else "",
    )


@require_safe
def newest(request: Desked) -> HttpResponse:
    """What the bell shows, as a piece of a page."""
    return bell(request)


@require_POST
def read(request: Desked) -> HttpResponse:
    """Mark as read: `all`, those of a `ticket`, or the ones with these `ids`."""
    if "all" in request.POST:
        mark_read(everything=True, by=request.actor)
    elif ticket := number(request.POST.get("ticket", "")):
        mark_read(ticket=find(request, ticket), by=request.actor)
    else:
        mark_read([pk for each in request.POST.getlist("ids")[:MOST] if (pk := number(each))], by=request.actor)
    if "Live" in request.headers:
        return bell(request)
    return go(request, came_from(request, reverse("notifications")))


def bell(request: Desked) -> HttpResponse:
    rows = notifications.page(request.actor, size=AT_THE_BELL).rows
    unread_n = notifications.unread_count(request.actor)
    context = {
        "groups": by_ticket(rows),
        "icons": ICONS,
        "most": OF_ONE_TICKET,
        "unread_n": unread_n,
        "newest": max((row.id for row in rows if row.read_at is None), default=0),
    }
    with reader.settled():
        html = render_to_string("agent/notifications/_bell.html", {**shell(request), **context}, request)
    return HttpResponse(html)


def by_ticket(rows: list[Any]) -> list[Group]:
    """In the order of each ticket's newest."""
    groups: dict[int, Group] = {}
    for row in rows:
        groups.setdefault(row.number, Group(row.number, row.subject)).rows.append(row)
    return list(groups.values())


def by_day(rows: list[Any]) -> list[tuple[date, list[Any]]]:
    return [(day, list(those)) for day, those in groupby(rows, lambda row: timezone.localtime(row.at).date())]


def number(text: str) -> int:
    """0 where it is none."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0
