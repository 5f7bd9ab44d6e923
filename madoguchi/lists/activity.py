"""What was done for one customer, the latest first (SPEC I2): along event_by_contact or event_by_account.

An event stands where its ticket stands now: that of a ticket which moved to another department is shown to who works there;
that of a ticket which was merged away goes with its main ticket, and what lies in the recycle bin is not shown. Tickets that
are only shared with a department are none of its lists (SPEC S5).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from madoguchi.kit import paging
from madoguchi.models import Account, Contact
from madoguchi.models.people import full_name
from madoguchi.prepared import fetch

PAGE, LOOK_BACK, AT_ONCE = 50, 10_000, timedelta(seconds=2)
# What a page can be narrowed to.
KINDS = {
    "replies": "ticket.received ticket.replied ticket.forwarded".split(),
    "comments": "ticket.commented comment.edited comment.deleted".split(),
    "status": "ticket.status_changed ticket.closed ticket.reopened ticket.held ticket.overdue".split(),
    "family": (
        "ticket.merged ticket.unmerged ticket.shared ticket.share_changed ticket.unshared ticket.parent_set ticket.parent_removed"
        " ticket.children_added ticket.children_removed"
    ).split(),
    "ratings": ["ticket.rated"],
}
# Of the customer, without a ticket.
OF_CUSTOMER = (
    "contact.created contact.edited contact.trashed contact.restored contact.merged contact.merged_away"
    " account.created account.edited account.trashed account.restored account.merged account.merged_away"
    " customer.noted customer.note_edited customer.note_deleted"
).split()
# Said by another event as well: the main ticket's.
UNTOLD = ["ticket.merged_away"]


@dataclass(frozen=True, slots=True)
class Asked:
    """`departments`: whose tickets may be shown, None: all. `with_customer`: also what was done to the customer itself.
    `kind` is a key of KINDS or ''."""

    departments: Sequence[int] | None = None
    with_customer: bool = True
    kind: str = ""
    since: datetime | None = None
    agent_id: int | None = None
    contact_id: int | None = None


@dataclass(slots=True)
class Deed:
    """One event with what stands beside it. `ticket_*` are those of the ticket it is shown with: `written_to` is the number
    of the one it was done to, where that was merged away since. `status_id`: as it was then, or became by it."""

    id: int
    at: datetime
    verb: str
    before: dict[str, Any]
    after: dict[str, Any]
    agent_id: int | None
    agent: str
    of_department: str
    by_contact_id: int | None
    by_contact: str
    contact_id: int | None
    contact: str
    entry_id: int | None
    ticket_id: int | None
    number: int | None
    subject: str | None
    written_to: int | None
    department_id: int | None
    status_id: int | None
    priority: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Activity:
    """`older`: the cursor to go on with, '' at the end. `was_cut`: so many events were looked through that the page ended
    before it was full."""

    deeds: list[Deed]
    older: str
    was_cut: bool = False


# The events of one customer from a place on, at most so many, as one walk of an index; of several that were merged into one
# the walks are united in their order.
WALK = """(SELECT * FROM madoguchi_event WHERE {column} = %({name})s::bigint
    AND (at, id) < (%(at)s::timestamptz, %(id)s::bigint) AND at >= %(since)s::timestamptz
    ORDER BY at DESC, id DESC LIMIT {most})"""
FOUND = """
SELECT e.*, t.id AS shown_id, t.number, t.subject, t.priority, t.due_at, t.status_id AS status_now,
  t.department_id AS of_ticket, o.number AS own_number, o.status_id AS own_status_now
FROM ({walks}) e
LEFT JOIN madoguchi_ticket o ON o.id = e.ticket_id
LEFT JOIN madoguchi_ticket t ON t.id = coalesce(o.merged_into_id, o.id)
WHERE CASE WHEN e.ticket_id IS NULL THEN e.verb = ANY(%(of_customer)s::text[])
  ELSE t.trashed_at IS NULL AND NOT t.is_spam AND e.verb <> ALL(%(untold)s::text[])
    AND (%(departments)s::bigint[] IS NULL OR t.department_id = ANY(%(departments)s::bigint[])) END
  AND (%(verbs)s::text[] IS NULL OR e.verb = ANY(%(verbs)s::text[]))
  AND (%(agent)s::bigint IS NULL OR e.agent_id = %(agent)s::bigint)
  AND (%(contact)s::bigint IS NULL OR e.contact_id = %(contact)s::bigint)
ORDER BY e.at DESC, e.id DESC LIMIT {size} OFFSET {skip}
"""
# Beside those few: who, and the status then: by the event itself, else the one before the next change, else the present one.
READ = """
SELECT f.id, f.at, f.verb, f.before, f.after, f.agent_id, a.last_name, a.first_name,
  CASE WHEN f.of_ticket IS NOT NULL THEN (SELECT d.name FROM madoguchi_membership m
    JOIN madoguchi_department d ON d.id = m.department_id WHERE m.agent_id = f.agent_id AND NOT EXISTS (
      SELECT FROM madoguchi_membership y WHERE y.agent_id = f.agent_id AND y.department_id = f.of_ticket)
    ORDER BY d.id LIMIT 1) END,
  f.by_contact_id, b.last_name, b.first_name, f.contact_id, c.last_name, c.first_name,
  f.entry_id, f.shown_id, f.number, f.subject,
  CASE WHEN f.own_number <> f.number THEN f.own_number END, f.of_ticket,
  coalesce((f.after -> 'status' ->> 'id')::bigint, (
    SELECT (s.before -> 'status' ->> 'id')::bigint FROM madoguchi_event s
    WHERE s.ticket_id = f.ticket_id AND s.id > f.id AND s.before ? 'status' ORDER BY s.id LIMIT 1
  ), f.own_status_now),
  f.priority, f.due_at
FROM ({found}) f
LEFT JOIN madoguchi_agent a ON a.id = f.agent_id
LEFT JOIN madoguchi_contact b ON b.id = f.by_contact_id
LEFT JOIN madoguchi_contact c ON c.id = f.contact_id
ORDER BY f.at DESC, f.id DESC
"""
LAST_SEEN = "SELECT at, id FROM ({walks}) e ORDER BY at DESC, id DESC LIMIT 1 OFFSET {most} - 1"
ABSORBED = "SELECT id FROM madoguchi_{kind} WHERE merged_into_id = %s::bigint ORDER BY id DESC LIMIT 20"
FOREVER = datetime(9999, 1, 1, tzinfo=UTC), 2**63 - 1
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


def page(customer: Contact | Account, asked: Asked, cursor: str = "", *, size: int = PAGE) -> Activity:
    """The deeds after the cursor. Looks through at most LOOK_BACK events: what is asked for may be rare among them."""
    walks, values = _walks(customer, LOOK_BACK)
    values |= _values(asked, *_start(cursor))
    found = _read(walks, values, size + 1)
    if len(found) > size:
        last = found[size - 1]
        return Activity(told_once(found[:size]), paging.encode(last.at, last.id))
    seen = fetch(LAST_SEEN.format(walks=walks, most=LOOK_BACK), values)
    older = paging.encode(*seen[0]) if seen else ""
    return Activity(told_once(found), older, was_cut=bool(older))


def some(customer: Contact | Account, asked: Asked, *, skip: int, most: int, look_back: int) -> list[Deed]:
    """So many deeds from the so many-th on, of the last `look_back` events."""
    walks, values = _walks(customer, look_back)
    return _read(walks, values | _values(asked, *FOREVER), most, skip)


def _read(walks: str, values: dict[str, Any], size: int, skip: int = 0) -> list[Deed]:
    rows = fetch(READ.format(found=FOUND.format(walks=walks, size=int(size), skip=int(skip))), values)
    deeds = []
    for row in rows:
        pk, at, verb, before, after, agent_id, a_last, a_first, of_department, by_contact_id, b_last, b_first, *rest = (
            row
        )
        contact_id, c_last, c_first, *beside = rest
        who = full_name(a_last or "", a_first or ""), of_department or ""
        whose = contact_id, full_name(c_last or "", c_first or "")
        by_contact = by_contact_id, full_name(b_last or "", b_first or "")
        deeds.append(
            Deed(pk, at, verb, json.loads(before), json.loads(after), agent_id, *who, *by_contact, *whose, *beside)
        )
    return deeds


def _walks(customer: Contact | Account, most: int) -> tuple[str, dict[str, Any]]:
    """The events of the customer, and of those that were merged into it: as SQL, and its values."""
    kind = "contact" if isinstance(customer, Contact) else "account"
    ids = [customer.pk, *(pk for (pk,) in fetch(ABSORBED.format(kind=kind), [customer.pk]))]
    walks = [WALK.format(column=f"{kind}_id", name=f"c{n}", most=int(most)) for n in range(len(ids))]
    return " UNION ALL ".join(walks), {f"c{n}": pk for n, pk in enumerate(ids)}


def _values(asked: Asked, at: datetime, pk: int) -> dict[str, Any]:
    return {
        "at": at,
        "id": pk,
        "since": asked.since or BEGINNING,
        "of_customer": OF_CUSTOMER if asked.with_customer and not asked.kind else [],
        "untold": UNTOLD,
        "departments": None if asked.departments is None else list(asked.departments),
        "verbs": KINDS.get(asked.kind),
        "agent": asked.agent_id,
        "contact": asked.contact_id,
    }


def _start(cursor: str) -> tuple[datetime, int]:
    """Where the cursor is; one that somebody else made up leads to the first page."""
    try:
        at, pk = paging.decode(cursor)
    except ValueError:
        return FOREVER
    if not isinstance(at, datetime) or at.tzinfo is None or not isinstance(pk, int) or isinstance(pk, bool):
        return FOREVER
    return at, pk


def told_once(deeds: list[Deed]) -> list[Deed]:
    """Without what the history of a merged-away ticket repeats of its main ticket's: the same done to the same entry at once."""
    found: list[Deed] = []
    for deed in deeds:
        same = next((n for n in range(len(found) - 1, max(-1, len(found) - 6), -1) if _is_same(found[n], deed)), None)
        if same is None:
            found.append(deed)
        elif found[same].written_to is not None:
            found[same] = deed
    return found


def _is_same(one: Deed, other: Deed) -> bool:
    alike = (one.verb, one.entry_id, one.agent_id) == (other.verb, other.entry_id, other.agent_id)
    return alike and one.entry_id is not None and abs(one.at - other.at) < AT_ONCE
