"""The times kept on a ticket, in seconds by the clock (SPEC D3, I6–I8). Called inside `record.change`."""

from datetime import datetime

from madoguchi.models import Entry, Ticket
from madoguchi.models.organisation import State
from madoguchi.tally import bucket_of

MOST_WAITING = 200


def seconds(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()))


def customer_wrote(ticket: Ticket, at: datetime) -> None:
    """The customer waits from now on, for this message too."""
    ticket.last_customer_message_at = at
    ticket.waiting = [*ticket.waiting, int(at.timestamp())][-MOST_WAITING:]
    ticket.waiting_since = ticket.waiting_since or at


def agent_answered(ticket: Ticket, at: datetime) -> int | None:
    """Stop the clocks of all messages that waited. Returns how long the first of them did."""
    if ticket.first_response_s is None:
        ticket.first_response_s = seconds(ticket.created_at, at)
    if not ticket.waiting:
        return None
    waits = [max(0, int(at.timestamp()) - since) for since in ticket.waiting]
    buckets = {step: list(figure) for step, figure in ticket.response_buckets.items()}
    for wait in waits:
        figure = buckets.setdefault(str(bucket_of(wait)), [0, 0])
        figure[0] += 1
        figure[1] += wait
    ticket.response_buckets = buckets
    ticket.response_n += len(waits)
    ticket.response_s += sum(waits)
    ticket.waiting, ticket.waiting_since = [], None
    return waits[0]


def state_changed(ticket: Ticket, state: State | str, at: datetime) -> None:
    """Move the on-hold, resolution and overdue clocks from the ticket's state to `state`."""
    if ticket.hold_since is not None:
        ticket.on_hold_s += seconds(ticket.hold_since, at)
        ticket.hold_since = None
    if state == State.ON_HOLD:
        ticket.hold_since = at
    if state == State.CLOSED:
        ticket.closed_at = at
        ticket.resolution_s = seconds(ticket.created_at, at)
    elif ticket.state == State.CLOSED:
        ticket.closed_at = ticket.resolution_s = None
        ticket.reopened_n += 1
    ticket.state = state
    refresh_overdue(ticket, at)


def refresh_overdue(ticket: Ticket, at: datetime) -> None:
    """Overdue is what was not resolved by its due date, also when it was resolved late (SPEC D5)."""
    ticket.is_overdue = ticket.due_at is not None and (ticket.closed_at or at) > ticket.due_at


def message_written(ticket: Ticket, entry: Entry) -> None:
    """Keep the counts and the last message that lists show."""
    if entry.is_comment:
        ticket.comment_n += 1
        return
    ticket.thread_n += 1
    ticket.last_message_at = entry.created_at
    ticket.last_thread = {"channel": entry.channel, "direction": entry.direction, "isForward": entry.is_forward}
