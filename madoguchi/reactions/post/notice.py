"""A mail of the desk itself: an acknowledgement, a password link. No entry, never answered by a machine."""

import secrets

from procrastinate.contrib.django import app as jobs

from madoguchi.kit import addresses
from madoguchi.kit.addresses import Address
from madoguchi.kit.letters.compose import compose
from madoguchi.models import Mailbox, OutboundMail, Ticket
from madoguchi.record import now


def queue_notice(
    address: str,
    *,
    subject: str,
    text: str,
    html: str = "",
    name: str = "",
    mailbox: Mailbox | None = None,
    ticket: Ticket | None = None,
    answers: str = "",
    reply_to: Address | None = None,
    thread: str = "",
) -> OutboundMail | None:
    """Queue a notice; None where the desk has no address to send it from. `answers`: a Message-ID.

    `thread`: mails of the same name stand together in the reader's mail program; every Message-ID of theirs begins so.
    """
    active = Mailbox.objects.filter(is_active=True, department__is_enabled=True)
    box = mailbox or active.order_by("-department__is_default", "-is_default", "id").first()
    if box is None or not addresses.is_sendable(address):
        return None
    host = addresses.domain(box.folded)
    message_id = f"{thread + '.' if thread else 'n'}{secrets.token_hex(14)}@{host}"
    answered = answers or (f"{thread}@{host}" if thread else "")
    raw = compose(
        from_=Address(box.display_name, box.address),
        to=[Address(name, address)],
        subject=subject,
        text=text,
        html=html,
        message_id=message_id,
        in_reply_to=answered,
        references=[answered] if answered else [],
        reply_to=reply_to,
        date=now(),
        extra_headers={
            "Auto-Submitted": "auto-replied" if answers else "auto-generated",
            "X-Auto-Response-Suppress": "All",
            **({"Precedence": "bulk"} if thread else {}),
        },
    )
    mail = OutboundMail.objects.create(
        ticket=ticket,
        mailbox=box,
        message_id=message_id,
        recipients=[address],
        subject=subject[:500],
        raw=raw,
        created_at=now(),
        next_attempt_at=now(),
    )
    jobs.configure_task("send_one", queue="reactions").defer(mail_id=mail.pk)
    return mail
