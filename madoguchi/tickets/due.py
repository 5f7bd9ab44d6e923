"""By when a ticket is to be answered and resolved (SPEC D5, docs/sla.md). Called inside `record.change`, or before `record.born`.

The target of its department and priority says so; a date somebody chose wins until it is taken away. A date by target rests
while the ticket is on hold: what was left of it is kept, and given again when it comes back.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from madoguchi import sla
from madoguchi.models import Ticket
from madoguchi.models.organisation import State
from madoguchi.prepared import fetch
from madoguchi.sla.holds import holds

# date → (follows the target, what is left of it on hold)
KEPT = {"due_at": ("due_by_target", "due_left_s"), "response_due_at": ("response_due_by_target", "response_left_s")}
# The resolution begins anew with it unless it was late: then the date there was stays. One that had none was not late.
LAST_REOPENING = """
SELECT e.at FROM madoguchi_event e JOIN madoguchi_ticket t ON t.id = e.ticket_id
WHERE e.ticket_id = %s::bigint AND e.before->>'closed_at' IS NOT NULL AND (e.after ? 'due_at' OR coalesce((
    SELECT coalesce(n.before->>'due_at', '') FROM madoguchi_event n
    WHERE n.ticket_id = e.ticket_id AND n.id > e.id AND n.before ? 'due_at' ORDER BY n.id LIMIT 1
  ), t.due_at::text, '') = '')
ORDER BY e.id DESC LIMIT 1
"""


def seconds(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()))


def business_seconds(ticket: Ticket, start: datetime, end: datetime) -> int:
    """In the business time of the ticket's department."""
    time = sla.business_time(ticket.department_id)
    return seconds(start, end) if time is None else time.seconds_between(start, end)


def renew(ticket: Ticket, *, but: Collection[str] = ()) -> None:
    """Set both dates by target, `but` those and what somebody chose: at opening, and when department or priority are others."""
    if ticket.is_closed:
        return
    target = _target(ticket)
    if "due_at" not in but and follows(ticket, "due_at"):
        _put(ticket, "due_at", _moment(ticket, target.resolution_s, target, resolution=True))
    if "response_due_at" not in but and follows(ticket, "response_due_at") and ticket.first_response_s is None:
        _put(ticket, "response_due_at", _moment(ticket, target.response_s, target))
    if ticket.hold_since is not None:
        pause(ticket, ticket.hold_since)


def follows(ticket: Ticket, name: str) -> bool:
    return getattr(ticket, KEPT[name][0]) or getattr(ticket, name) is None


def chosen(ticket: Ticket, changes: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """A date somebody chose is theirs: `changes` hold the fields that were edited, `before` what these were. Returns which."""
    names = [name for name in KEPT if name in changes and changes[name] != before[name]]
    for name in names:
        _choose(ticket, name)
    return names


def chosen_at_opening(ticket: Ticket) -> None:
    """Dates that come with a new ticket are somebody's choice; the others follow the target."""
    for name in KEPT:
        if getattr(ticket, name) is not None:
            _choose(ticket, name)
    renew(ticket)


def _choose(ticket: Ticket, name: str) -> None:
    by_target, left = KEPT[name]
    setattr(ticket, by_target, False)
    setattr(ticket, left, None)


def state_changed(ticket: Ticket, was: str, closed_at: datetime | None, at: datetime) -> None:
    """Let the dates rest on hold, go on afterwards, and begin anew where a ticket that was resolved in time opens again.

    The ticket has its new state; `was` and `closed_at` are from before.
    """
    if was == State.ON_HOLD:
        go_on(ticket, at)
    if was == State.CLOSED and ticket.state != State.CLOSED and follows(ticket, "due_at"):
        was_late = ticket.due_at is not None and closed_at is not None and closed_at > ticket.due_at
        if not was_late:
            target = _target(ticket)
            total = target.resolution_s
            _put(ticket, "due_at", None if total is None else _after(ticket, at, total, target))
    if ticket.state == State.ON_HOLD:
        pause(ticket, at)


def pause(ticket: Ticket, at: datetime) -> None:
    """Take the dates by target away that are not past, and keep what is left of them."""
    for name, (by_target, left) in KEPT.items():
        due = getattr(ticket, name)
        if due is None or due <= at or not getattr(ticket, by_target):
            continue
        if name == "response_due_at" and ticket.first_response_s is not None:
            continue
        is_clock = _target(ticket).by_clock
        setattr(ticket, left, seconds(at, due) if is_clock else business_seconds(ticket, at, due))
        setattr(ticket, name, None)


def go_on(ticket: Ticket, at: datetime, names: Iterable[str] = tuple(KEPT)) -> None:
    """Give the dates again that rest."""
    for name in names:
        left = KEPT[name][1]
        if (rest := getattr(ticket, left)) is not None:
            setattr(ticket, name, _after(ticket, at, rest, _target(ticket)))
            setattr(ticket, left, None)


def answered(ticket: Ticket, at: datetime) -> None:
    """Answered first, even if on hold: the date says that it was in time."""
    go_on(ticket, at, ["response_due_at"])


def take_over(main: Ticket, other: Ticket, at: datetime) -> None:
    """In a merge, main gets the other's due date with all that belongs to it, in main's own state."""
    main.due_at, main.due_by_target, main.due_left_s = other.due_at, other.due_by_target, other.due_left_s
    if main.state != State.ON_HOLD:
        go_on(main, at, ["due_at"])
    else:
        pause(main, at)


def _put(ticket: Ticket, name: str, due: datetime | None) -> None:
    by_target, left = KEPT[name]
    setattr(ticket, name, due)
    setattr(ticket, by_target, due is not None)
    setattr(ticket, left, None)


def _target(ticket: Ticket) -> sla.Target:
    return sla.target(ticket.department_id, ticket.priority) or sla.Target(None, None, False)


def _moment(ticket: Ticket, total: int | None, target: sla.Target, *, resolution: bool = False) -> datetime | None:
    """The end of so many seconds since the ticket was opened, those on hold left out; of the resolution, since it began anew."""
    if total is None:
        return None
    since, held, held_business = _since(ticket, resolution=resolution)
    return _after(ticket, since, total + (held if target.by_clock else held_business), target)


def _after(ticket: Ticket, start: datetime, wanted: int, target: sla.Target) -> datetime | None:
    time = None if target.by_clock else sla.business_time(ticket.department_id)
    return start + timedelta(seconds=wanted) if time is None else time.add(start, wanted)


def _since(ticket: Ticket, *, resolution: bool) -> tuple[datetime, int, int]:
    """When the date began, and how long the ticket was on hold since, by the clock and in business time."""
    held = ticket.on_hold_s
    held_business = held if ticket.on_hold_business_s is None else ticket.on_hold_business_s
    found = fetch(LAST_REOPENING, [ticket.pk]) if resolution and ticket.reopened_n else []
    if not found:
        return ticket.created_at, held, held_business
    since = found[0][0]
    spans = [(start, end) for start, end in holds([ticket.pk])[ticket.pk] if start >= since]
    return (
        since,
        sum(seconds(start, end) for start, end in spans),
        sum(business_seconds(ticket, start, end) for start, end in spans),
    )
