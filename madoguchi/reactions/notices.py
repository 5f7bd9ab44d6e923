"""Notices to customers (SPEC G7): that their mail arrived."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from madoguchi.kit import tokens
from madoguchi.kit.addresses import Address
from madoguchi.kit.letters import Letter
from madoguchi.kit.letters.subjects import tagged
from madoguchi.models import OutboundMail, Ticket
from madoguchi.organisation.current import the_organisation
from madoguchi.reactions.post.notice import queue_notice
from madoguchi.record import now

MOST_A_DAY = 5


def acknowledge(ticket: Ticket, letter: Letter) -> OutboundMail | None:
    """Tell the customer that the mail arrived, and its number; at most five a day to one address (RFC 3834)."""
    if not the_organisation().acknowledges or letter.from_ is None or ticket.is_spam:
        return None
    address, box = letter.from_.address, ticket.mailbox
    recent = OutboundMail.objects.filter(entry=None, recipients=[address], created_at__gt=now() - timedelta(days=1))
    if box is None or recent.count() >= MOST_A_DAY:
        return None
    with override(ticket.contact.language or ticket.department.language):
        text = _(
            "Thank you for your message. We received it as #%(number)s and will answer as soon as we can.\n\n"
            "Subject: %(subject)s\n\n%(department)s"
        ) % {"number": ticket.number, "subject": ticket.subject, "department": box.display_name or box.department.name}
        subject = tagged(ticket.subject, ticket.number)
    reply_to = None
    if box.plus_addressing:
        reply_to = Address(box.display_name, tokens.reply_address(settings.SECRET_KEY.encode(), box.address, ticket.pk))
    return queue_notice(
        address,
        subject=subject,
        text=text,
        name=ticket.contact.name,
        mailbox=box,
        ticket=ticket,
        answers=letter.message_id,
        reply_to=reply_to,
    )
