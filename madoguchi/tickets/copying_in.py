"""Secondary contacts: who else takes part in a ticket and gets a copy of replies."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Contact, Event, SecondaryContact, Ticket
from madoguchi.record import change

MOST = 20


@transaction.atomic
def set_secondary_contacts(ticket: Ticket, contacts: Sequence[Contact], *, by: Actor) -> None:
    """Replace the secondary contacts. Refused: COPY_COUNT (more than 20)."""
    require(by, "edit", ticket)
    with change(ticket, "ticket.copied_in", by=by) as event:
        _replace(ticket, event, contacts)


@transaction.atomic
def add_secondary_contacts(ticket: Ticket, contacts: Sequence[Contact], *, by: Actor) -> None:
    """Let more people take part; nobody is taken off, whoever else adds some meanwhile. Refused: COPY_COUNT."""
    require(by, "edit", ticket)
    with change(ticket, "ticket.copied_in", by=by) as event:
        _replace(ticket, event, [*there(ticket), *contacts])


@transaction.atomic
def drop_secondary_contact(ticket: Ticket, contact_id: int, *, by: Actor) -> None:
    """Take one off; who is not there is passed over."""
    require(by, "edit", ticket)
    with change(ticket, "ticket.copied_in", by=by) as event:
        _replace(ticket, event, [contact for contact in there(ticket) if contact.pk != contact_id])


@transaction.atomic
def copy_in(ticket: Ticket, contacts: Sequence[Contact], *, by: Actor) -> None:
    """Who else a customer wrote to takes part as far as there is room; nobody is taken off."""
    if not contacts:
        return
    with change(ticket, "ticket.copied_in", by=Actor.desk(door=by.door)) as event:
        before = there(ticket)
        new = [c for c in contacts if c.pk != ticket.contact_id and c not in before]
        if new and len(before) < MOST:
            _replace(ticket, event, [*before, *new][:MOST])


def there(ticket: Ticket) -> list[Contact]:
    return [row.contact for row in ticket.secondary_contacts.select_related("contact").order_by("pk")]


def _replace(ticket: Ticket, event: Event, contacts: Sequence[Contact]) -> None:
    """On a ticket locked by `record.change`."""
    wanted = {contact.pk: contact for contact in contacts if contact.pk != ticket.contact_id}
    if len(wanted) > MOST:
        raise Refused("COPY_COUNT", _("At most %(n)s people get a copy.") % {"n": MOST}, "secondaryContacts")
    rows = {row.contact_id: row for row in ticket.secondary_contacts.select_related("contact")}
    if rows.keys() == wanted.keys():
        return
    SecondaryContact.objects.filter(pk__in=[row.pk for pk, row in rows.items() if pk not in wanted]).delete()
    SecondaryContact.objects.bulk_create(
        SecondaryContact(ticket=ticket, contact=contact) for pk, contact in wanted.items() if pk not in rows
    )
    event.before["people"] = [row.contact.name for row in rows.values()]
    event.after["people"] = [contact.name for contact in wanted.values()]
