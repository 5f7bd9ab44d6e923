"""A message of the customer, or of someone who takes part, on a ticket that is there already (SPEC D1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from madoguchi.actor import Actor
from madoguchi.errors import Merged
from madoguchi.models import Attachment, Contact, Entry, Ticket
from madoguchi.models.organisation import State
from madoguchi.record import change, now
from madoguchi.tickets import clocks
from madoguchi.tickets.closing import reopen
from madoguchi.tickets.numbers import final
from madoguchi.tickets.writing import write
from madoguchi.transactions import verb


@verb
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

    `message` are entry fields; of who is neither the customer nor in copy it is private, and stays so. An automatic answer comes with `reopens=False`: it wakes nobody and starts no clock.
    What was on its way to a ticket while that was merged away arrives at the main one: `entry.ticket` says where.
    """
    try:
        with transaction.atomic():  # the lock is given back before that of the main one is taken: they have an order
            return _receive(ticket, message, contact, channel, attachments, reopens, by)
    except Merged:
        main = final(Ticket.objects.get(pk=ticket.pk))
        return _receive(main, message, contact, channel, attachments, reopens, by)


def _receive(
    ticket: Ticket,
    message: Mapping[str, Any],
    contact: Contact,
    channel: str,
    attachments: Sequence[Attachment],
    reopens: bool,
    by: Actor,
) -> Entry:
    with change(ticket, "ticket.received", by=by) as event:
        if not is_for_customer(ticket, contact):  # decided now: customers themselves put others in copy later
            message = {**message, "is_public": False}
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


def is_for_customer(ticket: Ticket, contact: Contact) -> bool:
    """Whether the customer may see what this contact writes: their own words, and those of who is in copy."""
    return contact.pk == ticket.contact_id or ticket.secondary_contacts.filter(contact=contact).exists()
