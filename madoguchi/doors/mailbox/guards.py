"""What must not become a message: our own mail, answers of machines, storms (RFC 3834, MAIL.md loops)."""

from datetime import timedelta

from madoguchi.kit.letters import Letter
from madoguchi.models import InboundMail, OutboundMail
from madoguchi.organisation.current import mailbox_addresses
from madoguchi.record import now

FUSE_MAILS = 60
FUSE_MINUTES = 10
ANSWERS_OF_MACHINES = {"bounce", "report", "vacation", "mailer-daemon", "empty-return-path"}


def own_mail(letter: Letter) -> bool:
    """A mail this desk sent itself: by Message-ID, or from one of its own addresses."""
    if letter.message_id and OutboundMail.objects.filter(message_id=letter.message_id).exists():
        return True
    return letter.from_ is not None and letter.from_.folded in mailbox_addresses()


def answer_of_machine(letter: Letter) -> str:
    """The reason why this is a machine's answer to a mail, '' for all else.

    Mail that machines send of themselves (forms, monitors, lists) is somebody's business and becomes a ticket.
    """
    if letter.headers.get("Auto-Submitted", "").lower().startswith("auto-replied"):
        return "auto-replied"
    return letter.automatic if letter.automatic in ANSWERS_OF_MACHINES else ""


def fuse_blown(mail: InboundMail, sender: str) -> bool:
    """Whether the sender wrote so much in a short time that a loop is likely. Released mail passes."""
    if mail.released_at is not None or mail.uid_validity is None:
        return False
    since = now() - timedelta(minutes=FUSE_MINUTES)
    recent = InboundMail.objects.filter(sender=sender, received_at__gt=since, decision=InboundMail.Decision.ENTRY)
    return recent.count() >= FUSE_MAILS


def seen_before(mail: InboundMail) -> InboundMail | None:
    """The same bytes decided earlier for this mailbox: a server that counts its mail anew, a purged ticket."""
    if mail.released_at is not None:
        return None
    earlier = InboundMail.objects.filter(mailbox=mail.mailbox_id, digest=mail.digest, id__lt=mail.pk)
    decided = earlier.exclude(decision__in=["", InboundMail.Decision.DUPLICATE])
    return decided.only("id", "ticket").order_by("id").first()
