"""Secondary contacts: who else takes part in a ticket and gets a copy of replies."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Contact, SecondaryContact, Ticket
from madoguchi.record import change

MOST = 20


@transaction.atomic
def set_secondary_contacts(ticket: Ticket, contacts: Sequence[Contact], *, by: Actor) -> None:
    """Replace the secondary contacts. Refused: COPY_COUNT (more than 20)."""
    require(by, "edit", ticket)
    wanted = {contact.pk: contact for contact in contacts if contact.pk != ticket.contact_id}
    if len(wanted) > MOST:
        raise Refused("COPY_COUNT", _("At most %(n)s people get a copy.") % {"n": MOST}, "secondaryContacts")
    with change(ticket, "ticket.copied_in", by=by) as event:
        rows = {row.contact_id: row for row in ticket.secondary_contacts.select_related("contact")}
        if rows.keys() == wanted.keys():
            return
        SecondaryContact.objects.filter(pk__in=[row.pk for pk, row in rows.items() if pk not in wanted]).delete()
        SecondaryContact.objects.bulk_create(
            SecondaryContact(ticket=ticket, contact=contact) for pk, contact in wanted.items() if pk not in rows
        )
        event.before["people"] = [row.contact.name for row in rows.values()]
        event.after["people"] = [contact.name for contact in wanted.values()]


def copy_in(ticket: Ticket, contacts: Sequence[Contact], *, by: Actor) -> None:
    """Add secondary contacts as far as there is room; nobody is taken off."""
    if not contacts:
        return
    there = [row.contact for row in ticket.secondary_contacts.select_related("contact")]
    new = [c for c in contacts if c.pk != ticket.contact_id and c not in there]
    if new:
        set_secondary_contacts(ticket, [*there, *new][:MOST], by=Actor.desk(door=by.door))
