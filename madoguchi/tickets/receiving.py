"""A message of the customer, or of someone who takes part, on a ticket that is there already (SPEC D1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from madoguchi.actor import Actor
from madoguchi.models import Attachment, Contact, Entry, Ticket
from madoguchi.models.organisation import State
from madoguchi.record import change, now
from madoguchi.tickets import clocks
from madoguchi.tickets.closing import reopen
from madoguchi.tickets.writing import write


@transaction.atomic
def receive(
    ticket: Ticket,
    message: Mapping[str, Any],
    *,
    contact: Contact,
    channel: str,
    attachments: Sequence[Attachment] = (),
    reopens: bool = True,
    by: Actor,
) -> Entry:
    """Add a received message; a ticket that is closed or on hold opens again.

    `message` are entry fields. An automatic answer comes with `reopens=False`: it wakes nobody and starts no clock.
    """
    with change(ticket, "ticket.received", by=by) as event:
        entry = write(
            ticket,
            event,
            attachments,
            kind=Entry.Kind.THREAD,
            direction=Entry.Direction.IN,
            channel=channel,
            contact=contact,
            **message,
        )
        if reopens:
            clocks.customer_wrote(ticket, now())
    if reopens and ticket.state != State.OPEN:
        reopen(ticket, by=Actor.desk(because=event, door=by.door))
    return entry
