"""Count it. What one ticket contributes to the figures of its contact and account (SPEC I3–I10)."""

import math
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import connection

from madoguchi.models import Mark, Tally, Ticket
from madoguchi.sheet import Sheet, array

Key = tuple[str, int, int, str, date | None, int]
Figures = dict[Key, tuple[int, int]]

STEPS_PER_DOUBLING = 4


def bucket_of(seconds: int) -> int:
    """The step of the log scale a time falls on: four steps to each doubling, 0 for under a second."""
    return int(math.log2(seconds + 1) * STEPS_PER_DOUBLING)


def measures(ticket: Ticket) -> Iterator[tuple[str, date | None, int, int, int]]:
    """Yield (measure, day, bucket, count, total) for one ticket; `total` in seconds. Days are UTC."""
    if ticket.trashed_at is not None:
        return
    if ticket.is_spam:
        yield "spam", None, -1, 1, 0
        return
    created = ticket.created_at.date()
    yield "tickets", None, -1, 1, 0
    yield "tickets", created, -1, 1, 0
    yield f"state.{ticket.state}", None, -1, 1, 0
    yield f"channel.{ticket.channel}", None, -1, 1, 0
    if ticket.is_overdue:
        yield "overdue", None, -1, 1, 0
    if ticket.first_response_s is not None:
        step = bucket_of(ticket.first_response_s)
        yield "first_response", None, step, 1, ticket.first_response_s
        yield "first_response", created, step, 1, ticket.first_response_s
    for step, (count, total) in ticket.response_buckets.items():
        yield "response", None, int(step), count, total
        yield "response", created, int(step), count, total
    if ticket.resolution_s is not None and ticket.closed_at is not None:
        step = bucket_of(ticket.resolution_s)
        yield "resolution", None, step, 1, ticket.resolution_s
        yield "resolution", ticket.closed_at.date(), step, 1, ticket.resolution_s


def contribution(ticket: Ticket) -> Figures:
    """All a ticket adds to the figures, by key (subject, id, department, measure, day, bucket)."""
    subjects = [(Tally.Subject.CONTACT.value, ticket.contact_id)]
    if ticket.account_id:
        subjects.append((Tally.Subject.ACCOUNT.value, ticket.account_id))
    figures: Figures = {}
    for measure, day, step, count, total in measures(ticket):
        for subject, subject_id in subjects:
            figures[subject, subject_id, ticket.department_id, measure, day, step] = (count, total)
    return figures


def add_difference(before: Figures, after: Figures, sheet: Sheet | None = None) -> None:
    """Append to the ledger what a change of one ticket makes of the figures: now, or with the rest of a sheet."""
    if before == after:
        return
    rows: list[tuple[Any, ...]] = []
    for key in before.keys() | after.keys():
        old, new = before.get(key, (0, 0)), after.get(key, (0, 0))
        if old != new:
            rows.append((*key, new[0] - old[0], new[1] - old[1]))
    if not rows:
        return
    own = sheet or Sheet()
    own.add(
        "INSERT INTO madoguchi_tally (subject, subject_id, department_id, measure, day, bucket, count, total)"
        " SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::smallint[],"
        " %s::bigint[], %s::bigint[])",
        [array(column) for column in zip(*rows, strict=True)],
    )
    if sheet is None:
        own.send()


KEY = "subject, subject_id, department_id, measure, day, bucket"
SAME = " AND ".join(
    f"t.{name} IS NOT DISTINCT FROM c.{name}" if name == "day" else f"t.{name} = c.{name}" for name in KEY.split(", ")
)
FOLD = f"""
WITH fresh AS MATERIALIZED (
    SELECT id, {KEY} FROM madoguchi_tally WHERE id > %(mark)s ORDER BY id LIMIT %(rows)s
), touched AS MATERIALIZED (
    SELECT DISTINCT {KEY} FROM fresh
), crowded AS MATERIALIZED (
    SELECT c.* FROM touched c WHERE (SELECT count(*) FROM (SELECT 1 FROM madoguchi_tally t WHERE {SAME} LIMIT 2) two) = 2
), gone AS (
    DELETE FROM madoguchi_tally t USING crowded c WHERE {SAME} RETURNING {", ".join(f"t.{n}" for n in KEY.split(", "))}, t.count, t.total
), folded AS (
    INSERT INTO madoguchi_tally ({KEY}, count, total)
    SELECT {KEY}, sum(count), sum(total) FROM gone GROUP BY {KEY} HAVING sum(count) <> 0 OR sum(total) <> 0
)
SELECT count(*), max(id) FROM fresh
"""
LOCK, MARK, ROUNDS = 7341001, "tally", 50


def fold(rows: int = 20_000) -> None:
    """Fold what was added to the ledger since the last time: rows of one figure become one. By one process at a time.

    Only figures with fresh rows are looked at, so that it costs what has changed, not what there is. A row that was
    committed late, behind the mark, is folded when its figure changes next.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return
        mark = Mark.objects.filter(name=MARK).values_list("value", flat=True).first() or 0
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
        )
        for _round in range(ROUNDS):
            cursor.execute(FOLD, {"mark": mark, "rows": rows})
            seen, last = cursor.fetchone()
            if not seen:
                break
            mark = last
        Mark.objects.update_or_create(name=MARK, defaults={"value": mark})


def figures() -> Figures:
    """The whole ledger, summed; figures that are nil left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject, subject_id, department_id, measure, day, bucket, sum(count)::bigint, sum(total)::bigint"
            " FROM madoguchi_tally GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(count) <> 0 OR sum(total) <> 0"
        )
        return {(*row[:6],): (row[6], row[7]) for row in cursor.fetchall()}


def recount() -> Figures:
    """The figures counted afresh from the tickets: the oracle of `recount --check`."""
    counted: dict[Key, list[int]] = {}
    for ticket in Ticket.objects.iterator(chunk_size=2000):
        for key, (count, total) in contribution(ticket).items():
            figure = counted.setdefault(key, [0, 0])
            figure[0] += count
            figure[1] += total
    return {key: (count, total) for key, (count, total) in counted.items() if count or total}
