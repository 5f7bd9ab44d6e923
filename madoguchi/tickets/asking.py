"""What contacts do in the help center: ask, and answer (SPEC P1). Their words arrive as those of a mail would."""

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Refused
from madoguchi.kit.names import human_size
from madoguchi.models import Attachment, Department, Entry, Ticket
from madoguchi.models.ticket import Channel
from madoguchi.organisation.current import the_organisation
from madoguchi.tickets import fields, writing
from madoguchi.tickets.attaching import keep
from madoguchi.tickets.opening import open_ticket
from madoguchi.tickets.receiving import receive

LONGEST = 50_000
MOST_FILES = 10


def departments() -> QuerySet[Department]:
    """The departments one may ask in the help center, the default one first."""
    return Department.objects.filter(is_enabled=True, is_visible_in_help_center=True).order_by("-is_default", "id")


@transaction.atomic
def ask(department: Department, subject: str, text: str, *, files: Sequence[UploadedFile] = (), by: Actor) -> Ticket:
    """Open a ticket by the form. Refused: NOT_A_CHOICE, FILE_COUNT, FILE_TOO_LARGE, and what `open_ticket` refuses."""
    if by.contact is None:
        raise Denied("ask")
    if not departments().filter(pk=department.pk).exists():
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "department")
    return open_ticket(
        department=department,
        contact=by.contact,
        subject=subject,
        channel=Channel.WEB,
        message=writing.body(text, "", longest=LONGEST),
        attachments=_kept(files),
        by=by,
    )


@transaction.atomic
def answer(ticket: Ticket, text: str, *, files: Sequence[UploadedFile] = (), by: Actor) -> Entry:
    """Write on an own ticket; one that is closed or on hold opens again. Refused: EMPTY, TOO_LONG, FILE_COUNT, FILE_TOO_LARGE."""
    require(by, "receive", ticket)
    assert by.contact is not None
    message = {
        **writing.body(text, "", longest=LONGEST),
        "from_name": by.contact.name,
        "from_address": by.contact.email,
    }
    return receive(ticket, message, contact=by.contact, channel=Channel.WEB, attachments=_kept(files), by=by)


def refuse_empty(subject: str, text: str) -> None:
    """Look before anything is kept of what a visitor sent. Refused: EMPTY, TOO_LONG."""
    fields.clean_text("subject", subject)
    writing.body(text, "", longest=LONGEST)


def _kept(files: Sequence[UploadedFile]) -> list[Attachment]:
    """What was sent with the form, at most ten files and together no more than a mail may hold."""
    files = [file for file in files if file.name]
    if len(files) > MOST_FILES:
        raise Refused("FILE_COUNT", _("At most %(n)s files.") % {"n": MOST_FILES}, "files")
    limit = the_organisation().max_received_bytes
    if sum(file.size or 0 for file in files) > limit:
        text = _("Together the files may have at most %(limit)s.") % {"limit": human_size(limit)}
        raise Refused("FILE_TOO_LARGE", text, "files")
    return [keep(file.name or "", file.content_type or "", file) for file in files]  # type: ignore[arg-type]
