"""One reply to all children, each in the thread of its own customer (SPEC F8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import can, require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit import html as markup
from madoguchi.kit.addresses import Address
from madoguchi.models import Attachment, Entry, Status, Ticket
from madoguchi.organisation.responses import PLACEHOLDERS, placeholders
from madoguchi.record import now
from madoguchi.tickets import family, sending
from madoguchi.tickets.bulk import Outcome, attempt
from madoguchi.tickets.locking import locked_together
from madoguchi.tickets.replying import reply
from madoguchi.tickets.responding import replaced, values
from madoguchi.tickets.writing import body

WITH = ("status", "department", "contact", "account", "assignee", "mailbox")


@dataclass(frozen=True, slots=True)
class Letter:
    """What one child's customer would get. `missing` names placeholders the ticket has no words for: it is not sent."""

    child: Ticket
    to: Sequence[Address]
    text: str
    html: str
    missing: list[str]

    @property
    def problem(self) -> Refused | None:
        if self.missing:
            text = _("The ticket does not know: %(names)s") % {"names": ", ".join(self.missing)}
            return Refused("PLACEHOLDER", text, "content")
        if not self.to:
            return Refused("NO_RECIPIENT", _("The contact has no mail address. Enter one under “To”."), "to")
        return None


def letters(
    children: Iterable[Ticket], text: str, html: str = "", *, attachments: Sequence[Attachment] = (), by: Actor
) -> list[Letter]:
    """The reply as each of these children would get it. Hidden. Refused: EMPTY, TOO_LONG, MAIL_TOO_LARGE."""
    stored = body(text, html)
    sending.refuse_too_large(attachments, stored)
    return [_letter(child, stored, by) for child in children]


@transaction.atomic
def reply_to_children(
    parent: Ticket,
    children: Iterable[Ticket],
    text: str = "",
    *,
    html: str = "",
    attachments: Sequence[Attachment] = (),
    then: Status | None = None,
    seen: Mapping[int, int] | None = None,
    by: Actor,
) -> list[Outcome]:
    """Send it to each child's customer; what is refused for one does not stop the others. Placeholders of canned
    responses are filled in for each; each gets the uploads `attachments`, which are used up. `seen`: child → the newest entry the writer had before them.

    Those that are no children in effect any more, or are not to be seen, are left out.
    Refused, before any is sent: NOTHING_CHOSEN, EMPTY, TOO_LONG, MAIL_TOO_LARGE.
    """
    require(by, "read", parent)
    wanted = {child.pk for child in children}
    locked_together(lambda: {parent.pk, *family.children(parent).order_by().values_list("pk", flat=True)})
    chosen = [
        each for each in family.children(parent).select_related(*WITH) if each.pk in wanted and can(by, "read", each)
    ]
    if not chosen:
        raise Refused("NOTHING_CHOSEN", _("Choose at least one ticket."), "ids")
    made = letters(chosen, text, html, attachments=attachments, by=by)
    known = seen or {}
    outcomes = [
        attempt(each.child, partial(_send, each, attachments, then, known.get(each.child.pk), by)) for each in made
    ]
    if any(outcome.is_done for outcome in outcomes):
        Attachment.objects.filter(pk__in=[file.pk for file in attachments], entry=None, ticket=None).delete()
    return outcomes


def _letter(child: Ticket, stored: Mapping[str, Any], by: Actor) -> Letter:
    require(by, "read", child)
    known = values(child, by)
    missing = [name for name in dict.fromkeys(placeholders(stored["text"])) if not known.get(name)]

    def word(name: str) -> str:
        return known.get(name) or f"【{PLACEHOLDERS.get(name, name)}】"

    html = markup.sanitise_prose(replaced(stored["html"], lambda name: escape(word(name)))) if stored["html"] else ""
    names = [str(PLACEHOLDERS.get(name, name)) for name in missing]
    return Letter(child, sending.contact_address(child), replaced(stored["text"], word), html, names)


def _send(
    letter: Letter, files: Sequence[Attachment], then: Status | None, seen: int | None, by: Actor, child: Ticket
) -> Entry:
    require(by, "reply", child)
    if (problem := letter.problem) is not None:
        raise problem
    own = [_copy(file) for file in files]
    return reply(child, letter.text, html=letter.html, attachments=own, then=then, seen=seen, by=by)


def _copy(file: Attachment) -> Attachment:
    """A file of its own for one child, unsaved; the bytes lie in storage once."""
    copied = ("name", "content_type", "size", "digest", "agent")
    return Attachment(created_at=now(), **{name: getattr(file, name) for name in copied})
