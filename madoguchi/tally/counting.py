"""The figures of any number of tickets, counted in one statement: what `measures` says of one, in SQL.

`where` is a condition on `madoguchi_ticket t` with named values. Who moves figures of tickets by it has locked these.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from madoguchi.models import Tally, Ticket
from madoguchi.tally.days import zone
from madoguchi.tally.ledger import COLUMNS, KEY
from madoguchi.tally.measures import Figures, Key, Sum, contribution, halved
from madoguchi.tally.steps import STEPS

FIGURES = f"""
SELECT s.subject, s.subject_id, t.department_id, m.measure, m.day, m.bucket, m.business_bucket,
  sum(m.count)::bigint AS count, sum(m.total)::bigint AS total, sum(m.business_total)::bigint AS business_total
FROM (
  SELECT t.*, d.*, date_trunc('month', d.created)::date AS created_month, date_trunc('month', d.closed)::date AS closed_month,
    (width_bucket(first_response_s, c.steps) - 1)::smallint AS first_step,
    (width_bucket(d.first_business, c.steps) - 1)::smallint AS first_business_step,
    (width_bucket(resolution_s, c.steps) - 1)::smallint AS resolution_step,
    (width_bucket(d.resolution_business, c.steps) - 1)::smallint AS resolution_business_step
  FROM (SELECT ARRAY[{",".join(map(str, STEPS))}]::bigint[] AS steps) c, madoguchi_ticket t CROSS JOIN LATERAL (
    SELECT (t.created_at AT TIME ZONE %(zone)s)::date AS created, (t.closed_at AT TIME ZONE %(zone)s)::date AS closed,
      coalesce(t.first_response_business_s, t.first_response_s) AS first_business,
      coalesce(t.resolution_business_s, t.resolution_s) AS resolution_business
  ) d
  WHERE t.trashed_at IS NULL AND ({{where}})
) t CROSS JOIN LATERAL (
  SELECT name AS measure, day, -1::smallint AS bucket, -1::smallint AS business_bucket, 1::bigint AS count, 0::bigint AS total,
    0::bigint AS business_total
  FROM (SELECT CASE WHEN t.is_spam THEN 'spam'
          ELSE 'tickets.' || t.state || '.' || t.channel || CASE WHEN t.is_overdue THEN '.late' ELSE '' END END) n (name),
    (VALUES (NULL::date), (t.created)) d (day)
  UNION ALL SELECT 'month.opened', t.created_month, -1, -1, 1, 0, 0 WHERE NOT t.is_spam
  UNION ALL SELECT 'first_response', day, t.first_step, t.first_business_step, 1, t.first_response_s, t.first_business
    FROM (VALUES (NULL::date), (t.created)) d (day) WHERE NOT t.is_spam AND t.first_response_s IS NOT NULL
  UNION ALL SELECT 'month.first_response', t.created_month, -1, -1, 1, t.first_response_s, t.first_business
    WHERE NOT t.is_spam AND t.first_response_s IS NOT NULL
  UNION ALL SELECT 'response', day, split_part(b.key, '/', 1)::smallint,
      coalesce(nullif(split_part(b.key, '/', 2), ''), b.key)::smallint,
      (b.value->>0)::bigint, (b.value->>1)::bigint, (b.value->>-1)::bigint
    FROM jsonb_each(t.response_buckets) b, (VALUES (NULL::date), (t.created)) d (day) WHERE NOT t.is_spam
  UNION ALL SELECT 'month.closed', t.closed_month, -1, -1, 1, 0, 0 WHERE NOT t.is_spam AND t.closed_at IS NOT NULL
  UNION ALL SELECT 'resolution', day, t.resolution_step, t.resolution_business_step, 1, t.resolution_s, t.resolution_business
    FROM (VALUES (NULL::date), (t.closed)) d (day)
    WHERE NOT t.is_spam AND t.resolution_s IS NOT NULL AND t.closed_at IS NOT NULL
  UNION ALL SELECT d.measure, d.day, -1, -1, 1, 0, 0
    FROM jsonb_array_elements(t.ratings) r CROSS JOIN LATERAL (VALUES
      ('rating.' || (r->>1), NULL::date), ('rating.' || (r->>1), (r->>0)::date),
      ('month.' || (r->>1), date_trunc('month', (r->>0)::date)::date)) d (measure, day)
    WHERE NOT t.is_spam
) m CROSS JOIN LATERAL ({{subjects}}) s (subject, subject_id, sign)
WHERE {{part}}
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
BOTH = "VALUES ('contact', t.contact_id, 1), ('account', t.account_id, 1)"
REAL = "s.subject_id IS NOT NULL"
# A row on two different steps is two rows (`measures.halved`).
HALVES = """
SELECT r.subject, r.subject_id, r.department_id, r.measure, r.day, h.bucket, h.business_bucket, r.count, h.total, h.business_total
FROM {rows} r CROSS JOIN LATERAL (
  SELECT r.bucket, r.business_bucket, r.total, r.business_total
    WHERE r.bucket = r.business_bucket OR -1 IN (r.bucket, r.business_bucket)
  UNION ALL SELECT r.bucket, -1::smallint, r.total, 0::bigint
    WHERE r.bucket <> r.business_bucket AND -1 NOT IN (r.bucket, r.business_bucket)
  UNION ALL SELECT -1::smallint, r.business_bucket, 0::bigint, r.business_total
    WHERE r.bucket <> r.business_bucket AND -1 NOT IN (r.bucket, r.business_bucket)
) h
"""
SUMS = "sum(count)::bigint AS count, sum(total)::bigint AS total, sum(business_total)::bigint AS business_total"
NOT_NIL = "sum(count) <> 0 OR sum(total) <> 0 OR sum(business_total) <> 0"
INSERT = f"INSERT INTO madoguchi_tally ({COLUMNS})"


def figures_of(where: str, *, subjects: str = BOTH, part: str = REAL) -> str:
    """The SELECT of the figures of the tickets that `where` is true of."""
    return FIGURES.format(where=where, subjects=subjects, part=part)


def put_in(where: str, values: Mapping[str, Any]) -> None:
    """Add the figures of these tickets to those of their contacts and accounts."""
    _run(f"{INSERT} {figures_of(where)}", values)


def take_out(where: str, values: Mapping[str, Any]) -> None:
    """Take the figures of these tickets from those of their contacts and accounts."""
    _run(f"{INSERT} SELECT {KEY}, -count, -total, -business_total FROM ({figures_of(where)}) f", values)


def hand_over(subject: str, where: str, values: Mapping[str, Any], *, old: int | None, new: int | None) -> None:
    """Take the figures of these tickets from one contact or account and add them to another. None: from or to no one."""
    assert subject in Tally.Subject.values
    only = f"VALUES ('{subject}', %(tally_old)s::bigint, -1), ('{subject}', %(tally_new)s::bigint, 1)"
    counted = figures_of(where, subjects=only).replace("sum(m.", "sum(s.sign * m.")
    _run(f"{INSERT} {counted}", {**values, "tally_old": old, "tally_new": new})


# A part of the contacts or of the accounts at a time: few enough figures to be added up in memory.
FILL = f"""
WITH f AS MATERIALIZED ({{counted}})
{INSERT} SELECT {COLUMNS} FROM f WHERE day IS NOT NULL
UNION ALL SELECT {KEY}, {SUMS} FROM ({HALVES.format(rows="(SELECT * FROM f WHERE day IS NULL)")}) parts GROUP BY {KEY}
"""


def fill(part: int = 0, parts: int = 1) -> int:
    """Count everything into an empty ledger, or one part of it, as if it was folded. Returns how many rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL enable_sort = off")
    rows = 0
    for subject in Tally.Subject.values:
        whose = f"t.{subject}_id"
        where, subjects = f"{whose} %% %(parts)s = %(part)s", f"VALUES ('{subject}', {whose}, 1)"
        counted = figures_of(where, subjects=subjects)
        rows += _run(FILL.format(counted=counted), {"part": part, "parts": parts})
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem TO DEFAULT; SET LOCAL enable_sort TO DEFAULT")
    return rows


WRONG = f"""
WITH kept AS (
  SELECT {KEY}, {SUMS} FROM ({HALVES.format(rows="madoguchi_tally")}) k GROUP BY {KEY}
), counted AS (
  SELECT {KEY}, {SUMS} FROM ({HALVES.format(rows=f"({figures_of('true')})")}) c GROUP BY {KEY}
)
SELECT {KEY}, {SUMS} FROM (
  SELECT {COLUMNS} FROM counted UNION ALL SELECT {KEY}, -count, -total, -business_total FROM kept
) both_ways GROUP BY {KEY} HAVING {NOT_NIL}
"""


def differing() -> list[tuple[Key, Sum]]:
    """Figures that are not what a count of the tickets gives, and what they lack. On one snapshot: also while others write."""
    with connection.cursor() as cursor:
        cursor.execute(f"{WRONG} ORDER BY 1, 2, 4", {"zone": zone().key})
        return [((*row[:7],), (row[7], row[8], row[9])) for row in cursor.fetchall()]


def mend() -> int:
    """Add what the figures lack to be what a count of the tickets gives. Also while others write. Returns how many rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
    return _run(f"{INSERT} {WRONG}", {})


def _run(sql: str, values: Mapping[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**values, "zone": zone().key})
        return cursor.rowcount


def figures() -> Figures:
    """The whole ledger, summed; figures that are nil left out."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {KEY}, {SUMS} FROM madoguchi_tally GROUP BY {KEY}")
        return halved(((*row[:7],), (row[7], row[8], row[9])) for row in cursor.fetchall())


def recount() -> Figures:
    """The figures counted afresh from the tickets one by one: the oracle of the tests."""
    return halved(pair for ticket in Ticket.objects.iterator(chunk_size=2000) for pair in contribution(ticket).items())
