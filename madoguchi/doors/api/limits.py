"""Calls a minute for each token: a fixed window, counted in this process (docs/api.md)."""

import time

from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.doors.api.errors import Answered

_window: dict[int, int] = {}
_minute = 0


def allowed() -> int:
    """MADOGUCHI_API_RATE, default 3,000 a minute."""
    return int(getattr(settings, "API_RATE", 3000))


def take(token_id: int) -> int:
    """Count a call; how many are left in this minute. THRESHOLD_EXCEEDED where none is."""
    global _minute
    now = time.time()
    if int(now // 60) != _minute:
        _minute = int(now // 60)
        _window.clear()
    _window[token_id] = count = _window.get(token_id, 0) + 1
    if count > allowed():
        wait = str(60 - int(now % 60))
        text = _("Too many requests. Wait %(n)s seconds.") % {"n": wait}
        raise Answered(429, "THRESHOLD_EXCEEDED", text, Retry_After=wait, x_rate_limit_remaining_v3="0")
    return allowed() - count


def forget() -> None:
    _window.clear()
