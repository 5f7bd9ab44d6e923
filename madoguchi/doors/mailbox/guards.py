"""What must not become a message: our own mail, answers of machines, storms (RFC 3834, MAIL.md loops)."""

from datetime import timedelta
from typing import Any

from django.db import connection

from madoguchi.kit.letters import Letter
from madoguchi.models import InboundMail
from madoguchi.organisation.current import mailbox_addresses
from madoguchi.record import now

FUSE_MAILS = 60
FUSE_MINUTES = 10
ANSWERS_OF_MACHINES = {"bounce", "report", "vacation", "mailer-daemon", "empty-return-path"}


def own_mail(letter: Letter) -> bool:
    """A mail this desk sent itself: by Message-ID, or from one of its own addresses."""
    if letter.message_id and _one("SELECT 1 FROM madoguchi_outboundmail WHERE message_id = %s", letter.message_id):
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
    recent = "SELECT count(*) FROM madoguchi_inboundmail WHERE sender = %s AND received_at > %s AND decision = 'entry'"
    return _one(recent, sender, since) >= FUSE_MAILS


def seen_before(mail: InboundMail) -> InboundMail | None:
    """The same bytes decided earlier for this mailbox: a server that counts its mail anew, a purged ticket."""
    if mail.released_at is not None:
        return None
    earlier = "SELECT id FROM madoguchi_inboundmail WHERE mailbox_id = %s AND digest = %s AND id < %s"
    decided = f"{earlier} AND decision NOT IN ('', 'duplicate') ORDER BY id LIMIT 1"
    found = _one(decided, mail.mailbox_id, mail.digest, mail.pk)
    return InboundMail.objects.select_related("ticket").get(pk=found) if found else None


def _one(sql: str, *values: Any) -> Any:
    """The one value of a query; None where there is no row. (Asked for every mail: raw, for speed.)"""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return row[0] if row else None
