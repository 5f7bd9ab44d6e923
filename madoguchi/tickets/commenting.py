"""Notes on a ticket, private or public (SPEC: entry). A private one is never seen by a customer."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import can, require
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Refused
from madoguchi.models import Attachment, Entry, Ticket
from madoguchi.record import change, now
from madoguchi.tickets.indexing import index_entry
from madoguchi.tickets.standing import elsewhere, here, home
from madoguchi.tickets.unseen import refuse_unseen
from madoguchi.tickets.writing import body, write

LONGEST = 32_000


@transaction.atomic
def comment(
    ticket: Ticket,
    text: str = "",
    *,
    html: str = "",
    public: bool = False,
    attachments: Sequence[Attachment] = (),
    seen: int | None = None,
    by: Actor,
) -> Entry:
    """Add a comment. Refused: EMPTY, TOO_LONG (32,000 characters); a public one: NEWER (`unseen`)."""
    require(by, "comment_public" if public else "comment_private", ticket)
    stored = body(text, html, longest=LONGEST)
    with change(ticket, "ticket.commented", by=by) as event:
        refuse_unseen(ticket, seen if public else None, by=by)
        entry = write(
            ticket,
            event,
            attachments,
            kind=Entry.Kind.COMMENT,
            channel=ticket.channel,
            is_public=public,
            agent=by.agent,
            contact=by.contact,
            from_name=by.rule_title,
            **stored,
        )
        event.after["public"] = public
    return entry


def require_own(entry: Entry, by: Actor) -> None:
    """A comment is changed by who wrote it, or by a supervisor of the department; a public one by who may write such."""
    ticket = here(entry)
    require(by, "comment_public" if entry.is_public else "comment_private", ticket)
    if not entry.is_comment:
        raise Refused("NOT_A_COMMENT", _("Messages cannot be changed once sent."), "comment")
    if by.is_desk or (by.agent is not None and entry.agent_id == by.agent.pk):
        return
    if not can(by, "restore", ticket):
        raise Denied("edit_comment")


@transaction.atomic
def edit_comment(
    entry: Entry, text: str | None = None, *, html: str = "", public: bool | None = None, by: Actor
) -> Entry:
    """Change a comment's text, or whether it is public; None stays. The old text stays in the history.

    Where several tickets show it, it changes on all. Refused: EMPTY, TOO_LONG, COMMENT_GONE.
    """
    require_own(entry, by)
    ticket = here(entry)
    if public:
        require(by, "comment_public", ticket)
    stored = body(text or "", html, longest=LONGEST) if text is not None or html else None
    others = elsewhere(entry, ticket)
    with change(ticket, "comment.edited", by=by) as event:
        as_it_is_now(entry)
        if entry.deleted_at is not None:
            raise Refused("COMMENT_GONE", _("Someone deleted this comment meanwhile."), "comment")
        if stored is not None and stored != {"text": entry.text, "html": entry.html}:
            event.before["text"], event.after["text"] = entry.text, stored["text"]
            entry.text, entry.html = stored["text"], stored["html"]
        if public is not None and public != entry.is_public:
            event.before["public"], event.after["public"] = entry.is_public, public
            entry.is_public = public
            entry.attachments.update(is_public=public)
        if event.after:
            event.entry, entry.edited_at = entry, now()
            entry.save(update_fields=["text", "html", "edited_at", "is_public"])
            index_entry(home(entry) if others else ticket, entry)
    if event.after:
        for other in others:
            with change(other, "comment.edited", by=by) as told:
                told.entry, told.before, told.after = entry, dict(event.before), dict(event.after)
    return entry


@transaction.atomic
def delete_comment(entry: Entry, *, by: Actor) -> None:
    """Take a comment out of the conversation, of each ticket that shows it; the history keeps its text."""
    require_own(entry, by)
    ticket = here(entry)
    others = elsewhere(entry, ticket)
    with change(ticket, "comment.deleted", by=by) as event:
        as_it_is_now(entry)
        if entry.deleted_at is not None:
            return
        event.entry = entry
        event.before["text"] = entry.text
        entry.deleted_at = now()
        entry.save(update_fields=["deleted_at"])
        index_entry(ticket, entry)
        files = entry.attachments.filter(is_inline=False).count()
        _count_less(ticket, files)
    for other in others:
        with change(other, "comment.deleted", by=by) as told:
            told.entry, told.before = entry, dict(event.before)
            _count_less(other, files)


def _count_less(ticket: Ticket, files: int) -> None:
    ticket.comment_n = max(0, ticket.comment_n - 1)
    ticket.attachment_n = max(0, ticket.attachment_n - files)


def as_it_is_now(entry: Entry) -> None:
    """Bring the comment up to date under the lock on its ticket."""
    entry.refresh_from_db(fields=["text", "html", "is_public", "deleted_at"])
