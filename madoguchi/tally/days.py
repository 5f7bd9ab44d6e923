"""On which day something happened: the calendar of the organisation's time zone, kept for a second in each process."""

import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from madoguchi.prepared import fetch

KEPT_S = (
    float("inf") if settings.TESTING else 1.0
)  # tests forget at their start, and whenever the organisation is changed
READ = "SELECT time_zone FROM madoguchi_organisation WHERE id = 1"
BEFORE_IT_IS_SET = "UTC"
_kept: tuple[float, ZoneInfo] | None = None


def zone() -> ZoneInfo:
    """The organisation's time zone."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > KEPT_S:
        found = fetch(READ)
        _kept = (time.monotonic(), ZoneInfo(found[0][0] if found else BEFORE_IT_IS_SET))
    return _kept[1]


def day_of(moment: datetime) -> date:
    return moment.astimezone(zone()).date()


def today() -> date:
    return day_of(timezone.now())


def month_of(day: date) -> date:
    return day.replace(day=1)


def forget() -> None:
    """After the organisation was changed in this process."""
    global _kept
    _kept = None
