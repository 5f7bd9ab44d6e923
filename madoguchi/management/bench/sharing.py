"""Tickets of all departments shared with one, as `tickets.sharing` would have written them (SPEC S)."""

from django.db import connection, transaction

from madoguchi.management.bench.progress import Bar
from madoguchi.models import Department, Share, Ticket

MOST = 10_000

# A third of each level; a fifth ends one day, in a time far off; a half says why.
SHARE = """
WITH chosen AS (
  SELECT id, modified_at, modified_by_id, row_number() OVER (ORDER BY id) AS n FROM (
    SELECT id, modified_at, modified_by_id FROM madoguchi_ticket
    WHERE trashed_at IS NULL AND NOT is_spam AND department_id <> %(department)s
    ORDER BY md5(id::text) LIMIT %(most)s) c)
INSERT INTO madoguchi_share (ticket_id, department_id, level, reason, expires_at, by_id, at, changed_at)
SELECT id, %(department)s, 1 + n %% 3, CASE n %% 2 WHEN 0 THEN '決済状況の確認' ELSE '' END,
  CASE n %% 5 WHEN 0 THEN '2099-01-01Z'::timestamptz + n %% 60 * interval '1 day' END, modified_by_id, modified_at, modified_at
FROM chosen ORDER BY n"""
REPEAT = """
UPDATE madoguchi_ticket t SET shared = jsonb_build_object(s.department_id::text, jsonb_build_array(s.level, extract(epoch FROM s.expires_at)))
FROM madoguchi_share s WHERE s.ticket_id = t.id"""
TELL = """
INSERT INTO madoguchi_event (ticket_id, contact_id, account_id, department_id, verb, agent_id, door, before, after, at)
SELECT t.id, t.contact_id, t.account_id, t.department_id, 'ticket.shared', s.by_id, 'page', '{}', jsonb_build_object('shares',
  jsonb_build_array(jsonb_build_object('department', jsonb_build_object('id', d.id::text, 'label', d.name),
  'level', ('{READ,RESTRICTED,FULL}'::text[])[s.level], 'expires_at', s.expires_at, 'reason', s.reason))), s.at
FROM madoguchi_share s JOIN madoguchi_ticket t ON t.id = s.ticket_id JOIN madoguchi_department d ON d.id = s.department_id ORDER BY t.id"""


def receiver() -> Department:
    """Whom they are shared with: the second department."""
    return Department.objects.order_by("pk")[1]


def share_out() -> None:
    """Ten thousand tickets, or a third of the others' on a small desk. Nothing where a desk has shares already."""
    if Share.objects.exists():
        return
    department = receiver()
    others = Ticket.objects.filter(Ticket.LIVE).exclude(department=department)
    with Bar("Sharing", 2) as bar:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SHARE, {"department": department.pk, "most": min(MOST, others.count() // 3)})
            cursor.execute(REPEAT)
            cursor.execute(TELL)
        bar.to(1)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE, PARALLEL 2) madoguchi_share, madoguchi_ticket, madoguchi_event")
