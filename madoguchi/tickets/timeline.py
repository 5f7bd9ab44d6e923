"""What a ticket's conversation shows: its own entries, and those of the tickets merged into it (SPEC M8)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, BooleanField, Case, Exists, F, Func, OuterRef, Q, QuerySet, When
from django.db.models.expressions import Combinable, RawSQL

from madoguchi.access import can
from madoguchi.actor import Actor
from madoguchi.models import Attachment, Entry, Merge, SecondaryContact, Ticket
from madoguchi.prepared import fetch

# What a customer may see: public comments, what was sent to them, and what they or someone in copy wrote. Whoever else
# answers, such as the receiver of a forward, writes for the agents.
TAKES_PART = Exists(SecondaryContact.objects.filter(ticket=OuterRef("ticket"), contact=OuterRef("contact")))
PUBLIC = Q(is_public=True, is_forward=False) & (
    ~Q(direction=Entry.Direction.IN) | Q(contact=F("ticket__contact")) | Q(TAKES_PART)
)


class OneOf(Func):
    """`a = ANY(b)`: one walk of the index, where OR or IN with a sub-query would read all entries."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()


class Item(Func):
    """`a[b]`."""

    template = "(%(expressions)s]"
    arg_joiner = ")["
    output_field = BigIntegerField()


def shown(ticket: Ticket | int) -> QuerySet[Entry]:
    """The entries a ticket (or the one with this id) shows, oldest first. `came_from` is the number an entry came from.

    Of a merged ticket what was written up to the merge: what is written after it was restored is its own again.
    """
    entries = Entry.objects.filter(deleted_at=None)
    if isinstance(ticket, Ticket) and not ticket.merged_n:
        return entries.filter(ticket=ticket).order_by("id")
    pk = ticket.pk if isinstance(ticket, Ticket) else ticket
    place = Func(merged("other_id", pk), F("ticket_id"), function="array_position", output_field=BigIntegerField())
    entries = entries.filter(OneOf(F("ticket_id"), family(pk)))
    return (
        entries.filter(Q(ticket=pk) | Q(pk__lte=Item(merged("max(through_entry)", pk), place)))
        .annotate(  # type: ignore[no-redef]
            came_from=Case(When(ticket=pk, then=None), default=Item(merged("max(number)", pk), place))
        )
        .order_by("created_at", "id")
    )


def is_shown(ticket: Ticket, entry: Entry) -> bool:
    """Whether the ticket shows the entry."""
    return entry.ticket_id == ticket.pk or shown(ticket).filter(pk=entry.pk).exists()


def shown_public(ticket: Ticket | int) -> QuerySet[Entry]:
    """What the customer sees of it in the help center: messages to and from them, public comments, no forwards (SPEC M9)."""
    return shown(ticket).filter(PUBLIC)


def family(pk: Any) -> Combinable:
    """The ids of the ticket and of all whose entries it shows, as an array."""
    return Func(merged("other_id", pk), pk, function="array_append", output_field=BigIntegerField())


def merged(what: str, pk: Any) -> RawSQL:
    """An array of something of each ticket merged into this one, in the same order each time. Read once for a statement."""
    sql = f"ARRAY(SELECT {what} FROM madoguchi_merge WHERE main_id = %s GROUP BY other_id ORDER BY other_id)"
    return RawSQL(sql, [pk])


def files(ticket: Ticket) -> QuerySet[Attachment]:
    """The files on a ticket and on the entries it shows; what hung on a deleted comment is gone."""
    rows = Attachment.objects.filter(Q(entry=None) | Q(entry__deleted_at=None))
    if not ticket.merged_n:
        return rows.filter(ticket=ticket)
    merges = Merge.objects.filter(main=ticket, other=OuterRef("ticket"))
    on_ticket = Q(Exists(merges.filter(at__gte=OuterRef("created_at"))), entry=None)
    on_entry = Exists(merges.filter(through_entry__gte=OuterRef("entry")))
    return rows.filter(OneOf(F("ticket_id"), family(ticket.pk))).filter(Q(ticket=ticket) | on_ticket | on_entry)


def showing(attachment: Attachment) -> list[Ticket]:
    """Every ticket that shows the file: its own, and those its own was merged into since."""
    assert attachment.ticket is not None
    if attachment.entry_id is not None:
        since = Q(through_entry__gte=attachment.entry_id)
    else:
        since = Q(at__gte=attachment.created_at)
    mains = Merge.objects.filter(since, other=attachment.ticket_id).select_related("main")
    return [attachment.ticket, *(merge.main for merge in mains)]


def may_read_file(attachment: Attachment, *, by: Actor) -> bool:
    """Whoever may read a ticket that shows a file may read the file; an upload that lies on nothing is its uploader's."""
    if attachment.ticket is None:
        return by.agent is not None and attachment.agent_id == by.agent.pk
    if attachment.entry is not None and attachment.entry.deleted_at is not None:
        return False
    if by.contact is not None and not attachment.is_public:
        return False
    return can(by, "read", attachment.ticket) or any(can(by, "read", ticket) for ticket in showing(attachment)[1:])


def timeline(ticket: Ticket) -> list[Entry]:
    """The conversation with authors, files and the state of sent mail, in two statements."""
    entries = shown(ticket).select_related("agent", "contact", "outbound").defer("outbound__raw")
    return list(entries.prefetch_related("attachments"))


COUNTS = """
WITH told AS MATERIALIZED (
  SELECT other_id, max(through_entry) AS through, max(at) AS at FROM madoguchi_merge WHERE main_id = ANY(%(ids)s::bigint[]) GROUP BY 1
), said AS MATERIALIZED (
  SELECT e.id, e.kind FROM madoguchi_entry e LEFT JOIN told m ON m.other_id = e.ticket_id
  WHERE e.ticket_id = ANY(%(ids)s::bigint[] || ARRAY(SELECT other_id FROM told)) AND e.deleted_at IS NULL
    AND (e.ticket_id = ANY(%(ids)s::bigint[]) OR e.id <= m.through))
SELECT (SELECT count(*) FROM said WHERE kind = 'thread'), (SELECT count(*) FROM said WHERE kind = 'comment'),
  (SELECT count(*) FROM madoguchi_attachment a LEFT JOIN told m ON m.other_id = a.ticket_id
   WHERE a.ticket_id = ANY(%(ids)s::bigint[] || ARRAY(SELECT other_id FROM told)) AND NOT a.is_inline
     AND CASE WHEN a.entry_id IS NULL THEN a.ticket_id = ANY(%(ids)s::bigint[]) OR a.created_at <= m.at
         ELSE a.entry_id IN (SELECT id FROM said) END)
"""


class Counts(NamedTuple):
    threads: int
    comments: int
    files: int


def counts(ids: Sequence[int]) -> Counts:
    """How much these tickets show, together: messages, comments, files that are not inline."""
    return Counts(*fetch(COUNTS, {"ids": list(ids)})[0])
