"""Whom to look up again though nothing was said: what a CRM over the network knew a day ago (SPEC C7)."""

from datetime import UTC, datetime, timedelta

from madoguchi import record
from madoguchi.models import CrmConnection
from madoguchi.organisation import crm
from madoguchi.prepared import fetch

OLD = timedelta(hours=24)
HOUR_S = 3600
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
# Each at a moment of its own within the hour, the oldest first; who waits already is left out.
WISH_OLD = """
INSERT INTO madoguchi_lookup (contact_id, not_before)
SELECT t.contact_id, %(now)s::timestamptz + random() * %(span)s::float8 * interval '1 s' FROM (
  SELECT DISTINCT contact_id FROM madoguchi_ticket WHERE state = 'Open' AND trashed_at IS NULL AND NOT is_spam) t
LEFT JOIN madoguchi_classification k ON k.contact_id = t.contact_id AND k.source = %(kind)s
WHERE (k.checked_at IS NULL OR k.checked_at < %(old)s::timestamptz OR k.checked_at < %(connected)s::timestamptz)
  AND NOT EXISTS (SELECT FROM madoguchi_lookup l WHERE l.contact_id = t.contact_id)
ORDER BY k.checked_at NULLS FIRST LIMIT %(most)s RETURNING contact_id
"""


def wish_old() -> int:
    """Once an hour, over the hour that follows: contacts with open tickets whose class is older than a day, or whom this CRM
    was never asked for (a process may learn a second late that there is one).

    Not more than half of what is asked of a great number. The built-in CRM says itself what changes: its answers never age.
    """
    connection = crm.connection()
    if not connection.kind or connection.needs_consent:
        return 0
    now, is_built_in = record.now(), connection.kind == CrmConnection.Kind.BUILT_IN
    asked = {
        "now": now,
        "kind": connection.kind,
        "old": LONG_AGO if is_built_in else now - OLD,
        "connected": connection.connected_at or LONG_AGO,
        "span": 0 if is_built_in else HOUR_S,
        "most": crm.SPREAD_A_MINUTE * 60 // 2,
    }
    return len(fetch(WISH_OLD, asked))
