"""When tickets were on hold, by their history."""

from collections.abc import Sequence
from datetime import datetime

from madoguchi.models.organisation import State
from madoguchi.organisation.current import statuses
from madoguchi.prepared import fetch

CHANGES = """
SELECT e.ticket_id, e.at, e.before->'status'->>'id', e.after->'status'->>'id', t.created_at
FROM madoguchi_event e JOIN madoguchi_ticket t ON t.id = e.ticket_id
WHERE e.ticket_id = ANY(%s::bigint[]) AND e.after ? 'status' ORDER BY e.ticket_id, e.id
"""


def holds(ids: Sequence[int]) -> dict[int, list[tuple[datetime, datetime]]]:
    """From when to when each of these tickets was on hold; what still goes on is left out."""
    waits = {str(status.pk) for status in statuses() if status.state == State.ON_HOLD}
    found: dict[int, list[tuple[datetime, datetime]]] = {pk: [] for pk in ids}
    since: dict[int, datetime] = {}
    seen: set[int] = set()
    for pk, at, before, after, created_at in fetch(CHANGES, [list(ids)]):
        if pk not in seen and before in waits:
            since[pk] = created_at
        seen.add(pk)
        if after in waits:
            since.setdefault(pk, at)
        elif (start := since.pop(pk, None)) is not None:
            found[pk].append((start, at))
    return found
