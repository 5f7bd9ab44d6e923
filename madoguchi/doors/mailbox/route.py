"""Which ticket does a mail belong to? (MAIL.md, threading)"""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from madoguchi.kit import addresses, tokens
from madoguchi.kit.letters import Letter
from madoguchi.kit.letters.subjects import number_in
from madoguchi.models import Contact, Entry, OutboundMail, SecondaryContact, Ticket, TicketNumber
from madoguchi.tickets.numbers import final
from madoguchi.tickets.timeline import shown

MOST_REFERENCES = 50


@dataclass(frozen=True, slots=True)
class Route:
    """The ticket a mail goes to, or None for a new one; `suggests` is a ticket it may be about."""

    ticket: Ticket | None = None
    suggests: Ticket | None = None


def route(letter: Letter, contact: Contact) -> Route:
    """Signed reply address, then References known here, then the number in the subject; the latter two only from
    someone who takes part. A ticket in the bin takes nothing: the mail opens a new one that names it. What was merged into
    another ticket leads there (SPEC M6).
    """
    by_address = signed(letter)
    if by_address is not None:
        return _live_or_new(final(by_address))
    suggests = None
    for ticket in dict.fromkeys(final(ticket) for ticket in [*referred(letter), *numbered(letter)]):
        if takes_part(ticket, contact, letter):
            return _live_or_new(ticket)
        suggests = suggests or ticket
    return Route(suggests=suggests)


def _live_or_new(ticket: Ticket) -> Route:
    return Route(suggests=ticket) if ticket.trashed_at is not None else Route(ticket=ticket)


def signed(letter: Letter) -> Ticket | None:
    """The ticket of a reply address we signed, found among the recipients."""
    key = settings.SECRET_KEY.encode()
    for address in [*letter.delivered_to, *(a.address for a in (*letter.to, *letter.cc))]:
        if "+t" in address and (ticket_id := tokens.ticket_in(key, address)) is not None:
            return Ticket.objects.filter(pk=ticket_id).first()
    return None


def referred(letter: Letter) -> list[Ticket]:
    """Tickets of the messages this mail answers, the nearest first."""
    ids = list(dict.fromkeys([*letter.in_reply_to, *reversed(letter.references)]))[:MOST_REFERENCES]
    if not ids:
        return []
    found = dict(Entry.objects.filter(message_id__in=ids).exclude(message_id="").values_list("message_id", "ticket_id"))
    sent = OutboundMail.objects.filter(message_id__in=ids, ticket__isnull=False)
    found.update(sent.values_list("message_id", "ticket_id"))
    wanted = list(dict.fromkeys(found[i] for i in ids if i in found))
    rows = Ticket.objects.in_bulk(wanted)
    return [rows[pk] for pk in wanted]


def numbered(letter: Letter) -> list[Ticket]:
    number = number_in(letter.subject)
    row = TicketNumber.objects.select_related("ticket").filter(number=number).first() if number else None
    return [row.ticket] if row else []


def takes_part(ticket: Ticket, contact: Contact, letter: Letter) -> bool:
    """The requester, a secondary contact, or an address that was written to or wrote on this ticket."""
    if contact.pk == ticket.contact_id:
        return True
    if SecondaryContact.objects.filter(ticket=ticket, contact=contact).exists():
        return True
    assert letter.from_ is not None
    own = {letter.from_.folded, *contact.addresses.values_list("folded", flat=True)}
    if shown(ticket).filter(contact=contact).exists():
        return True
    written = shown(ticket).filter(kind=Entry.Kind.THREAD).filter(~Q(to=[]) | ~Q(cc=[]) | ~Q(bcc=[]))
    for people in written.values_list("to", "cc", "bcc"):
        if any(addresses.fold(person["address"]) in own for group in people for person in group):
            return True
    return False
