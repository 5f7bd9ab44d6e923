"""Answer the customer (SPEC D1, G6). The mail is queued in the same transaction and leaves by reactions/post."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit.addresses import Address
from madoguchi.models import Attachment, Entry, Mailbox, Status, Ticket
from madoguchi.models.organisation import State
from madoguchi.record import change, now
from madoguchi.tickets import clocks, sending
from madoguchi.tickets.closing import set_status
from madoguchi.tickets.family_closing import hold
from madoguchi.tickets.unseen import refuse_unseen
from madoguchi.tickets.writing import body, write
from madoguchi.transactions import verb


@verb
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

    `to` defaults to the contact, `cc` to the secondary contacts. The first response counts from here. A reply that goes
    past the customer, to others only, is private: the help center does not show it.
    Refused: NEWER (`unseen`), EMPTY, NO_RECIPIENT, NOT_AN_ADDRESS, RECIPIENT_COUNT, MAIL_TOO_LARGE, FROM_ADDRESS.
    """
    require(by, "reply", ticket)
    if then is not None and then.pk != ticket.status_id:
        require(by, "set_status", ticket)
    stored = body(text, html)
    box = sending.mailbox_for(ticket, mailbox, by=by)
    people = sending.recipients(to if to is not None else sending.contact_address(ticket), "to")
    there = sending.taking_part(ticket)
    copies = sending.recipients(cc if cc is not None else sending.secondary_addresses(ticket, there), "cc")
    hidden = sending.recipients(bcc, "bcc")
    if not people:
        raise Refused("NO_RECIPIENT", _("The contact has no mail address. Enter one under “To”."), "to")
    sending.refuse_too_large(attachments, stored)
    is_public = to is None or sending.reaches_customer(ticket, [*people, *copies, *hidden], there)
    if then is not None and then.state == State.CLOSED:
        hold(ticket)
    with change(ticket, "ticket.replied", by=by) as event:
        refuse_unseen(ticket, seen, by=by)
        at = now()
        entry = write(
            ticket,
            event,
            attachments,
            kind=Entry.Kind.THREAD,
            direction=Entry.Direction.OUT,
            channel="Email",
            is_public=is_public,
            agent=by.agent,
            from_name=box.display_name or box.department.name,
            from_address=box.address,
            to=people,
            cc=copies,
            bcc=hidden,
            subject=ticket.subject,
            message_id=sending.new_message_id(ticket, box),
            respond_s=clocks.agent_answered(ticket, at) if by.agent else None,  # a rule is no answer
            created_at=at,
            **stored,
        )
        sending.queue(event, entry, box)
    if then is not None and then.pk != ticket.status_id:
        set_status(ticket, then, by=by)
    return entry
