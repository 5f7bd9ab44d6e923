"""Writing an entry on a locked ticket: the body checked, files taken up, counts kept."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from madoguchi.errors import Refused
from madoguchi.kit import html as markup
from madoguchi.models import Attachment, Entry, Event, Ticket
from madoguchi.record import now
from madoguchi.sheet import Sheet
from madoguchi.tickets import clocks, indexing

LONGEST_BODY = 2_000_000


def body(text: str, html: str, *, longest: int = LONGEST_BODY) -> dict[str, str]:
    """The stored forms of what an agent or client wrote: safe HTML and its plain text.

    Refused: EMPTY (nothing written), TOO_LONG (more than `longest` characters).
    """
    text = text.replace("\x00", "").strip()
    html = markup.sanitise_prose(html).strip() if html else ""
    plain = markup.text_from(html).strip() if html else text
    if not plain and "<img" not in html:
        raise Refused("EMPTY", _("Write something first."), "content")
    if max(len(plain), len(html)) > longest:
        raise Refused("TOO_LONG", _("The text may have at most %(n)s characters.") % {"n": longest}, "content")
    return {"text": plain, "html": html}


def write(ticket: Ticket, event: Event, attachments: Sequence[Attachment] = (), **fields: Any) -> Entry:
    """Add an entry to a ticket locked by `record.change`, with its files. It is written, and has an id, with the change."""
    event.entry = entry = Entry(ticket=ticket, **{"created_at": now(), **fields})
    count(ticket, entry, attachments)
    put(event.sheet, entry, attachments)
    indexing.index_written(event.sheet, ticket, entry, attachments)
    return entry


def count(ticket: Ticket, entry: Entry, attachments: Sequence[Attachment]) -> None:
    """Keep on the unsaved ticket what lists show of its entries."""
    ticket.attachment_n += sum(1 for a in attachments if not a.is_inline)
    clocks.message_written(ticket, entry)


def put(sheet: Sheet, entry: Entry, attachments: Sequence[Attachment]) -> None:
    """Put the entry on the sheet; its files follow when it is sent."""
    sheet.insert(entry)
    if attachments:
        sheet.after(partial(take_files, entry, attachments))


def take_files(entry: Entry, attachments: Sequence[Attachment]) -> None:
    """Put the files on the entry. Refused: FILE_UNKNOWN (an upload was put on another entry meanwhile)."""
    uploads = Attachment.objects.filter(ticket=None)
    for attachment in attachments:
        attachment.entry, attachment.ticket, attachment.is_public = entry, entry.ticket, entry.is_public
        if not attachment.pk:
            attachment.save(force_insert=True)
        elif not uploads.filter(pk=attachment.pk).update(entry=entry, ticket=entry.ticket, is_public=entry.is_public):
            raise Refused("FILE_UNKNOWN", _("This file is not there any more. Add it again."), "attachments")
