"""The times kept on a ticket, in seconds by the clock and in business time (SPEC D3, D5, I6–I8). Called inside `record.change`."""

from collections.abc import Iterable
from datetime import UTC, datetime

from madoguchi.models import Entry, Ticket
from madoguchi.models.organisation import State
from madoguchi.prepared import fetch
from madoguchi.tally import bucket_of
from madoguchi.tickets import due
from madoguchi.tickets.due import business_seconds, seconds

MOST_WAITING = 200
LATE_PART = "SELECT 1 FROM madoguchi_ticket WHERE merged_into_id = %s::bigint AND is_overdue LIMIT 1"


def customer_wrote(ticket: Ticket, at: datetime) -> None:
    """The customer waits from now on, for this message too."""
    ticket.last_customer_message_at = at
    ticket.waiting = [*ticket.waiting, int(at.timestamp())][-MOST_WAITING:]
    ticket.waiting_since = ticket.waiting_since or at


def agent_answered(ticket: Ticket, at: datetime) -> int | None:
    """Stop the clocks of all messages that waited. Returns how long the first of them did."""
    if ticket.first_response_s is None:
        ticket.first_response_s = seconds(ticket.created_at, at)
        ticket.first_response_business_s = business_seconds(ticket, ticket.created_at, at)
        due.answered(ticket, at)
    if not ticket.waiting:
        return None
    waits = [max(0, int(at.timestamp()) - since) for since in ticket.waiting]
    worked = [business_wait(ticket, since, at) for since in ticket.waiting]
    buckets = {step: list(figure) for step, figure in ticket.response_buckets.items()}
    for wait, business in zip(waits, worked, strict=True):
        figure = buckets.setdefault(f"{bucket_of(wait)}/{bucket_of(business)}", [0, 0, 0])
        figure[0] += 1
        figure[1] += wait
        figure[2] += business
    ticket.response_buckets = buckets
    if ticket.response_n == 0 or ticket.response_business_s is not None:  # else those before were never counted
        ticket.response_business_s = (ticket.response_business_s or 0) + sum(worked)
    ticket.response_n += len(waits)
    ticket.response_s += sum(waits)
    ticket.waiting, ticket.waiting_since = [], None
    return waits[0]


def business_wait(ticket: Ticket, since: int, at: datetime) -> int:
    """As `waiting` keeps it: from a whole second to a whole second."""
    return business_seconds(ticket, datetime.fromtimestamp(since, UTC), at.replace(microsecond=0))


def state_changed(ticket: Ticket, state: State | str, at: datetime) -> None:
    """Move the on-hold, resolution, due and overdue clocks from the ticket's state to `state`."""
    was, closed_at = ticket.state, ticket.closed_at
    if ticket.hold_since is not None:
        if ticket.on_hold_s == 0 or ticket.on_hold_business_s is not None:  # else those before were never counted
            held = business_seconds(ticket, ticket.hold_since, at)
            ticket.on_hold_business_s = (ticket.on_hold_business_s or 0) + held
        ticket.on_hold_s += seconds(ticket.hold_since, at)
        ticket.hold_since = None
    if state == State.ON_HOLD:
        ticket.hold_since = at
    if state == State.CLOSED:
        ticket.closed_at = at
        ticket.resolution_s = seconds(ticket.created_at, at)
        ticket.resolution_business_s = business_seconds(ticket, ticket.created_at, at)
    elif was == State.CLOSED:
        ticket.closed_at = ticket.resolution_s = ticket.resolution_business_s = None
        ticket.reopened_n += 1
    ticket.state = state
    due.state_changed(ticket, was, closed_at, at)
    refresh_overdue(ticket, at)


def refresh_overdue(ticket: Ticket, at: datetime) -> None:
    """Overdue is what was not resolved by its due date, also when it was resolved late (SPEC D5), and what such a ticket
    was merged into."""
    is_late = ticket.due_at is not None and (ticket.closed_at or at) > ticket.due_at
    ticket.is_overdue = is_late or bool(ticket.merged_n and fetch(LATE_PART, [ticket.pk]))


def lift_mark(ticket: Ticket, at: datetime) -> None:
    """Where its due date was set anew: it may be overdue no longer. That it has become so is for the sweep, which tells."""
    if ticket.is_overdue:
        refresh_overdue(ticket, at)


def take_mark(main: Ticket, others: Iterable[Ticket]) -> None:
    """Main is overdue if one that is merged into it was. A restore gives back what it was (`refresh_overdue`)."""
    main.is_overdue = main.is_overdue or any(other.is_overdue for other in others)


def message_written(ticket: Ticket, entry: Entry) -> None:
    """Keep the counts and the last message that lists show."""
    if entry.is_comment:
        ticket.comment_n += 1
        return
    ticket.thread_n += 1
    ticket.last_message_at = entry.created_at
    ticket.last_thread = {"channel": entry.channel, "direction": entry.direction, "isForward": entry.is_forward}
