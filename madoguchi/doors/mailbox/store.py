"""Keep the raw mail before anyone tries to understand it."""

import hashlib

from django.db import IntegrityError, transaction

from madoguchi.models import InboundMail, Mailbox


def store(
    mailbox: Mailbox, raw: bytes, *, size: int | None = None, uid_validity: int | None = None, uid: int | None = None
) -> InboundMail | None:
    """Store one mail as it came; None if the mailbox has this UID already.

    `size` is the size on the server where only the head was fetched because the mail is too large.
    """
    mail = InboundMail(
        mailbox=mailbox,
        uid_validity=uid_validity,
        uid=uid,
        raw=raw,
        size=len(raw) if size is None else size,
        digest=hashlib.sha256(raw).hexdigest(),
    )
    try:
        with transaction.atomic():
            mail.save(force_insert=True)
    except IntegrityError:
        return None
    return mail
