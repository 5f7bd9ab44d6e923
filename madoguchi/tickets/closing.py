"""Set the status: close, reopen, hold, or any other (SPEC G2)."""

from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused, Stale
from madoguchi.models import Status, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import default_status
from madoguchi.record import change, now, told
from madoguchi.tickets import clocks, family_closing
from madoguchi.tickets.family_closing import Related
from madoguchi.tickets.locking import ROUNDS

EVENTS = {State.CLOSED: "ticket.closed", State.ON_HOLD: "ticket.held", State.OPEN: "ticket.status_changed"}


def set_status(ticket: Ticket, status: Status, *, expected: Status | None = None, by: Actor) -> Ticket:
    """Give the ticket a status and move its clocks; a contact may close only. Closing asks its family (`family_closing`).

    Refused: STATUS_INACTIVE, FAMILY_OPEN, OVERTAKEN; Stale.
    """
    for _round in range(ROUNDS):
        with suppress(Related):
            return _set_status(ticket, status, expected, by)
    raise Refused("OVERTAKEN", _("Someone else changed it at this moment. Try again."))


@transaction.atomic
def _set_status(ticket: Ticket, status: Status, expected: Status | None, by: Actor) -> Ticket:
    closes = status.state == State.CLOSED
    _require(by, status.state, ticket)
    if not status.is_active:
        raise Refused("STATUS_INACTIVE", _("This status is no longer in use."), "status")
    held = family_closing.hold(ticket) if closes else frozenset()
    with change(ticket, EVENTS[State(status.state)], by=by) as event:
        if ticket.state == State.CLOSED and status.state != State.CLOSED:
            event.verb = "ticket.reopened"
        if expected is not None and ticket.status_id not in (expected.pk, status.pk):
            changes = [{"field": "status", "now": told(ticket.status), "yours": told(status)}]
            raise Stale(_("Someone else changed this meanwhile. Nothing was saved."), changes)
        if ticket.status_id == status.pk:
            return ticket
        if closes and ticket.is_closed:
            closes = False
        if closes:
            family_closing.look_again(ticket, held)
            family_closing.refuse_closing(ticket, by=by)
        if ticket.state != status.state:
            clocks.state_changed(ticket, status.state, now())
        ticket.status = status
    if closes:
        family_closing.closed(ticket, event, by=by)
    return ticket


def close(ticket: Ticket, *, by: Actor) -> Ticket:
    """Close with the default closed status; a closed ticket stays as it is."""
    return _bring(ticket, State.CLOSED, by)


def reopen(ticket: Ticket, *, by: Actor) -> Ticket:
    """Back to the default open status; an open ticket stays as it is."""
    return _bring(ticket, State.OPEN, by)


def hold(ticket: Ticket, *, by: Actor) -> Ticket:
    return _bring(ticket, State.ON_HOLD, by)


def _bring(ticket: Ticket, state: State, by: Actor) -> Ticket:
    _require(by, state, ticket)
    return ticket if ticket.state == state else set_status(ticket, default_status(state), by=by)


def _require(by: Actor, state: State | str, ticket: Ticket) -> None:
    """A contact may close only."""
    require(by, "close" if by.contact is not None and state == State.CLOSED else "set_status", ticket)
