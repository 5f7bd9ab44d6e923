"""The tally of the loaded tickets in one statement, figure for figure what `tally.recount` counts (and folded)."""

from itertools import count

from django.db import connection
from django.db.models import Max

from madoguchi.models import Mark, Tally
from madoguchi.tally import MARK, STEPS_PER_DOUBLING, bucket_of

COUNT = """
INSERT INTO madoguchi_tally (subject, subject_id, department_id, measure, day, bucket, count, total)
SELECT s.subject, s.id, t.department_id, m.measure, m.day, m.bucket, sum(m.count), sum(m.total)
FROM (SELECT *, (created_at AT TIME ZONE 'UTC')::date AS created, (closed_at AT TIME ZONE 'UTC')::date AS closed,
             (width_bucket(first_response_s, %(steps)s::bigint[]) - 1)::smallint AS first_step,
             (width_bucket(resolution_s, %(steps)s::bigint[]) - 1)::smallint AS resolution_step
      FROM madoguchi_ticket WHERE trashed_at IS NULL) t
CROSS JOIN LATERAL (
    SELECT 'spam' AS measure, NULL::date AS day, (-1)::smallint AS bucket, 1::bigint AS count, 0::bigint AS total WHERE t.is_spam
    UNION ALL SELECT * FROM (
        VALUES ('tickets', NULL::date, (-1)::smallint, 1::bigint, 0::bigint), ('tickets', t.created, -1::smallint, 1, 0),
               ('state.' || t.state, NULL, -1::smallint, 1, 0), ('channel.' || t.channel, NULL, -1::smallint, 1, 0)
        ) always WHERE NOT t.is_spam
    UNION ALL SELECT 'overdue', NULL, -1::smallint, 1, 0 WHERE NOT t.is_spam AND t.is_overdue
    UNION ALL SELECT 'first_response', day, t.first_step, 1, t.first_response_s FROM (VALUES (NULL::date), (t.created)) d (day)
        WHERE NOT t.is_spam AND t.first_response_s IS NOT NULL
    UNION ALL SELECT 'response', day, b.key::smallint, (b.value->>0)::bigint, (b.value->>1)::bigint
        FROM jsonb_each(t.response_buckets) b, (VALUES (NULL::date), (t.created)) d (day) WHERE NOT t.is_spam
    UNION ALL SELECT 'resolution', day, t.resolution_step, 1, t.resolution_s FROM (VALUES (NULL::date), (t.closed)) d (day)
        WHERE NOT t.is_spam AND t.resolution_s IS NOT NULL AND t.closed_at IS NOT NULL
) m
CROSS JOIN LATERAL (
    SELECT 'contact' AS subject, t.contact_id AS id UNION ALL SELECT 'account', t.account_id WHERE t.account_id IS NOT NULL
) s
WHERE s.id %% %(parts)s = %(part)s
GROUP BY 1, 2, 3, 4, 5, 6
"""


def steps() -> list[int]:
    """The least time, in seconds, of each step of `bucket_of`, by asking it; steps no time falls on share the next one's."""
    found: list[int] = []
    for step in count():
        guess = max(0, int(2 ** (step / STEPS_PER_DOUBLING)) - 3)
        while bucket_of(guess) < step:
            guess += 1
        found.append(guess)
        if guess > 2**40:
            return found
    raise AssertionError


def count_all(part: int = 0, parts: int = 1) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(COUNT, {"steps": steps(), "part": part, "parts": parts})
        return cursor.rowcount


def mark_folded() -> None:
    """There is nothing to fold in what was counted."""
    last = Tally.objects.aggregate(last=Max("id"))["last"] or 0
    Mark.objects.update_or_create(name=MARK, defaults={"value": last})
