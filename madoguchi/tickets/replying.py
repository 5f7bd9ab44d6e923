"""Answer the customer (SPEC D1, G6). The mail is queued in the same transaction and leaves by reactions/post."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit.addresses import Address
from madoguchi.models import Attachment, Entry, Mailbox, Status, Ticket
from madoguchi.record import change
from madoguchi.tickets import clocks, sending
from madoguchi.tickets.closing import set_status
from madoguchi.tickets.unseen import refuse_unseen
from madoguchi.tickets.writing import body, write


@transaction.atomic
def reply(
    ticket: Ticket,
    text: str = "",
    *,
    html: str = "",
    to: Sequence[Address] | None = None,
    cc: Sequence[Address] | None = None,
    bcc: Sequence[Address] = (),
    attachments: Sequence[Attachment] = (),
    mailbox: Mailbox | None = None,
    then: Status | None = None,
    seen: int | None = None,
    by: Actor,
) -> Entry:
    """Write to the customer by mail, and set the status `then` if given.

    `to` defaults to the contact, `cc` to the secondary contacts. The first response counts from here.
    Refused: NEWER (`unseen`), EMPTY, NO_RECIPIENT, NOT_AN_ADDRESS, RECIPIENT_COUNT, MAIL_TOO_LARGE, FROM_ADDRESS.
    """
    require(by, "reply", ticket)
    if then is not None and then.pk != ticket.status_id:
        require(by, "set_status", ticket)
    stored = body(text, html)
    box = sending.mailbox_for(ticket, mailbox, by=by)
    people = sending.recipients(to if to is not None else sending.contact_address(ticket), "to")
    copies = sending.recipients(cc if cc is not None else sending.secondary_addresses(ticket), "cc")
    hidden = sending.recipients(bcc, "bcc")
    if not people:
        raise Refused("NO_RECIPIENT", _("The contact has no mail address. Enter one under “To”."), "to")
    sending.refuse_too_large(attachments, stored)
    with change(ticket, "ticket.replied", by=by) as event:
        refuse_unseen(ticket, seen, by=by)
        entry = write(
            ticket,
            event,
            attachments,
            kind=Entry.Kind.THREAD,
            direction=Entry.Direction.OUT,
            channel="Email",
            agent=by.agent,
            from_name=box.display_name or box.department.name,
            from_address=box.address,
            to=people,
            cc=copies,
            bcc=hidden,
            subject=ticket.subject,
            message_id=sending.new_message_id(ticket, box),
            **stored,
        )
        entry.respond_s = clocks.agent_answered(ticket, entry.created_at)
        if entry.respond_s is not None:
            entry.save(update_fields=["respond_s"])
        sending.queue(entry, box)
    if then is not None and then.pk != ticket.status_id:
        set_status(ticket, then, by=by)
    return entry
