"""Calls a minute for each token: a fixed window, of all web processes together (docs/api.md)."""

import time
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.doors.api.errors import Answered
from madoguchi.prepared import fetch

STEPS = 100
ADD = """
INSERT INTO madoguchi_apicount AS c (token_id, minute, calls) VALUES (%s::bigint, %s::bigint, %s::int)
ON CONFLICT (token_id) DO UPDATE SET minute = excluded.minute,
  calls = CASE WHEN c.minute = excluded.minute THEN c.calls + excluded.calls ELSE excluded.calls END
RETURNING calls"""


@dataclass(slots=True)
class Count:
    """`told` is what all processes had said when this one last did, `own` what it has counted since."""

    told: int = 0
    own: int = 0


_counts: dict[int, Count] = {}
_minute = 0


def allowed() -> int:
    """MADOGUCHI_API_RATE, default 3,000 a minute."""
    return int(getattr(settings, "API_RATE", 3000))


def take(token_id: int) -> int:
    """Count a call; how many are left in this minute. THRESHOLD_EXCEEDED where none is.

    Processes tell each other through the database once for each hundredth of what is allowed: a small limit is exact.
    """
    global _minute
    now = time.time()
    if int(now // 60) != _minute:
        _minute = int(now // 60)
        _counts.clear()
    count = _counts.setdefault(token_id, Count())
    count.own += 1
    if count.own * STEPS >= allowed():
        told, count.own = count.own, 0
        count.told = fetch(ADD, [token_id, _minute, told])[0][0]
    calls = count.told + count.own
    if calls > allowed():
        wait = str(60 - int(now % 60))
        text = _("Too many requests. Wait %(n)s seconds.") % {"n": wait}
        raise Answered(429, "THRESHOLD_EXCEEDED", text, Retry_After=wait, x_rate_limit_remaining_v3="0")
    return allowed() - calls


def forget() -> None:
    _counts.clear()
