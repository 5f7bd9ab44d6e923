"""A letter's parts as an entry keeps them."""

from typing import Any

from django.utils.translation import gettext as _

from madoguchi import people
from madoguchi.actor import Actor
from madoguchi.doors.mailbox.guards import is_ours
from madoguchi.doors.mailbox.route import MOST_REFERENCES
from madoguchi.kit import addresses
from madoguchi.kit.addresses import Address
from madoguchi.kit.characters import one_line
from madoguchi.kit.letters import Letter
from madoguchi.kit.letters.subjects import stripped
from madoguchi.models import Attachment, Contact, OutboundMail, Ticket
from madoguchi.record import change
from madoguchi.tickets.attaching import keep

MOST_COPIES = 10


def subject_of(letter: Letter) -> str:
    """The ticket's subject: without Re: and Fwd:, never empty, at most 255 characters."""
    subject = one_line(stripped(letter.subject)) or one_line(letter.subject)
    return subject[:255].strip() or one_line(letter.visible)[:60].strip() or _("(no subject)")


def fields_of(letter: Letter) -> dict[str, Any]:
    """The entry fields of a received mail: trimmed text, quoted rest, safe HTML, who wrote to whom."""
    assert letter.from_ is not None
    return {
        "text": letter.visible,
        "quoted": letter.quoted,
        "html": letter.safe_html if letter.html else "",
        "from_name": letter.from_.name[:300],
        "from_address": letter.from_.address[:320],
        "to": _stored(letter.to),
        "cc": _stored(letter.cc),
        "reply_to": _stored(tuple(a for a in letter.reply_to if not is_ours(a.folded))),
        "subject": letter.subject[:500],
        "message_id": letter.message_id[:500],
    }


def _stored(people_: tuple[Address, ...]) -> list[dict[str, str]]:
    return [{"name": a.name[:300], "address": a.address[:320]} for a in people_[:100]]


def attachments_of(letter: Letter) -> list[Attachment]:
    """The files, stored and unsaved. One over the limit is kept all the same: received mail is never cut."""
    files = []
    for part in letter.parts:
        name = part.name or ("image" if part.is_inline else "attachment")
        attachment = keep(name, part.content_type, part.payload, unlimited=True)
        attachment.content_id = part.content_id[:300]
        attachment.is_inline = part.is_inline and bool(part.content_id) and part.content_type.startswith("image/")
        files.append(attachment)
    return files


def people_in_copy(letter: Letter, requester: Contact) -> list[Contact]:
    """The contacts behind Cc and further To addresses, our own mailboxes left out."""
    found = []
    for person in (*letter.to, *letter.cc)[: MOST_COPIES * 2]:
        if addresses.is_valid(person.address) and not is_ours(person.folded):
            found.append(people.identify(person.address, person.name, by=Actor.desk(door="mail")))
    return list(dict.fromkeys(c for c in found if c.pk != requester.pk))[:MOST_COPIES]


def answers_forward(letter: Letter) -> bool:
    """Whether it goes on from what an agent forwarded: words for the agents, also of someone who is in copy."""
    ids = [*letter.in_reply_to, *reversed(letter.references)][:MOST_REFERENCES]
    return bool(ids) and OutboundMail.objects.filter(message_id__in=ids, entry__is_forward=True).exists()


def name_earlier(ticket: Ticket, earlier: Ticket) -> None:
    """Say on a new ticket which earlier one its mail seems to answer."""
    with change(ticket, "ticket.edited", by=Actor.desk(door="mail")) as event:
        event.after["about"] = f"#{earlier.number}"
