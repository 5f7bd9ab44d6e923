"""Pass a message on to someone else. A forward is private: the customer does not see it (API A6)."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit import html as markup
from madoguchi.kit.addresses import Address
from madoguchi.models import Attachment, Entry, Mailbox, Ticket
from madoguchi.record import change
from madoguchi.tickets import sending
from madoguchi.tickets.requester import refuse_requester
from madoguchi.tickets.timeline import is_shown, shown
from madoguchi.tickets.unseen import refuse_unseen
from madoguchi.tickets.writing import write


@transaction.atomic
def forward(
    ticket: Ticket,
    text: str = "",
    *,
    html: str = "",
    entry: Entry | None = None,
    to: Sequence[Address],
    cc: Sequence[Address] = (),
    bcc: Sequence[Address] = (),
    attachments: Sequence[Attachment] = (),
    mailbox: Mailbox | None = None,
    seen: int | None = None,
    by: Actor,
) -> Entry:
    """Send a message of the ticket (default: the newest one) with its files to other people, under an own note.

    Refused: NEWER (`unseen`), NO_RECIPIENT, NOT_AN_ADDRESS, NOTHING_TO_FORWARD, MAIL_TOO_LARGE, FROM_ADDRESS; to who has
    restricted access FORWARD_TO_REQUESTER (`requester`).
    """
    require(by, "forward", ticket)
    box = sending.mailbox_for(ticket, mailbox, by=by)
    people, copies, hidden = (sending.recipients(p, f) for p, f in ((to, "to"), (cc, "cc"), (bcc, "bcc")))
    if not people:
        raise Refused("NO_RECIPIENT", _("Enter at least one address under “To”."), "to")
    threads = shown(ticket).filter(kind=Entry.Kind.THREAD)
    passed_on = entry or threads.filter(is_forward=False).last() or threads.last()
    if passed_on is None or passed_on.is_comment or not is_shown(ticket, passed_on):
        raise Refused("NOTHING_TO_FORWARD", _("There is no message to forward yet."), "content")
    files = [*attachments, *(copy_of(a, by) for a in passed_on.attachments.all() if not a.is_inline)]
    note = markup.sanitise_prose(html) if html else markup.from_text(text.replace("\x00", ""))
    stored = {"text": markup.text_from(note).strip(), "html": note}
    stored["quoted"] = quoted(passed_on)
    sending.refuse_too_large(files, stored)
    with change(ticket, "ticket.forwarded", by=by) as event:
        refuse_requester(ticket, to=people, cc=copies, bcc=hidden, by=by)
        refuse_unseen(ticket, seen, by=by)
        written = write(
            ticket,
            event,
            files,
            kind=Entry.Kind.THREAD,
            direction=Entry.Direction.OUT,
            channel="Email",
            is_public=False,
            is_forward=True,
            agent=by.agent,
            from_name=box.display_name or box.department.name,
            from_address=box.address,
            to=people,
            cc=copies,
            bcc=hidden,
            subject=f"Fwd: {ticket.subject}"[:500],
            message_id=sending.new_message_id(ticket, box),
            **stored,
        )
        event.after["to"] = [person["address"] for person in people]
        sending.queue(event, written, box)
    return written


def copy_of(attachment: Attachment, by: Actor) -> Attachment:
    """The same bytes on another entry, with a key of its own."""
    return Attachment(
        name=attachment.name,
        content_type=attachment.content_type,
        size=attachment.size,
        digest=attachment.digest,
        agent=by.agent,
    )


def quoted(entry: Entry) -> str:
    """The message that is passed on, with who wrote it to whom, as plain text."""
    sender = f"{entry.from_name} <{entry.from_address}>" if entry.from_address else entry.from_name
    head = [f"From: {sender}", f"Date: {sending.when(entry.created_at, entry.ticket)}", f"Subject: {entry.subject}"]
    return "\n".join([*head, "", entry.text, *([entry.quoted] if entry.quoted else [])])
