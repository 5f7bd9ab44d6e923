"""Fetch by IMAP: everything beyond the cursor, flags never trusted, raw bytes and cursor in one commit (MAIL.md)."""

import ssl
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

from madoguchi.doors.mailbox.store import store
from madoguchi.kit import crypt
from madoguchi.models import Mailbox
from madoguchi.models.mail import Security
from madoguchi.organisation.current import the_organisation
from madoguchi.organisation.mailboxes import SOURCE
from madoguchi.organisation.waking import wake
from madoguchi.record import now

TIMEOUT_S = 30
TOGETHER, TOGETHER_BYTES = 20, 32 * 2**20


class Unusual(Exception):
    """The server did not do what was asked, or the mailbox was set up anew meanwhile: begin again from the cursor."""


Fetched = tuple[int, bytes | None, int]


def connect(box: Mailbox) -> BaseMailBox:
    """A logged-in connection with the mailbox's folder open for reading. Raises OSError or imaplib's errors."""
    context = ssl.create_default_context()
    server: BaseMailBox
    if box.imap_security == Security.TLS:
        server = MailBox(box.imap_host, box.imap_port, timeout=TIMEOUT_S, ssl_context=context)
    elif box.imap_security == Security.STARTTLS:
        server = MailBoxStartTls(box.imap_host, box.imap_port, timeout=TIMEOUT_S, ssl_context=context)
    else:
        server = MailBoxUnencrypted(box.imap_host, box.imap_port, timeout=TIMEOUT_S)
    password = crypt.unseal(settings.SECRET_KEY.encode(), box.imap_password)
    server.login(box.imap_user, password, initial_folder=None)
    server.folder.set(box.imap_folder, readonly=True)
    return server


def fetch_new(server: BaseMailBox, box: Mailbox) -> int:
    """Store all mail after the cursor, oldest first. Returns how many were stored.

    A new UIDVALIDITY starts again at the first mail; what is known by its bytes then ends as duplicate.
    """
    status = server.folder.status(box.imap_folder)
    validity = int(status["UIDVALIDITY"])
    box.refresh_from_db(fields=["uid_validity", "last_uid"])
    if box.uid_validity != validity:
        box.uid_validity, box.last_uid = validity, 0
    stored = 0
    for mails in _portions(server, box.last_uid):
        with transaction.atomic():
            for uid, raw, size in mails:
                if raw is not None:
                    stored += store(box, raw, size=size, uid_validity=validity, uid=uid) is not None
            box.last_uid = mails[-1][0]
            _save(box, int(status["MESSAGES"]))
            wake()
    _save(box, int(server.folder.status(box.imap_folder)["MESSAGES"]))
    return stored


def _save(box: Mailbox, server_n: int) -> None:
    """Move the cursor, of this source only: another server or folder set meanwhile begins at its own first mail."""
    same = {name: getattr(box, name) for name in SOURCE}
    moved = Mailbox.objects.filter(pk=box.pk, is_active=True, **same).update(
        uid_validity=box.uid_validity,
        last_uid=box.last_uid,
        server_n=server_n,
        checked_at=now(),
        error="",
        error_at=None,
    )
    if not moved:
        raise Unusual("the mailbox was changed or switched off meanwhile")


def _portions(server: BaseMailBox, last_uid: int) -> Iterator[list[Fetched]]:
    """Mails beyond the cursor, in order, as many at once as fit (`n:*` always names the last mail, also an old one)."""
    data = _asked(server, "SEARCH", f"UID {last_uid + 1}:*")
    uids = sorted(int(uid) for uid in (data[0] or b"").split() if int(uid) > last_uid)
    portion: list[Fetched] = []
    for uid in uids:
        portion.append((uid, *_one(server, uid)))
        if len(portion) == TOGETHER or sum(len(raw or b"") for _uid, raw, _size in portion) > TOGETHER_BYTES:
            yield portion
            portion = []
    if portion:
        yield portion


def _asked(server: BaseMailBox, *words: str) -> list[Any]:
    """What the server answers to a UID command. A NO is no empty answer: what it kept back would be lost."""
    typ, data = server.client.uid(*words)
    if typ != "OK":
        said = b" ".join(part for part in data if isinstance(part, bytes)).decode(errors="replace")
        raise Unusual(f"{words[0]}: {typ} {said}"[:500])
    return data


def _one(server: BaseMailBox, uid: int) -> tuple[bytes | None, int]:
    """(raw bytes, size on the server); only the head where the mail is over the limit; None where it is gone."""
    limit = the_organisation().max_received_bytes
    size = _size(server, uid)
    if size is None:
        return None, 0
    part = "BODY.PEEK[HEADER]" if size > limit else "BODY.PEEK[]"
    data = _asked(server, "FETCH", str(uid), f"({part})")
    raw = next((item[1] for item in data if isinstance(item, tuple)), None)
    return raw, size


def _size(server: BaseMailBox, uid: int) -> int | None:
    data = _asked(server, "FETCH", str(uid), "(RFC822.SIZE)")
    line = next((item for item in data if isinstance(item, bytes) and b"RFC822.SIZE" in item), b"")
    digits = line.partition(b"RFC822.SIZE")[2].split(b")")[0].split()
    return int(digits[0]) if digits else None
