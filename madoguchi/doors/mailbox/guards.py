"""What must not become a message: our own mail, answers of machines, storms (RFC 3834, MAIL.md loops)."""

import re
from dataclasses import dataclass
from datetime import timedelta

from madoguchi import prepared
from madoguchi.kit import addresses
from madoguchi.kit.letters import Letter
from madoguchi.models import InboundMail
from madoguchi.organisation.current import mailbox_addresses
from madoguchi.record import now

FUSE_MAILS = 60
FUSE_MINUTES = 10
ANSWERS_OF_MACHINES = {"bounce", "report", "vacation", "mailer-daemon", "empty-return-path"}
NOTIFICATION = re.compile(r"notice-t\d+-a\d+(?:\.[0-9a-f]+)?@(.+)")  # `notification_mails.thread`
KNOWN = """
SELECT (SELECT id FROM madoguchi_inboundmail WHERE mailbox_id = %s::bigint AND digest = %s AND id < %s::bigint
        AND decision NOT IN ('', 'duplicate') ORDER BY id LIMIT 1),
       EXISTS (SELECT 1 FROM madoguchi_outboundmail WHERE message_id = %s),
       (SELECT count(*) FROM madoguchi_inboundmail WHERE sender = %s AND received_at > %s::timestamptz AND decision = 'entry')
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What the desk knows of a mail: `earlier`, the mail with the same bytes that was decided before (a server that
    counts its mail anew, a purged ticket); `is_own`, sent by this desk or from one of its addresses; `is_storm`, one of
    too many from this sender in a short time. A mail an agent released passes the first and the last.
    """

    earlier: InboundMail | None
    is_own: bool
    is_storm: bool


def is_ours(folded: str) -> bool:
    """Whether an address is one of the desk's mailboxes, with a plus tag or without."""
    return folded in mailbox_addresses() or addresses.without_tag(folded) in mailbox_addresses()


def known(mail: InboundMail, letter: Letter) -> Known:
    """Ask once, in plain SQL: every mail pays for it."""
    sender = letter.from_.folded if letter.from_ else ""
    since = now() - timedelta(minutes=FUSE_MINUTES)
    asked = [mail.mailbox_id, mail.digest, mail.pk, letter.message_id or "-", sender, since]
    ((earlier, is_sent, recent_n),) = prepared.fetch(KNOWN, asked)
    released = mail.released_at is not None
    return Known(
        earlier=InboundMail.objects.get(pk=earlier) if earlier and not released else None,
        is_own=is_sent or is_ours(sender),
        is_storm=recent_n >= FUSE_MAILS and not released and mail.uid_validity is not None,
    )


def answer_of_machine(letter: Letter) -> str:
    """The reason why this is a machine's answer to a mail, '' for all else.

    Mail that machines send of themselves (forms, monitors, lists) is somebody's business and becomes a ticket.
    """
    if letter.headers.get("Auto-Submitted", "").lower().startswith("auto-replied"):
        return "auto-replied"
    return letter.automatic if letter.automatic in ANSWERS_OF_MACHINES else ""


def answers_notification(letter: Letter) -> bool:
    """Whether someone answers a mail that told an agent of something. Nobody reads that address, and it is no matter of a
    customer's: an agent decides."""
    hosts = {addresses.domain(address) for address in mailbox_addresses()}
    ids = (NOTIFICATION.fullmatch(one) for one in (*letter.in_reply_to, *letter.references))
    return any(found[1] in hosts for found in ids if found)
