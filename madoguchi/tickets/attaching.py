"""Files: stored under the digest of their bytes, reached by a random key (MAIL.md, attachments)."""

import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit.names import clean_file_name, human_size
from madoguchi.models import Agent, Attachment, Entry, Ticket
from madoguchi.organisation.current import the_organisation
from madoguchi.record import change, now
from madoguchi.tickets.commenting import require_own
from madoguchi.tickets.indexing import index_entry
from madoguchi.tickets.standing import elsewhere, home

MOST_FILES = 100
SCRATCH = ".part"


def path_of(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def put(path: str, file: "File[bytes]", size: int) -> None:
    """Have the bytes lie in storage, whole or not at all; a file that is there is marked as wanted again (`sweeping`)."""
    there = Path(default_storage.path(path))
    try:
        os.utime(there)
        if there.stat().st_size == size:
            return
    except FileNotFoundError:
        there.parent.mkdir(parents=True, exist_ok=True)
    scratch = there.with_name(f"{there.name}.{secrets.token_hex(6)}{SCRATCH}")
    with open(scratch, "wb") as written:
        for chunk in file.chunks():
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    scratch.replace(there)


def keep(
    name: str, content_type: str, content: bytes | BinaryIO, *, agent: Agent | None = None, unlimited: bool = False
) -> Attachment:
    """Store the bytes and return an unsaved attachment for them. `unlimited`: what a customer sent is never refused.

    Refused: FILE_TOO_LARGE.
    """
    file: File[bytes] = ContentFile(content) if isinstance(content, bytes) else File(content)
    digest, size = hashlib.sha256(), 0
    for chunk in file.chunks():
        digest.update(chunk)
        size += len(chunk)
    limit = the_organisation().max_file_bytes
    if size > limit and not unlimited:
        raise Refused(
            "FILE_TOO_LARGE",
            _("%(name)s is larger than %(limit)s.") % {"name": clean_file_name(name), "limit": human_size(limit)},
            "file",
        )
    file.seek(0)
    put(path_of(digest.hexdigest()), file, size)
    content_type = content_type.split(";")[0].strip().lower()[:150] or "application/octet-stream"
    return Attachment(
        name=clean_file_name(name),
        content_type=content_type,
        size=size,
        digest=digest.hexdigest(),
        agent=agent,
        created_at=now(),
    )


def upload(name: str, content_type: str, content: bytes | BinaryIO, *, by: Actor) -> Attachment:
    """Keep a file that an agent will put on an entry later."""
    attachment = keep(name, content_type, content, agent=by.agent)
    attachment.save()
    return attachment


def take_up(keys: Sequence[str | int], *, by: Actor, field: str = "attachments") -> list[Attachment]:
    """The actor's own uploads that lie on no entry yet, by key or id, in order.

    Refused: FILE_UNKNOWN, FILE_COUNT.
    """
    if len(keys) > MOST_FILES:
        raise Refused("FILE_COUNT", _("At most %(n)s files.") % {"n": MOST_FILES}, field)
    mine = Attachment.objects.filter(agent=by.agent, entry=None, ticket=None)
    found = []
    for key in dict.fromkeys(keys):
        row = mine.filter(pk=key).first() if isinstance(key, int) else mine.filter(key=key).first()
        if row is None:
            raise Refused("FILE_UNKNOWN", _("This file is not there any more. Add it again."), field)
        found.append(row)
    return found


@transaction.atomic
def add_file(
    ticket: Ticket, name: str, content_type: str, content: bytes | BinaryIO, *, public: bool = False, by: Actor
) -> Attachment:
    """Put a file on the ticket itself, not on an entry."""
    require(by, "edit", ticket)
    attachment = keep(name, content_type, content, agent=by.agent)
    with change(ticket, "attachment.added", by=by) as event:
        attachment.ticket, attachment.is_public = ticket, public
        attachment.save()
        ticket.attachment_n += 1
        event.after["name"] = attachment.name
    return attachment


@transaction.atomic
def publish_file(ticket: Ticket, attachment: Attachment, *, public: bool, by: Actor) -> Attachment:
    """Show a file to the customer, or hide it. Refused: FILE_OF_ENTRY (it is as public as its message or comment)."""
    require(by, "edit", ticket)
    if attachment.entry is not None and attachment.is_public != public:
        raise Refused("FILE_OF_ENTRY", _("A file is as public as the message or comment it belongs to."), "isPublic")
    with change(ticket, "attachment.edited", by=by) as event:
        if attachment.is_public != public:
            event.before["public"], event.after["public"] = attachment.is_public, public
            attachment.is_public = public
            attachment.save(update_fields=["is_public"])
    return attachment


@transaction.atomic
def remove_file(ticket: Ticket, attachment: Attachment, *, by: Actor) -> None:
    """Take a file off the ticket, of each that shows it; off a comment, who may change the comment.

    Refused: FILE_OF_CUSTOMER (those stay).
    """
    require(by, "edit", ticket)
    entry: Entry | None = attachment.entry
    if entry is not None and not entry.is_comment:
        raise Refused("FILE_OF_CUSTOMER", _("Files of sent and received messages cannot be removed."), "attachment")
    if entry is not None:
        require_own(entry, by)
    others = elsewhere(attachment, ticket)
    with change(ticket, "attachment.removed", by=by) as event:
        if not Attachment.objects.filter(pk=attachment.pk).delete()[0]:
            return
        ticket.attachment_n = max(0, ticket.attachment_n - (not attachment.is_inline))
        event.after["name"] = attachment.name
        if entry is not None:
            index_entry(home(entry) if others else ticket, entry)
    for other in others:
        with change(other, "attachment.removed", by=by) as told:
            other.attachment_n = max(0, other.attachment_n - (not attachment.is_inline))
            told.after["name"] = attachment.name
