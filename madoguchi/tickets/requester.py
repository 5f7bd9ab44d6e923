"""The requester's mailboxes, where restricted access may not forward to (SPEC S2)."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from madoguchi.access import Level, level
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit.arriving import mailbox, mailboxes
from madoguchi.models import ContactAddress, Entry, Ticket
from madoguchi.tickets.timeline import shown

Recipients = Sequence[Mapping[str, str]]


def refuse_requester(ticket: Ticket, *, to: Recipients, cc: Recipients, bcc: Recipients, by: Actor) -> None:
    """Refused: FORWARD_TO_REQUESTER, naming the field, where the actor's access is restricted and one of these reaches the
    requester. Asked under the ticket's lock.

    Secondary contacts are not the requester. Who reads behind an alias or a list nobody can know.
    """
    if level(by, ticket) >= Level.FULL:
        return
    own = mailboxes_of(ticket)
    for field, people in (("to", to), ("cc", cc), ("bcc", bcc)):
        for person in people:
            if mailboxes(person["address"]) & own:
                text = _("With restricted access you cannot forward to an address of the requester: %(a)s")
                raise Refused("FORWARD_TO_REQUESTER", text % {"a": person["address"][:100]}, field)


def mailboxes_of(ticket: Ticket) -> set[str]:
    """The contact's addresses, the ticket's own, and those the requester wrote from or wanted answers at."""
    known = set(ContactAddress.objects.filter(contact=ticket.contact_id).values_list("address", flat=True))
    known.add(ticket.email)
    theirs = shown(ticket).filter(direction=Entry.Direction.IN, contact=ticket.contact_id).order_by()
    for sender, reply_to in theirs.values_list("from_address", "reply_to").distinct():
        known.add(sender)
        known |= {person["address"] for person in reply_to}
    return {mailbox(address) for address in known if address}
