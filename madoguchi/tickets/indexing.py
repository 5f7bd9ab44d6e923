"""Tickets and entries as search documents, written in the transaction that wrote them (SPEC D11).

A ticket has a head document (number, subject, people, fields) and one for each entry. An entry's document repeats subject
and contact, so that 「山田 返金」 finds the message. What was merged into a ticket is found under that one. Whoever writes
here holds the lock of the ticket. What changes many documents – a contact's new name, an edited subject – changes the head
at once and leaves the rest to a job.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from django.db import connection, transaction
from procrastinate.contrib.django import app as jobs

from madoguchi.kit import grams
from madoguchi.models import Attachment, Entry, Ticket
from madoguchi.sheet import Sheet

IN_HEAD = frozenset(
    "subject contact account product category sub_category classification custom resolution email phone".split()
)
IN_ENTRIES = frozenset("subject contact account".split())
BATCH = 25
LONGEST_TEXT = 4 * grams.MOST_TOKENS
COLUMNS = "id, ticket_id, entry_id, department_id, is_public, vector"
INSERT = f"INSERT INTO madoguchi_searchdocument ({COLUMNS}) VALUES "
REPLACE = (
    " ON CONFLICT (id) DO UPDATE SET ticket_id = excluded.ticket_id, department_id = excluded.department_id,"
    " is_public = excluded.is_public, vector = excluded.vector"
)
NEW_HEAD = "(2 * %s::bigint, %s, NULL, %s, false, %s)"
NEW_ALONE = "(2 * nextval(pg_get_serial_sequence('madoguchi_entry', 'id')), %s, NULL, %s, false, %s)"
NEW_ENTRY = "(2 * %s::bigint + 1, %s, %s, %s, %s, %s)"
ROW = "(%s, %s, %s, %s, %s, %s::tsvector)"
HEADS = """
SELECT t.id, t.department_id, t.subject, t.category, t.sub_category, t.classification, t.resolution, t.email, t.phone,
  t.custom::text AS custom, c.last_name, c.first_name, a.name AS account, p.name AS product, p.code,
  (SELECT string_agg(n.number::text, ' ') FROM madoguchi_ticketnumber n WHERE n.ticket_id = t.id) AS numbers,
  (SELECT string_agg(o.number || ' ' || o.subject, E'\n') FROM madoguchi_ticket o WHERE o.merged_into_id = t.id) AS merged,
  (SELECT string_agg(m.address, E'\\n') FROM madoguchi_contactaddress m WHERE m.contact_id = t.contact_id) AS addresses,
  (SELECT string_agg(f.number, E'\\n') FROM madoguchi_contactphone f WHERE f.contact_id = t.contact_id) AS phones,
  (SELECT string_agg(g.name, E'\\n') FROM madoguchi_tickettag h JOIN madoguchi_tag g ON g.id = h.tag_id
    WHERE h.ticket_id = t.id) AS tags,
  coalesce((SELECT d.id FROM madoguchi_searchdocument d WHERE d.ticket_id = t.id AND d.entry_id IS NULL),
    (SELECT 2 * min(e.id) FROM madoguchi_entry e WHERE e.ticket_id = t.id),
    2 * nextval(pg_get_serial_sequence('madoguchi_entry', 'id'))) AS document
FROM madoguchi_ticket t JOIN madoguchi_contact c ON c.id = t.contact_id
  LEFT JOIN madoguchi_account a ON a.id = t.account_id LEFT JOIN madoguchi_product p ON p.id = t.product_id
WHERE t.id = ANY(%s)"""
ENTRIES = f"""
SELECT e.id, s.id AS ticket_id, s.department_id, e.is_public, t.subject, c.last_name, c.first_name, a.name AS account,
  e.from_name, e.from_address, e."to"::text AS "to", e.cc::text AS cc, e.bcc::text AS bcc,
  left(e.text, {LONGEST_TEXT}) AS text,
  (SELECT string_agg(f.name, E'\\n') FROM madoguchi_attachment f WHERE f.entry_id = e.id) AS files
FROM madoguchi_entry e JOIN madoguchi_ticket t ON t.id = e.ticket_id JOIN madoguchi_contact c ON c.id = t.contact_id
  JOIN madoguchi_ticket s ON s.id = coalesce(t.merged_into_id, t.id) LEFT JOIN madoguchi_account a ON a.id = t.account_id
WHERE e.deleted_at IS NULL AND e.ticket_id IN (SELECT x.id FROM madoguchi_ticket x, (SELECT %s::bigint[] AS ids) wanted
  WHERE x.id = ANY(wanted.ids) OR x.merged_into_id = ANY(wanted.ids))"""

Document = tuple[int, int, int | None, int, bool, str]


def index_new(
    sheet: Sheet, ticket: Ticket, entry: Entry | None, attachments: Sequence[Attachment], reach: Sequence[str]
) -> None:
    """Make a ticket on the sheet findable, with its first entry. `reach`: addresses and phones of the contact."""
    product = ticket.product
    words = [ticket.category, ticket.sub_category, ticket.classification, *map(_plain, ticket.custom.values())]
    words += [product.name, product.code] if product else []
    sections = [
        ("A", f"{ticket.number}\n{ticket.subject}"),
        ("B", "\n".join([_people(ticket), *map(_reachable, reach), ticket.email, _reachable(ticket.phone)])),
        ("C", "\n".join(words)),
        ("D", ticket.resolution),
    ]
    department, vector = str(ticket.department_id), grams.vector(sections)
    if entry is None:
        sheet.add(INSERT + NEW_ALONE, [ticket, department, vector])
        return
    sheet.add(INSERT + NEW_HEAD, [entry, ticket, department, vector])
    index_written(sheet, ticket, entry, attachments)


def index_written(sheet: Sheet, ticket: Ticket, entry: Entry, attachments: Sequence[Attachment]) -> None:
    """Make an entry on the sheet findable."""
    _id, _ticket, _entry, department, is_public, vector = _of_entry(ticket, entry, attachments, 0)
    sheet.add(INSERT + NEW_ENTRY, [entry, ticket, entry, str(department), str(is_public), vector])


def index_entry(ticket: Ticket, entry: Entry) -> None:
    """Make an entry findable as it was just edited; one that was deleted is found no more."""
    if entry.deleted_at is not None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM madoguchi_searchdocument WHERE id = %s", [2 * entry.pk + 1])
        return
    _write([_of_entry(ticket, entry, entry.attachments.all(), entry.pk)])


def index_head(ticket: Ticket) -> None:
    """Bring the head document up to what the database has."""
    _write(_heads([ticket.pk]))


def index_changes(ticket: Ticket, names: Iterable[str]) -> None:
    """After these fields of a ticket were edited: the head at once, its entries, which repeat some of it, soon."""
    changed = set(names)
    if changed & IN_HEAD:
        index_head(ticket)
    if changed & IN_ENTRIES and (ticket.thread_n or ticket.comment_n):
        jobs.configure_task("index_ticket", queue="reactions").defer(ticket_id=ticket.pk)


def index_move(ticket: Ticket) -> None:
    """Let the documents follow the ticket into its department."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE madoguchi_searchdocument SET department_id = %s WHERE ticket_id = %s AND department_id <> %s",
            [ticket.department_id, ticket.pk, ticket.department_id],
        )


@transaction.atomic
def index_whole(ticket_ids: Sequence[int]) -> int:
    """Write all documents of these tickets anew, under their locks. Returns how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM madoguchi_ticket WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [sorted(ticket_ids)],
        )
        ids = [row[0] for row in cursor.fetchall()]
    documents = [*_heads(ids), *_entries(ids)]
    _write(documents)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM madoguchi_searchdocument WHERE ticket_id = ANY(%s) AND NOT id = ANY(%s)",
            [ids, [document[0] for document in documents]],
        )
    return len(documents)


def batches_of(where: str, values: Sequence[Any], *, below: int | None = None) -> Iterator[list[int]]:
    """The ids of tickets that fit an SQL condition on `t`, newest first, a batch at a time."""
    sql = f"SELECT t.id FROM madoguchi_ticket t WHERE {where} AND t.id < %s ORDER BY t.id DESC LIMIT {BATCH}"
    last = below if below is not None else 2**63 - 1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, [*values, last])
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        yield ids
        last = ids[-1]


MISSING = "NOT EXISTS (SELECT FROM madoguchi_searchdocument d WHERE d.ticket_id = t.id AND d.entry_id IS NULL)"


def index_missing() -> int:
    """Make tickets findable that a desk had before it had an index. Returns how many tickets."""
    count = 0
    for ids in batches_of(MISSING, []):
        index_whole(ids)
        count += len(ids)
    return count


def is_anything_missing() -> bool:
    """Whether the oldest ticket cannot be found: filling goes from the newest to the oldest."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {MISSING} FROM (SELECT id FROM madoguchi_ticket ORDER BY id LIMIT 1) t")
        found = cursor.fetchone()
    return bool(found and found[0])


def _people(ticket: Ticket) -> str:
    return (
        f"{_name(ticket.contact.last_name, ticket.contact.first_name)}\n{ticket.account.name if ticket.account else ''}"
    )


def _name(last: str, first: str) -> str:
    """Both orders: 山田花子 and 山田 花子, John Smith and Smith John."""
    return f"{last} {first} {last}{first}" if first and not (last + first).isascii() else f"{first} {last} {first}"


def _reachable(text: str) -> str:
    """An address or a number; a number also without its hyphens."""
    digits = "".join(letter for letter in text if letter.isdecimal())
    return f"{text} {digits}" if len(digits) > 5 and "@" not in text else text


def _plain(value: Any) -> str:
    return "" if isinstance(value, bool) or value is None else str(value)


def _addresses(rows: Iterable[Any]) -> str:
    return "\n".join(f"{row.get('name', '')} {row.get('address', '')}" for row in rows if isinstance(row, dict))


def _of_entry(ticket: Ticket, entry: Entry, attachments: Iterable[Attachment], pk: int) -> Document:
    files = "\n".join(a.name for a in attachments if not a.is_inline)
    return (
        2 * pk + 1,
        ticket.pk,
        pk,
        ticket.department_id,
        entry.is_public,
        _entry_vector(ticket.subject, _people(ticket), entry, entry.to, entry.cc, entry.bcc, entry.text, files),
    )


def _entry_vector(subject: str, people: str, sender: Any, to: Any, cc: Any, bcc: Any, text: str, files: str) -> str:
    written = f"{sender.from_name} {sender.from_address}\n{_addresses(to)}\n{_addresses(cc)}\n{files}\n{text}"
    return grams.vector([("A", subject), ("B", people), ("C", _addresses(bcc)), ("D", written)])


def _read(sql: str, ids: Sequence[int]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(ids)])
        names = [column.name for column in cursor.description]
        return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _heads(ids: Sequence[int]) -> list[Document]:
    return [
        (row.document, row.id, None, row.department_id, False, grams.vector(_head_sections(row)))
        for row in _read(HEADS, ids)
    ]


def _head_sections(row: Any) -> list[tuple[str, str]]:
    reach = "\n".join(
        map(_reachable, [*(row.addresses or "").splitlines(), *(row.phones or "").splitlines(), row.email, row.phone])
    )
    custom = map(_plain, json.loads(row.custom).values())
    words = [row.tags, row.category, row.sub_category, row.classification, *custom, row.product, row.code]
    return [
        ("A", f"{row.numbers or ''}\n{row.subject}\n{row.merged or ''}"),
        ("B", f"{_name(row.last_name, row.first_name)}\n{row.account or ''}\n{reach}"),
        ("C", "\n".join(word for word in words if word)),
        ("D", row.resolution),
    ]


def _entries(ids: Sequence[int]) -> list[Document]:
    found: list[Document] = []
    for row in _read(ENTRIES, ids):
        people = f"{_name(row.last_name, row.first_name)}\n{row.account or ''}"
        to, cc, bcc = (json.loads(x) for x in (row.to, row.cc, row.bcc))
        vector = _entry_vector(row.subject, people, row, to, cc, bcc, row.text, row.files or "")
        found.append((2 * row.id + 1, row.ticket_id, row.id, row.department_id, row.is_public, vector))
    return found


def _write(documents: Sequence[Document]) -> None:
    for start in range(0, len(documents), 100):
        part = documents[start : start + 100]
        with connection.cursor() as cursor:
            cursor.execute(INSERT + ", ".join([ROW] * len(part)) + REPLACE, [value for row in part for value in row])
