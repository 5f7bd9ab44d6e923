"""Rows of one figure become one, now and then, by one process at a time. Only what has fresh rows is looked at, so that it
costs what has changed, not what there is."""

import math
import time

from django.db import connection, transaction
from django.db.models import Max

from madoguchi.models import Mark, Tally
from madoguchi.tally.counting import HALVES, INSERT, NOT_NIL, SUMS
from madoguchi.tally.ledger import COLUMNS, KEY

NAMES = [name for name in KEY.split(", ") if name != "day"]
SAME = " AND ".join(f"t.{name} = c.{name}" for name in NAMES)
# All-time rows and those of a day lie in an index each. An all-time row on two different steps is always taken apart.
FOLD = f"""
WITH fresh AS MATERIALIZED (
    SELECT id, {KEY} FROM madoguchi_tally WHERE id > %(mark)s ORDER BY id LIMIT %(rows)s
), touched AS MATERIALIZED (
    SELECT DISTINCT {KEY} FROM fresh
), crowded AS MATERIALIZED (
    SELECT c.* FROM touched c WHERE day IS NULL AND (
        bucket <> business_bucket AND -1 NOT IN (bucket, business_bucket)
        OR (SELECT count(*) FROM (SELECT FROM madoguchi_tally t WHERE {SAME} AND t.day IS NULL LIMIT 2) two) = 2)
    UNION ALL
    SELECT c.* FROM touched c WHERE day IS NOT NULL
        AND (SELECT count(*) FROM (SELECT FROM madoguchi_tally t WHERE {SAME} AND t.day = c.day LIMIT 2) two) = 2
), old AS MATERIALIZED (
    SELECT t.id FROM crowded c JOIN madoguchi_tally t ON {SAME} AND t.day IS NULL WHERE c.day IS NULL
    UNION ALL
    SELECT t.id FROM crowded c JOIN madoguchi_tally t ON {SAME} AND t.day = c.day WHERE c.day IS NOT NULL
), gone AS (
    DELETE FROM madoguchi_tally t USING old WHERE t.id = old.id RETURNING {", ".join(f"t.{name}" for name in COLUMNS.split(", "))}
), folded AS (
    {INSERT} SELECT {KEY}, {SUMS} FROM (
        SELECT {COLUMNS} FROM gone WHERE day IS NOT NULL
        UNION ALL {HALVES.format(rows="(SELECT * FROM gone WHERE day IS NULL)")}
    ) parts GROUP BY {KEY} HAVING {NOT_NIL}
)
SELECT count(*), max(id) FROM fresh
"""
LOCK, MARK = 7341001, "tally"


def fold(rows: int = 20_000, *, for_s: float = math.inf) -> None:
    """Fold what was added to the ledger since the last time, `rows` in each transaction; begin none after `for_s` seconds.

    A row that was committed late, behind the mark, is folded when its figure changes next.
    """
    end = time.monotonic() + for_s
    while _fold_some(rows) and time.monotonic() < end:
        pass


@transaction.atomic
def _fold_some(rows: int) -> bool:
    """Whether there may be more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return False
        mark = Mark.objects.filter(name=MARK).values_list("value", flat=True).first() or 0
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
        )
        cursor.execute(FOLD, {"mark": mark, "rows": rows})
        seen, last = cursor.fetchone()
        if seen:
            Mark.objects.update_or_create(name=MARK, defaults={"value": last})
        return bool(seen)


def mark_folded() -> None:
    """There is nothing to fold in what was counted in one go."""
    last = Tally.objects.aggregate(last=Max("id"))["last"] or 0
    Mark.objects.update_or_create(name=MARK, defaults={"value": last})
