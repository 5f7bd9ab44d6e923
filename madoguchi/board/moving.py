"""A card dragged into another column: the ordinary verb that sets what the column stands for (SPEC C8)."""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi import tickets
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.board import modes
from madoguchi.board.modes import LATER, NONE, OVERDUE, TODAY, Mode
from madoguchi.board.placing import place_of
from madoguchi.errors import Refused, Stale
from madoguchi.models import Agent, Ticket
from madoguchi.organisation.current import statuses
from madoguchi.record import now

EVENING = time(18)  # when something is due that had no due date before


def move(ticket: Ticket, mode: Mode, key: str, *, seen: str | None = None, by: Actor) -> Ticket:
    """Drop a ticket's card into a column. `seen`: the column it was taken from.

    Refused: FIXED where cards stay in their columns, NO_COLUMN, NOT_THERE, and what the verb refuses; Stale where it no
    longer stands in `seen`.
    """
    if not mode.verb:
        require(by, "read", ticket)
        raise Refused("FIXED", mode.fixed)
    require(by, mode.verb, ticket)
    place = place_of(ticket, mode)
    if place == key:
        return ticket
    if place is None or seen not in (None, place):
        raise Stale(
            _("Someone else changed this meanwhile. Nothing was saved."),
            [{"field": "column", "now": place, "yours": key}],
        )
    if mode.key == "due" and key == OVERDUE:
        raise Refused("NOT_THERE", _("A ticket becomes overdue by itself. Choose another column."))
    return DROPS[mode.key](ticket, key, by)


def _to_status(ticket: Ticket, key: str, by: Actor) -> Ticket:
    known = {str(status.pk): status for status in statuses()}
    if key not in known:
        raise _no_column()
    return tickets.set_status(ticket, known[key], expected=ticket.status, by=by)


def _to_priority(ticket: Ticket, key: str, by: Actor) -> Ticket:
    words = {NONE: "", **{each.value: each.value for each in modes.PRIORITIES}}
    if key not in words:
        raise _no_column()
    return tickets.edit(ticket, {"priority": words[key]}, expected={"priority": ticket.priority}, by=by)


def _to_day(ticket: Ticket, key: str, by: Actor) -> Ticket:
    if key not in (TODAY, LATER, NONE):
        raise _no_column()
    due = None if key == NONE else due_on(key, ticket.due_at, now())
    return tickets.edit(ticket, {"due_at": due}, expected={"due_at": ticket.due_at}, by=by)


def due_on(key: str, before: datetime | None, at: datetime) -> datetime:
    """Today or tomorrow at the time of day it was due before, else in the evening; if that is over today, by midnight."""
    local = timezone.localtime(at)
    clock = timezone.localtime(before).time() if before else EVENING
    due = timezone.make_aware(datetime.combine(local.date() + timedelta(days=key == LATER), clock))
    return due if due > at else timezone.make_aware(datetime.combine(local.date(), time.max))


def _to_agent(ticket: Ticket, key: str, by: Actor) -> Ticket:
    agent = None if key == NONE else _agent(key)
    return tickets.assign(ticket, agent, expected=ticket.assignee, by=by)


def _agent(key: str) -> Agent:
    found = Agent.objects.for_request().filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
    if found is None:
        raise _no_column()
    return found


def _no_column() -> Refused:
    return Refused("NO_COLUMN", _("There is no such column."))


DROPS: dict[str, Any] = {"status": _to_status, "priority": _to_priority, "due": _to_day, "assignee": _to_agent}
