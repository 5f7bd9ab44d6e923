"""The figures of contacts and accounts counted anew from the tickets: by state, channel and lateness in one, by the calendar of
the organisation, in business hours, by month. In one statement, a copy of what `madoguchi.tally.counting` said then."""

from django.db import migrations, models

STEPS = """
0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 9, 11, 13, 15, 19, 22, 26, 31, 38, 45, 53, 63, 76, 90, 107, 127, 152,
181, 215, 255, 304, 362, 430, 511, 608, 724, 861, 1023, 1217, 1448, 1722, 2047, 2435, 2896, 3444, 4095, 4870,
5792, 6888, 8191, 9741, 11585, 13777, 16383, 19483, 23170, 27554, 32767, 38967, 46340, 55108, 65535, 77935,
92681, 110217, 131071, 155871, 185363, 220435, 262143, 311743, 370727, 440871, 524287, 623487, 741455, 881743,
1048575, 1246974, 1482910, 1763487, 2097151, 2493948, 2965820, 3526975, 4194303, 4987896, 5931641, 7053950,
8388607, 9975792, 11863283, 14107900, 16777215, 19951584, 23726566, 28215801, 33554431, 39903169, 47453132,
56431603, 67108863, 79806338, 94906265, 112863206, 134217727, 159612677, 189812531, 225726412, 268435455,
319225354, 379625062, 451452825, 536870911, 638450708, 759250124, 902905650, 1073741823, 1276901416,
1518500249, 1805811301, 2147483647, 2553802833, 3037000499, 3611622602, 4294967295, 5107605667, 6074000999,
7223245205, 8589934591, 10215211334, 12148001999, 14446490411, 17179869183, 20430422668, 24296003999,
28892980822, 34359738367, 40860845336, 48592007999, 57785961645, 68719476735, 81721690673, 97184015999,
115571923290, 137438953471, 163443381347, 194368031998, 231143846581, 274877906943, 326886762694,
388736063996, 462287693163, 549755813887, 653773525389, 777472127993, 924575386326, 1099511627775,
1307547050779
"""
COUNT = """
WITH o AS MATERIALIZED (
  SELECT coalesce((SELECT time_zone FROM madoguchi_organisation WHERE id = 1), 'UTC') AS zone
), f AS MATERIALIZED (
SELECT s.subject, s.subject_id, t.department_id, m.measure, m.day, m.bucket, m.business_bucket,
  sum(m.count)::bigint AS count, sum(m.total)::bigint AS total, sum(m.business_total)::bigint AS business_total
FROM (
  SELECT t.*, d.*, date_trunc('month', d.created)::date AS created_month, date_trunc('month', d.closed)::date AS closed_month,
    (width_bucket(first_response_s, c.steps) - 1)::smallint AS first_step,
    (width_bucket(d.first_business, c.steps) - 1)::smallint AS first_business_step,
    (width_bucket(resolution_s, c.steps) - 1)::smallint AS resolution_step,
    (width_bucket(d.resolution_business, c.steps) - 1)::smallint AS resolution_business_step
  FROM (SELECT ARRAY[{steps}]::bigint[] AS steps) c, o, madoguchi_ticket t CROSS JOIN LATERAL (
    SELECT (t.created_at AT TIME ZONE o.zone)::date AS created, (t.closed_at AT TIME ZONE o.zone)::date AS closed,
      coalesce(t.first_response_business_s, t.first_response_s) AS first_business,
      coalesce(t.resolution_business_s, t.resolution_s) AS resolution_business
  ) d
  WHERE t.trashed_at IS NULL AND t.{subject}_id %% %s = %s
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
) m CROSS JOIN LATERAL (VALUES ('{subject}', t.{subject}_id)) s (subject, subject_id)
GROUP BY 1, 2, 3, 4, 5, 6, 7
)
INSERT INTO madoguchi_tally (subject, subject_id, department_id, measure, day, bucket, business_bucket, count, total, business_total)
SELECT subject, subject_id, department_id, measure, day, bucket, business_bucket, count, total, business_total FROM f WHERE day IS NOT NULL
UNION ALL
SELECT subject, subject_id, department_id, measure, day, bucket, business_bucket, sum(count), sum(total), sum(business_total) FROM (
  SELECT r.subject, r.subject_id, r.department_id, r.measure, r.day, h.bucket, h.business_bucket, r.count, h.total, h.business_total
  FROM (SELECT * FROM f WHERE day IS NULL) r CROSS JOIN LATERAL (
    SELECT r.bucket, r.business_bucket, r.total, r.business_total
      WHERE r.bucket = r.business_bucket OR -1 IN (r.bucket, r.business_bucket)
    UNION ALL SELECT r.bucket, -1::smallint, r.total, 0::bigint
      WHERE r.bucket <> r.business_bucket AND -1 NOT IN (r.bucket, r.business_bucket)
    UNION ALL SELECT -1::smallint, r.business_bucket, 0::bigint, r.business_total
      WHERE r.bucket <> r.business_bucket AND -1 NOT IN (r.bucket, r.business_bucket)
  ) h
) parts GROUP BY subject, subject_id, department_id, measure, day, bucket, business_bucket
"""
LAST_TICKETS = """
UPDATE madoguchi_{0} c SET last_ticket_at = t.at
FROM (SELECT {0}_id, max(created_at) AS at FROM madoguchi_ticket GROUP BY 1) t WHERE t.{0}_id = c.id
"""
MARK = """
INSERT INTO madoguchi_mark (name, value) SELECT 'tally', coalesce(max(id), 0) FROM madoguchi_tally
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""


def count_anew(apps, schema_editor):
    """A part of the contacts or of the accounts at a time: few enough figures to be added up in memory."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL enable_sort = off")
        cursor.execute("TRUNCATE madoguchi_tally")
        cursor.execute("SELECT count(*) / 100000 + 1 FROM madoguchi_ticket")
        parts = cursor.fetchone()[0]
        for subject in ("contact", "account"):
            for part in range(parts):
                cursor.execute(COUNT.replace("{steps}", STEPS).replace("{subject}", subject), [parts, part])
            cursor.execute(LAST_TICKETS.format(subject))
        cursor.execute(MARK)
        cursor.execute("SET LOCAL work_mem TO DEFAULT; SET LOCAL enable_sort TO DEFAULT")


class Migration(migrations.Migration):
    dependencies = [
        ("madoguchi", "0017_customers"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="tally", name="tally_by_subject"),
        migrations.RunPython(count_anew, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(
                condition=models.Q(("day", None)),
                fields=["subject", "subject_id", "measure", "bucket", "business_bucket", "department_id"],
                include=("count", "total", "business_total"),
                name="tally_of_all_time",
            ),
        ),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(
                condition=models.Q(("day__isnull", False)),
                fields=["subject", "subject_id", "measure", "day"],
                include=("department_id", "bucket", "business_bucket", "count", "total", "business_total"),
                name="tally_by_day",
            ),
        ),
    ]
