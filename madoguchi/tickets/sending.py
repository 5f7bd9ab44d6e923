"""What replies and forwards have in common: from where, to whom, how large, queued how."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from madoguchi import prepared
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit import addresses
from madoguchi.kit.addresses import Address
from madoguchi.kit.names import human_size
from madoguchi.models import Attachment, Entry, Event, Mailbox, OutboundMail, Ticket
from madoguchi.models.people import full_name
from madoguchi.organisation.current import mailbox_addresses, mailboxes, the_organisation
from madoguchi.record import now
from madoguchi.tickets.timeline import shown

MOST_RECIPIENTS = 50
TAKING_PART = """
SELECT p.contact_id, c.last_name, c.first_name, m.address
FROM (SELECT %(contact)s::bigint AS contact_id, 0::bigint AS place
      UNION ALL SELECT contact_id, id FROM madoguchi_secondarycontact WHERE ticket_id = %(ticket)s::bigint) p
  JOIN madoguchi_contact given ON given.id = p.contact_id
  JOIN madoguchi_contact c ON c.id = coalesce(given.merged_into_id, given.id)
  JOIN madoguchi_contactaddress m ON m.contact_id = c.id
ORDER BY p.place, m.is_primary DESC, m.id"""


def mailbox_for(ticket: Ticket, wanted: Mailbox | None, *, by: Actor) -> Mailbox:
    """The address a reply leaves from: the one the customer wrote to, else the department's default (SPEC G6).

    A department without an address of its own writes from the default department's.

    Refused: FROM_ADDRESS where `wanted` is neither the ticket's nor of a department of the agent.
    """
    if wanted is not None:
        allowed = {ticket.department_id} | set(by.agent.own_department_ids if by.agent else ())
        if not wanted.is_active or (wanted.department_id not in allowed and wanted.pk != ticket.mailbox_id):
            raise Refused("FROM_ADDRESS", _("You cannot write from this address."), "fromEmailAddress")
        return wanted
    active = sorted((b for b in mailboxes().values() if b.is_active), key=lambda b: (not b.is_default, b.pk))
    box = next((b for b in active if b.pk == ticket.mailbox_id), None)
    box = box or next((b for b in active if b.department_id == ticket.department_id), None)
    box = box or next((b for b in active if b.department.is_default), None)
    if box is None:
        raise Refused("FROM_ADDRESS", _("The department has no mail address to write from."), "fromEmailAddress")
    return box


def contact_address(ticket: Ticket) -> list[Address]:
    """Where an answer goes: to whom the customer's last message says, else the contact's primary address."""
    received = shown(ticket).filter(direction=Entry.Direction.IN, contact=ticket.contact_id)
    last = received.exclude(from_address="").only("from_address", "reply_to").last()
    name, address = ticket.contact.name, ticket.email or ticket.contact.email
    if asked := wanted_by(last, name):
        return asked
    if address:
        return [Address(name, address)]
    return [person for contact, person in taking_part(ticket) if contact == ticket.contact_id][:1]


def wanted_by(message: Entry | None, name: str) -> list[Address]:
    """Where the writer of a received message wants answers: Reply-To, else the address it came from."""
    if message is None:
        return []
    wanted = [Address(person["name"], person["address"]) for person in message.reply_to]
    wanted = [person for person in wanted if addresses.without_tag(person.folded) not in mailbox_addresses()]
    if wanted and all(addresses.is_sendable(person.address) for person in wanted):
        return wanted
    return [Address(name, message.from_address)] if message.from_address else []


Part = tuple[int, Address]


def taking_part(ticket: Ticket) -> list[Part]:
    """(contact, address) of the requester and of the secondary contacts, the primary address of each first.

    One who is merged away at this moment has the addresses of the main contact.
    """
    rows = prepared.fetch(TAKING_PART, {"contact": ticket.contact_id, "ticket": ticket.pk})
    return [(pk, Address(full_name(last, first), address)) for pk, last, first, address in rows]


def reaches_customer(ticket: Ticket, people: Sequence[dict[str, str]], there: Sequence[Part]) -> bool:
    """Whether the requester, or someone else who is taking part, is among these recipients."""
    written = {addresses.fold(person["address"]) for person in people}
    if any(person.folded in written for _contact, person in there):
        return True
    return any(person.folded in written for person in contact_address(ticket))


def secondary_addresses(ticket: Ticket, there: Sequence[Part]) -> list[Address]:
    """The primary address of each secondary contact."""
    first: dict[int, Address] = {}
    for contact, person in there:
        first.setdefault(contact, person)
    return [person for contact, person in first.items() if contact != ticket.contact_id]


def when(moment: datetime, ticket: Ticket) -> str:
    """A time as the customer reads it, in their time zone or the organisation's."""
    zone = ZoneInfo(ticket.contact.time_zone or the_organisation().time_zone)
    return f"{moment.astimezone(zone):%Y/%m/%d %H:%M}"


def recipients(people: Sequence[Address], field: str) -> list[dict[str, str]]:
    """The people as stored on the entry, each address once; our own mailboxes left out."""
    own = mailbox_addresses()
    found: dict[str, dict[str, str]] = {}
    for person in people:
        if not addresses.is_sendable(person.address):
            message = _("This is not a mail address: %(a)s") % {"a": person.address[:100]}
            raise Refused("NOT_AN_ADDRESS", message, field)
        folded = addresses.fold(person.address)
        if folded not in own and addresses.without_tag(folded) not in own:
            found.setdefault(folded, {"name": person.name, "address": person.address})
    if len(found) > MOST_RECIPIENTS:
        raise Refused("RECIPIENT_COUNT", _("At most %(n)s addresses.") % {"n": MOST_RECIPIENTS}, field)
    return list(found.values())


def refuse_too_large(attachments: Sequence[Attachment], stored: dict[str, str]) -> None:
    limit = the_organisation().max_sent_bytes
    size = sum(a.size for a in attachments) + sum(len(part.encode()) for part in stored.values())
    if size > limit:
        message = _("The mail would be larger than %(limit)s.") % {"limit": human_size(limit)}
        raise Refused("MAIL_TOO_LARGE", message, "attachments")


def new_message_id(ticket: Ticket, box: Mailbox) -> str:
    """A Message-ID made once and kept: sending again uses the same (without angle brackets)."""
    return f"t{ticket.pk}.{secrets.token_hex(12)}@{addresses.domain(box.folded)}"


def queue(event: Event, entry: Entry, box: Mailbox) -> None:
    """Leave the entry, just written with the event, to be sent after the commit."""
    everyone = [*entry.to, *entry.cc, *entry.bcc]
    mail = OutboundMail(
        entry=entry,
        ticket=entry.ticket,
        mailbox=box,
        message_id=entry.message_id,
        recipients=[person["address"] for person in everyone],
        subject=entry.subject,
        created_at=now(),
        next_attempt_at=now(),
    )
    event.sheet.insert(mail)
