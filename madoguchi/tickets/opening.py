"""Open a ticket: by mail, by an agent on the phone, by the API (SPEC D1, G3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from madoguchi import prepared, record
from madoguchi.access import require, require_department
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import (
    Agent,
    Attachment,
    Contact,
    Department,
    Entry,
    Mailbox,
    SecondaryContact,
    Status,
    Ticket,
    TicketNumber,
)
from madoguchi.models.organisation import State
from madoguchi.models.ticket import Channel
from madoguchi.organisation.current import default_status
from madoguchi.people import holding
from madoguchi.sheet import Sheet
from madoguchi.tickets import clocks, due, fields, indexing, writing
from madoguchi.tickets.assigning import refuse_other
from madoguchi.transactions import verb

START = """
SELECT nextval('madoguchi_ticket_number'),
  ARRAY(SELECT address FROM madoguchi_contactaddress WHERE contact_id = %(contact)s::bigint ORDER BY is_primary DESC, id),
  ARRAY(SELECT number FROM madoguchi_contactphone WHERE contact_id = %(contact)s::bigint ORDER BY id),
  pg_advisory_xact_lock_shared(%(held_account)s::bigint), pg_advisory_xact_lock_shared(%(held_contact)s::bigint)"""


@holding.follows
@verb
def open_ticket(
    *,
    department: Department,
    contact: Contact,
    subject: str,
    channel: str = Channel.PHONE,
    text: str = "",
    html: str = "",
    message: Mapping[str, Any] | None = None,
    attachments: Sequence[Attachment] = (),
    status: Status | None = None,
    assignee: Agent | None = None,
    mailbox: Mailbox | None = None,
    copies: Sequence[Contact] = (),
    more: Mapping[str, Any] | None = None,
    by: Actor,
) -> Ticket:
    """Open a ticket of `contact`; what they wrote or said becomes its first message, if anything.

    `text`/`html` is what an agent or client typed; `message` are ready entry fields of a received mail.
    `copies` take part as well. `more` are further fields as for `edit`. Refused: by field; DEPARTMENT_DISABLED; CONTACT_TRASHED; STATUS_INACTIVE.
    """
    if by.agent is not None:
        require(by, "open")
        require_department(by, department.pk)
    if not department.is_enabled:
        raise Refused("DEPARTMENT_DISABLED", _("This department is switched off."), "departmentId")
    if contact.merged_into_id is not None:
        raise holding.Moved
    if contact.trashed_at is not None:
        raise Refused("CONTACT_TRASHED", _("This contact lies in the recycle bin."), "contactId")
    status = status or default_status(State.OPEN)
    if not status.is_active:
        raise Refused("STATUS_INACTIVE", _("This status is no longer in use."), "status")
    now = record.now()
    ticket = Ticket(
        department=department,
        contact=contact,
        account=contact.account,
        status=status,
        state=State.OPEN,
        channel=channel,
        mailbox=mailbox,
        created_at=now,
        created_by=by.agent,
        modified_at=now,
        modified_by=by.agent,
        is_spam=contact.is_spam,
        crm_class=contact.crm_class,
    )
    values = fields.clean({"subject": subject, "channel": channel, **(more or {})}, department)
    ticket.custom = {k: v for k, v in values.pop("custom", {}).items() if v is not None}
    for name, value in values.items():
        setattr(ticket, name, value)
    if assignee is not None:
        require(by, "assign", ticket)
        refuse_other(assignee, department)
        ticket.assignee, ticket.version = assignee, 2
    if message is None and (text.strip() or html.strip()):
        message = {**writing.body(text, html), "agent": by.agent if by.agent else None}
    if message is not None:
        clocks.customer_wrote(ticket, now)
    due.chosen_at_opening(ticket)
    if status.state != State.OPEN:
        clocks.state_changed(ticket, status.state, now)
    clocks.refresh_overdue(ticket, now)
    held = {
        "held_account": holding.key_of_account(ticket.account_id),
        "held_contact": holding.key_of_contact(contact.pk),
    }
    ticket.number, addresses, phones, *_held = prepared.fetch(START, {"contact": contact.pk, **held})[0]
    if message is not None:
        if "from_name" not in message:
            message = {"from_name": contact.name, "from_address": next(iter(addresses), ""), **message}
        ticket.opened_with = Entry(
            ticket=ticket,
            kind=Entry.Kind.THREAD,
            direction=Entry.Direction.IN,
            channel=channel,
            is_description=True,
            contact=contact,
            created_at=now,
            **message,
        )
        writing.count(ticket, ticket.opened_with, attachments)
    sheet = Sheet()
    holding.still_stands(sheet, contact, ticket.account_id)
    sheet.insert(ticket)
    sheet.insert(TicketNumber(number=ticket.number, ticket=ticket))
    if ticket.opened_with is not None:
        writing.put(sheet, ticket.opened_with, attachments)
    indexing.index_new(sheet, ticket, ticket.opened_with, attachments, [*addresses, *phones])
    record.born(ticket, sheet, by=by, entry=ticket.opened_with)
    if copies:
        people = {c.pk: c for c in copies if c.pk != contact.pk}.values()
        SecondaryContact.objects.bulk_create(SecondaryContact(ticket=ticket, contact=c) for c in people)
    return ticket
