"""When a department works, and its targets: kept for a second in each process, so that writing pays nothing for it."""

import json
import logging
from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings

from madoguchi.kit.business_time import BusinessTime
from madoguchi.models import Holiday, HolidayList, Hours
from madoguchi.organisation import current
from madoguchi.prepared import fetch

log = logging.getLogger("madoguchi.sla")
READ = """
SELECT d.id, h.time_zone, h.week::text, coalesce(l.has_japanese, false),
  ARRAY(SELECT y.day FROM madoguchi_holiday y WHERE y.list_id = l.id AND NOT y.is_yearly ORDER BY y.day),
  ARRAY(SELECT y.day FROM madoguchi_holiday y WHERE y.list_id = l.id AND y.is_yearly ORDER BY y.day),
  (SELECT jsonb_agg(jsonb_build_array(t.priority, t.response_s, t.resolution_s, t.by_clock))::text
   FROM madoguchi_target t WHERE t.department_id = d.id)
FROM madoguchi_department d LEFT JOIN madoguchi_hours h ON h.id = d.hours_id AND h.is_active
  LEFT JOIN madoguchi_holidaylist l ON l.id = h.holidays_id AND l.is_active
WHERE h.id IS NOT NULL OR EXISTS (SELECT FROM madoguchi_target t WHERE t.department_id = d.id)
"""


class Target(NamedTuple):
    """Seconds in the department's business time, or by the clock where `by_clock`. None: no target."""

    response_s: int | None
    resolution_s: int | None
    by_clock: bool


class Plan(NamedTuple):
    time: BusinessTime | None
    targets: Mapping[str, Target]


NONE = Plan(None, {})


def business_time(department_id: int) -> BusinessTime | None:
    """When the department works. None: round the clock."""
    return _plans().get(department_id, NONE).time


def target(department_id: int, priority: str) -> Target | None:
    """The target of the department's tickets of this priority ('': of those without one)."""
    return _plans().get(department_id, NONE).targets.get(priority)


def forget() -> None:
    """After hours, holidays or targets were changed in this process."""
    current.forget()


def _plans() -> dict[int, Plan]:
    return current.kept("sla", _read, float("inf") if settings.TESTING else 1)


def _read() -> dict[int, Plan]:
    found = {}
    for pk, zone, week, is_japanese, days, yearly, targets in fetch(READ):
        try:
            time = _time(zone, week, is_japanese, tuple(days), tuple(yearly)) if zone else None
        except (ValueError, KeyError):  # a zone this machine does not know; mail is taken in all the same
            log.exception("the business hours of department %s cannot be read: it works round the clock", pk)
            time = None
        found[pk] = Plan(time, {row[0]: Target(*row[1:]) for row in json.loads(targets or "[]")})
    return found


def business_time_of(hours: Hours) -> BusinessTime:
    """The same of a row, also of one that is not saved."""
    free = hours.holidays if hours.holidays is not None and hours.holidays.is_active else None
    days: list[Holiday] = list(free.days.all()) if free is not None and free.pk else []
    return _time(
        hours.time_zone,
        json.dumps(hours.week),
        free is not None and free.has_japanese,
        tuple(day.day for day in days if not day.is_yearly),
        tuple(day.day for day in days if day.is_yearly),
    )


@lru_cache(maxsize=200)
def _time(zone: str, week: str, is_japanese: bool, days: tuple[date, ...], yearly: tuple[date, ...]) -> BusinessTime:
    """The same hours are worked out once for a process, however often they are read."""

    def free(year: int) -> Collection[date]:
        if year not in known:
            own = {day for day in days if day.year == year} | set(_in_year(yearly, year))
            known[year] = frozenset(own | japanese_holidays(year).keys() if is_japanese else own)
        return known[year]

    known: dict[int, frozenset[date]] = {}
    return BusinessTime(zone, json.loads(week), free)


def _in_year(days: Collection[date], year: int) -> list[date]:
    """The same days of another year; 29 February in leap years only."""
    found = []
    for day in days:
        try:
            found.append(day.replace(year=year))
        except ValueError:
            continue
    return found


@lru_cache(maxsize=400)
def japanese_holidays(year: int) -> dict[date, str]:
    """The national holidays of Japan, by their Japanese names, with the days taken instead (振替休日) and between (国民の休日)."""
    import holidays  # 0.2 s, for those who have them

    return dict(sorted(holidays.country_holidays("JP", years=year, language="ja").items()))


def holidays_of(free: HolidayList, year: int) -> dict[date, str]:
    """All days of the list in a year and their names, in order. What is written there goes before the national holidays."""
    found: dict[date, str] = dict(japanese_holidays(year)) if free.has_japanese else {}
    rows: list[Any] = list(free.days.all()) if free.pk else []
    for row in rows:
        for day in _in_year([row.day], year) if row.is_yearly else [row.day] if row.day.year == year else []:
            found[day] = row.name or found.get(day, "")
    return dict(sorted(found.items()))
