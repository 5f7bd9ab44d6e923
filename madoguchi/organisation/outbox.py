"""Mail that left no further than the outbox (SPEC G7): who may see it, and answering it as the customer would."""

import hashlib
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.access import require, require_department
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit.addresses import Address, domain
from madoguchi.kit.letters import Letter, Part, compose, parse
from madoguchi.models import InboundMail, OutboundMail
from madoguchi.organisation.current import the_organisation
from madoguchi.organisation.waking import wake


def outgoing(by: Actor) -> QuerySet[OutboundMail]:
    """Mail of tickets the actor may see, from the addresses of the departments the actor works in.

    The desk's own mails carry password links: those only administrators see.
    """
    require(by, "see_outbox")
    mails = OutboundMail.objects.select_related("mailbox__department", "ticket")
    if by.is_desk or by.is_administrator:
        return mails
    assert by.agent is not None
    own = by.agent.own_department_ids
    return mails.filter(mailbox__department_id__in=own, ticket__department_id__in=own)


def can_answer(mail: OutboundMail) -> bool:
    """Only what lies in the outbox of an address that cannot really send."""
    return mail.to_outbox and bool(mail.raw) and not mail.mailbox.smtp_host


@transaction.atomic
def answer_as_customer(mail: OutboundMail, text: str, files: Sequence[Part] = (), *, by: Actor) -> InboundMail:
    """The customer's answer to this mail, arriving as a received one would. Refused: NOT_IN_OUTBOX, EMPTY, MAIL_TOO_LARGE."""
    require(by, "see_outbox")
    require_department(by, mail.mailbox.department_id)
    if mail.ticket is not None:
        require(by, "read", mail.ticket)
    if not can_answer(mail):
        raise Refused("NOT_IN_OUTBOX", _("Only a mail that went to the outbox can be answered here."))
    if not text.strip():
        raise Refused("EMPTY", _("Write something first."), "text")
    raw = _answer(parse(bytes(mail.raw or b"")), mail, text.strip(), files)
    if len(raw) > the_organisation().max_received_bytes:
        raise Refused("MAIL_TOO_LARGE", _("The files are too large."), "attachments")
    answer = InboundMail.objects.create(
        mailbox=mail.mailbox,
        raw=raw,
        size=len(raw),
        digest=hashlib.sha256(raw).hexdigest(),
        received_at=record.now(),
    )
    wake()
    return answer


def customer(letter: Letter, mail: OutboundMail) -> Address | None:
    """Who the mail went to first."""
    if letter.to:
        return letter.to[0]
    return Address("", mail.recipients[0]) if mail.recipients else None


def _answer(letter: Letter, mail: OutboundMail, text: str, files: Sequence[Part]) -> bytes:
    sender = customer(letter, mail)
    if sender is None:
        raise Refused("NOT_IN_OUTBOX", _("Only a mail that went to the outbox can be answered here."))
    to = letter.reply_to[:1] or ((letter.from_,) if letter.from_ else (Address("", mail.mailbox.address),))
    quoted = "\n".join(f"> {line}" for line in letter.text.strip().splitlines())
    writer = letter.from_ or Address("", mail.mailbox.address)
    head = f"On {record.now():%Y-%m-%d %H:%M}, {writer.name} <{writer.address}> wrote:"
    subject = letter.subject if letter.subject.lower().startswith("re:") else f"Re: {letter.subject}"
    return compose.compose(
        from_=sender,
        to=to,
        subject=subject,
        text=f"{text}\n\n{head}\n{quoted}\n",
        message_id=f"{secrets.token_hex(12)}@{domain(sender.folded) or 'customer.example'}",
        in_reply_to=mail.message_id,
        references=[*letter.references, mail.message_id],
        date=record.now(),
        parts=files,
    )
