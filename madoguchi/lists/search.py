"""Tickets by the words that stand in them, the newest match first, each ticket once (SPEC D11).

Three ways, measured with a million documents. What is common is met within the newest few thousand documents (1–3 ms).
What is rare comes from the word index, all of it, and is sorted (under 20 ms at `MOST_RARE` hits). What is neither is met by
walking on (2 µs a document), up to `FARTHEST`; a page that stops there says where to go on. The walk is fenced by LIMIT, so
that no statistics of the planner, right or wrong, can turn it into a sort of everything.

A ticket stands where its newest matching document stands, so pages by document id repeat none.

Tickets shared with an agent's departments (SPEC S5) are found among the rare words as the own ones are, and walked along
the shares, the last changed first: what stands in the others is older than their last change, so a page is good as far as
it is newer than that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Literal

from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from madoguchi import prepared
from madoguchi.access import IN_FORCE
from madoguchi.actor import Actor
from madoguchi.kit import grams, paging
from madoguchi.lists.rows import COLUMNS, with_names
from madoguchi.models import SearchDocument, Ticket

PAGE = 25
NEWEST, MOST_RARE, FARTHEST = 2_000, 2_000, 100_000
NEWEST_SHARES, FARTHEST_SHARES = 500, 50_000  # how many are walked beside them
ENOUGH = 3  # tickets among the newest that show a word to be no rare one
MOST_DEPARTMENTS = 30
LONGEST_TEXT = 20_000
AFTER_ALL = 2**62

Where = Literal["", "subject", "messages", "contact"]
WEIGHTS = {"": "", "subject": "A", "messages": "D", "contact": "B"}
FOR_CONTACTS = "ABD"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is narrowed to. `public`: only what a contact may see (the help center)."""

    where: Where = ""
    department_id: int | None = None
    state: str = ""
    status_id: int | None = None
    assignee_id: int | None = None
    unassigned: bool = False
    channel: str = ""
    contact_id: int | None = None
    account_id: int | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    with_files: bool = False
    spam: bool = False
    public: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Rows as in `rows.COLUMNS` with `department`, `is_shared` (by it with one of the agent's), `snippet` (none where the text has no hit) and `marked` (subject), both [(text, is a hit)].

    `older` is the cursor of the next page, '' at the end; `count` is None where counting would cost more than searching.
    `complete` is False where the page stopped before it was full and older tickets may still match.
    """

    rows: list[dict[str, Any]]
    older: str
    count: int | None
    complete: bool = True


def search(actor: Actor, q: str, filters: Filters = Filters(), cursor: str = "", *, size: int = PAGE) -> Found:
    """A page of the live tickets the actor may see, that hold every word of `q` in one message or in their head."""
    wanted = Wanted.of(actor, q, filters)
    if wanted is None:
        return Found([], "", 0)
    hits, count, goes_on = wanted.hits(_read(cursor), size)
    more = len(hits) > size
    hits = hits[:size]
    older = paging.encode(hits[-1][0]) if more else paging.encode(goes_on) if goes_on else ""
    if not older and not cursor:
        count = len(hits)
    return Found(_rows(actor, hits, q), older, count, complete=more or not goes_on)


def glimpse(actor: Actor, q: str, size: int) -> list[dict[str, Any]]:
    """The few newest tickets while someone still types: not beyond the newest documents and the rare words."""
    wanted = Wanted.of(actor, q, Filters())
    if wanted is None:
        return []
    hits, _good = wanted.walk(AFTER_ALL, size, NEWEST, NEWEST_SHARES)
    if len(hits) < min(size, ENOUGH):
        rare, _count, is_all = wanted.by_word(AFTER_ALL, size)
        hits = rare if is_all or not hits else hits
    return _rows(actor, hits[:size], q, with_texts=False)


Hit = tuple[int, int]  # document, ticket


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search as SQL: the query, the departments (None: all), and what must hold of the ticket `t`.

    `receiving`: the departments whose shared tickets are searched as well.
    """

    query: str
    departments: tuple[int, ...] | None
    of_document: str
    of_ticket: str
    values: dict[str, Any]
    owner: str = ""
    receiving: tuple[int, ...] = ()

    @classmethod
    def of(cls, actor: Actor, q: str, filters: Filters) -> "Wanted | None":
        """None where nothing can be found."""
        query = grams.query(q, WEIGHTS[filters.where] or (FOR_CONTACTS if filters.public else ""))
        departments = _own(actor)
        receiving = () if departments is None or filters.spam else departments
        if filters.department_id is not None:
            if departments is not None and filters.department_id not in departments:
                return None
            departments, receiving = (filters.department_id,), ()
        if not query or departments == ():
            return None
        values: dict[str, Any] = {"query": query}
        document = ["{d}.vector @@ %(query)s::tsquery"]
        if filters.where == "messages":
            document.append("{d}.entry_id IS NOT NULL")
        if filters.public:
            document.append("{d}.is_public")
        ticket = ["t.trashed_at IS NULL", "t.is_spam" if filters.spam else "NOT t.is_spam"]
        if departments is not None:
            ticket.append(f"(t.department_id = ANY(%(departments)s) OR {SHARED})" if receiving else OWN)
            values["departments"] = list(departments)
        if actor.contact is not None:
            ticket.append("t.contact_id = %(own)s")
            values["own"] = actor.contact.pk
        if filters.unassigned:
            ticket.append("t.assignee_id IS NULL")
        if filters.with_files:
            ticket.append("t.attachment_n > 0")
        for name, sql in CONDITIONS.items():
            if (value := getattr(filters, name)) not in (None, ""):
                ticket.append(sql)
                values[name] = value
        owner = next((sql for name, sql in OWNERS.items() if name in values), "")
        return cls(query, departments, " AND ".join(document), " AND ".join(ticket), values, owner, receiving)

    def hits(self, below: int, size: int) -> tuple[list[Hit], int | None, int]:
        """(up to size + 1 hits, how many tickets in all if known, where a walk stopped early or 0)."""
        if self.owner:
            hits, count, _all = self.by_word(below, size)
            return hits, count, 0
        near, good = self.walk(below, size, NEWEST, NEWEST_SHARES)
        if good > size:
            return near, None, 0
        if len(near) < ENOUGH:
            hits, count, is_all = self.by_word(below, size)
            if is_all:
                return hits, count, 0
        far, _good = self.walk(below, size, FARTHEST, FARTHEST_SHARES)
        return far, None, 0 if len(far) > size else self.end_of_walk(below)

    def walk(self, below: int, size: int, window: int, shares: int) -> tuple[list[Hit], int]:
        """(the newest hits among the next `window` documents of the departments, how many of them are certainly the next)."""
        left_out = self.shares("changed_at", "OFFSET %(shares)s LIMIT 1")
        certain = CERTAIN.format(left_out) if self.walks_shares else "true"
        sql = f"""
            SELECT d.id, d.ticket_id, {certain} FROM ({self.window("*")}) d JOIN madoguchi_ticket t ON t.id = d.ticket_id
            WHERE {self.of_document.format(d="d")} AND {self.of_ticket}
              AND NOT EXISTS (SELECT FROM madoguchi_searchdocument n
                WHERE n.ticket_id = d.ticket_id AND n.id > d.id AND {self.of_document.format(d="n")})
            ORDER BY d.id DESC LIMIT {size + 1}"""
        found = _fetch(sql, {**self.values, "below": below, "window": window, "shares": shares})
        certainly = list(takewhile(lambda hit: hit[2], found))
        return [(document, ticket) for document, ticket, _certain in found], len(certainly)

    @property
    def walks_shares(self) -> bool:
        return 0 < len(self.receiving) <= MOST_DEPARTMENTS

    def shares(self, column: str, cut: str) -> str:
        """The shares with the departments that are not over, the last changed first, of each department along its index."""
        of = f"(SELECT {column} FROM madoguchi_share WHERE department_id = {{0}} AND {IN_TIME} ORDER BY changed_at DESC, ticket_id DESC {cut})"
        return " UNION ALL ".join(of.format(int(pk)) for pk in self.receiving)

    def window(self, columns: str) -> str:
        """The next documents, newest first: of each department by its own index, merged, so that nothing is sorted."""
        walk = f"SELECT {columns} FROM madoguchi_searchdocument WHERE %s id < %%(below)s ORDER BY id DESC LIMIT %%(window)s"
        if self.departments is None or len(self.departments) > MOST_DEPARTMENTS:
            return walk % ""
        parts = [f"({walk % f'department_id = {int(pk)} AND'})" for pk in self.departments]
        if self.walks_shares:
            each = "DISTINCT " if len(self.receiving) > 1 else ""
            shared = self.shares("ticket_id", "LIMIT %(shares)s")
            parts.append(
                f"(SELECT x.* FROM (SELECT {each}ticket_id FROM ({shared}) o) s CROSS JOIN LATERAL (SELECT {columns} FROM"
                f" madoguchi_searchdocument WHERE ticket_id = s.ticket_id AND id < %(below)s AND NOT {OWN_DOCUMENT}"
                f" AND {self.of_document.format(d='madoguchi_searchdocument')} OFFSET 0) x"
                " ORDER BY x.id DESC LIMIT %(window)s)"
            )
        return parts[0] if len(parts) == 1 else f"{' UNION ALL '.join(parts)} ORDER BY id DESC LIMIT %(window)s"

    def end_of_walk(self, below: int) -> int:
        """The id of the last document a walk saw; 0 if it saw them all."""
        sql = f"SELECT w.id, 0 FROM ({self.window('id')}) w ORDER BY w.id DESC OFFSET {FARTHEST - 1} LIMIT 1"
        seen = _fetch(sql, {**self.values, "below": below, "window": FARTHEST, "shares": FARTHEST_SHARES})
        return seen[0][0] if seen else 0

    def by_word(self, below: int, size: int) -> tuple[list[Hit], int | None, bool]:
        """(the newest hits of the word index, how many tickets, whether that is all there is)."""
        source = self.owner or "madoguchi_searchdocument d"
        matching = f"SELECT d.id, d.ticket_id FROM {source} WHERE {self.of_document.format(d='d')}"
        ways = [matching if self.owner or self.departments is None else f"{matching} AND d.{OWN_DOCUMENT}"]
        if self.receiving and not self.owner:
            ways.append(
                f"{matching} AND NOT d.{OWN_DOCUMENT} AND d.ticket_id IN (SELECT ticket_id FROM madoguchi_share WHERE {WITH_OWN})"
            )
        both = " UNION ALL ".join(f"({way} LIMIT {MOST_RARE + 1})" for way in ways)
        sql = f"""
            SET LOCAL enable_seqscan = off;
            WITH hits AS MATERIALIZED ({both}),
              best AS MATERIALIZED (SELECT ticket_id, max(id) AS id FROM hits GROUP BY ticket_id),
              fit AS MATERIALIZED (
                SELECT b.id, b.ticket_id FROM best b JOIN madoguchi_ticket t ON t.id = b.ticket_id WHERE {self.of_ticket})
            SELECT (SELECT count(*) FROM hits), (SELECT count(*) FROM fit)
            UNION ALL (SELECT id, ticket_id FROM fit WHERE id < %(below)s ORDER BY id DESC LIMIT {size + 1});
            SET LOCAL enable_seqscan = on"""
        (seen, count), *hits = _fetch(sql, {**self.values, "below": below}, result=1)
        return hits, count if seen <= MOST_RARE else None, seen <= MOST_RARE


OWN, OWN_DOCUMENT = "t.department_id = ANY(%(departments)s)", "department_id = ANY(%(departments)s)"
IN_TIME = IN_FORCE.format("")
WITH_OWN = f"{OWN_DOCUMENT} AND {IN_TIME}"
SHARED = f"EXISTS (SELECT FROM madoguchi_share WHERE ticket_id = t.id AND {WITH_OWN})"
# Newer than the last change of every share that is not walked. No share at all: the entry is not looked for.
CERTAIN = (
    "CASE WHEN (SELECT max(changed_at) FROM ({0}) left_out) IS NULL THEN true ELSE coalesce((SELECT e.created_at"
    " FROM madoguchi_entry e WHERE e.id = d.id / 2) > (SELECT max(changed_at) FROM ({0}) left_out), false) END"
)
CONDITIONS = {
    "state": "t.state = %(state)s",
    "status_id": "t.status_id = %(status_id)s",
    "assignee_id": "t.assignee_id = %(assignee_id)s",
    "channel": "t.channel = %(channel)s",
    "contact_id": "t.contact_id = %(contact_id)s",
    "account_id": "t.account_id = %(account_id)s",
    "created_from": "t.created_at >= %(created_from)s",
    "created_until": "t.created_at < %(created_until)s",
}
OF = (
    "(SELECT x.* FROM madoguchi_ticket o JOIN madoguchi_searchdocument x ON x.ticket_id = o.id WHERE o.{0} = %({1})s) d"
)
OWNERS = {
    "own": OF.format("contact_id", "own"),
    "contact_id": OF.format("contact_id", "contact_id"),
    "account_id": OF.format("account_id", "account_id"),
}


def narrow(tickets: QuerySet[Ticket], q: str, where: Where = "") -> QuerySet[Ticket]:
    """Those of `tickets` that hold every word of `q`, for queries with an order and conditions of their own."""
    query = grams.query(q, WEIGHTS[where])
    if not query:
        return tickets.none()
    messages = " AND entry_id IS NOT NULL" if where == "messages" else ""
    sql = f"""
        SET LOCAL enable_seqscan = off;
        SELECT ticket_id, 0 FROM madoguchi_searchdocument WHERE vector @@ %(query)s::tsquery{messages} LIMIT {MOST_RARE + 1};
        SET LOCAL enable_seqscan = on"""
    found = _fetch(sql, {"query": query}, result=1)
    if len(found) <= MOST_RARE:
        return tickets.filter(pk__in={ticket for ticket, _zero in found})
    documents = SearchDocument.objects.filter(ticket=OuterRef("pk")).filter(
        RawSQL("vector @@ %s::tsquery", [query], output_field=BooleanField())
    )
    return tickets.filter(Exists(documents.filter(entry_id__isnull=False) if messages else documents))


def _own(actor: Actor) -> tuple[int, ...] | None:
    """An agent's departments, None where all are; a contact is held to their own tickets instead."""
    if actor.agent is None or actor.is_desk or actor.is_administrator:
        return None
    return tuple(actor.agent.own_department_ids)


def _fetch(sql: str, values: dict[str, Any], result: int = 0) -> list[Any]:
    """The rows of the statement with this number of several in one message."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for _skipped in range(result):
            cursor.nextset()
        return cursor.fetchall()


def _read(cursor: str) -> int:
    """The document id of a cursor; one someone made up leads to the first page."""
    try:
        (below,) = paging.decode(cursor)
    except ValueError:
        return AFTER_ALL
    return below if isinstance(below, int) and not isinstance(below, bool) and 0 <= below < AFTER_ALL else AFTER_ALL


ELSEWHERE = {
    "contact__last_name": "c.last_name",
    "contact__first_name": "c.first_name",
    "account__name": "a.name",
    "assignee__last_name": "g.last_name",
    "assignee__first_name": "g.first_name",
    "department": "d.name",
}
NAMES = [*COLUMNS, "department", "department_id"]
TICKETS = f"""
SELECT {", ".join(ELSEWHERE.get(name, f"t.{name}") for name in NAMES)}
FROM madoguchi_ticket t JOIN madoguchi_contact c ON c.id = t.contact_id JOIN madoguchi_department d ON d.id = t.department_id
  LEFT JOIN madoguchi_account a ON a.id = t.account_id LEFT JOIN madoguchi_agent g ON g.id = t.assignee_id
WHERE t.id = ANY(%s::bigint[])"""
TEXTS = f"SELECT id, left(text, {LONGEST_TEXT}) FROM madoguchi_entry WHERE id = ANY(%s::bigint[])"


def _rows(actor: Actor, hits: Sequence[Hit], q: str, *, with_texts: bool = True) -> list[dict[str, Any]]:
    """The tickets of the hits in their order, two statements."""
    own = _own(actor)
    ids = [ticket for _document, ticket in hits]
    known = {row[0]: dict(zip(NAMES, row, strict=True)) for row in prepared.fetch(TICKETS, [ids])} if ids else {}
    entries = [document // 2 for document, _ticket in hits if document % 2]
    texts: dict[int, str] = dict(prepared.fetch(TEXTS, [entries])) if entries and with_texts else {}
    found = []
    for document, ticket in hits:
        if (row := known.get(ticket)) is not None:
            row["is_shared"] = own is not None and row["department_id"] not in own
            row["marked"] = grams.snippet(row["subject"], q, before=200, length=400)
            around = grams.snippet(texts.get(document // 2, "") if document % 2 else "", q)
            row["snippet"] = around if any(is_hit for _text, is_hit in around) else []
            found.append(row)
    return with_names(found)
