"""Time that counts only while somebody works: a week of wall-clock hours in one place, less its holidays (SPEC D5).

A moment is worked in when the clock on the wall there shows a minute of the week's hours and the day is no holiday. So an
hour that the clocks show twice counts twice, and one they leap over not at all. Whole years are worked out once and kept:
a span costs the same whether it is a minute or ten years.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY_S, DAY_MINUTES = 86_400, 1_440
MICRO = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH.date().toordinal()
FIRST_YEAR, LAST_YEAR = 1900, 2200
YEARS_AHEAD = 50

Week = Sequence[Sequence[Sequence[int]]]
Holidays = Callable[[int], Collection[date]]


def no_holidays(year: int) -> Collection[date]:
    return ()


def check_week(week: Week) -> None:
    """ValueError unless it is seven lists, from Monday, of [start, end] in minutes of the day, in order and apart."""
    if not isinstance(week, list | tuple) or len(week) != 7:
        raise ValueError("a week has seven days")
    for day in week:
        if not isinstance(day, list | tuple):
            raise ValueError("a day is a list")
        last = -1
        for span in day:
            if not isinstance(span, list | tuple) or len(span) != 2 or {type(minute) for minute in span} != {int}:
                raise ValueError("hours are two whole numbers")
            start, end = span
            if not last < start < end <= DAY_MINUTES:
                raise ValueError("hours follow each other within the day")
            last = end


class Year(NamedTuple):
    """The spans worked in during the days of one year: seconds since 1970 UTC, and how much was worked before each."""

    starts: list[int]
    ends: list[int]
    before: list[int]
    total: int


class BusinessTime:
    """`week`: as `check_week` wants it. `zone`: a name of the tz database. `holidays`: the days of a year nobody works."""

    def __init__(self, zone: str, week: Week, holidays: Holidays = no_holidays) -> None:
        check_week(week)
        self.zone = ZoneInfo(zone)
        self.week = [[(start * 60, end * 60) for start, end in day] for day in week]
        self.week_s = sum(end - start for day in self.week for start, end in day)
        self._holidays = holidays
        self._years: dict[int, Year] = {}

    def is_open(self, at: datetime) -> bool:
        """Whether somebody works at this moment."""
        there = at.astimezone(self.zone)
        second = there.hour * 3600 + there.minute * 60 + there.second
        hours = self.week[there.weekday()]
        return any(start <= second < end for start, end in hours) and there.date() not in self._holidays(there.year)

    def seconds_between(self, start: datetime, end: datetime) -> int:
        """Worked seconds from `start` to `end`, the last one whole; 0 where `end` is not later."""
        if end <= start or not self.week_s:
            return 0
        first, last = self._year_of(start), self._year_of(end)
        between = sum(self._year(year).total for year in range(first, last))
        return (self._worked(last, end) - self._worked(first, start) + between * MICRO) // MICRO

    def add(self, start: datetime, seconds: int) -> datetime | None:
        """The first moment by which so many seconds were worked since `start`, in UTC. None: nobody ever works that long."""
        if seconds <= 0:
            return start.astimezone(UTC)
        if not self.week_s:
            return None
        first = self._year_of(start)
        wanted = self._worked(first, start) + seconds * MICRO
        for number in range(first, min(LAST_YEAR, first + YEARS_AHEAD + seconds // self.week_s // 50) + 1):
            year = self._year(number)
            if wanted <= year.total * MICRO:
                place = bisect_right(year.before, (wanted - 1) // MICRO) - 1
                return EPOCH + timedelta(microseconds=(year.starts[place] - year.before[place]) * MICRO + wanted)
            wanted -= year.total * MICRO
        return None

    def spans(self, first: date, last: date) -> list[tuple[datetime, datetime]]:
        """The spans worked in on these days of the place, both included, in UTC."""
        found = self._worked_days(first.toordinal(), last.toordinal())
        return [(EPOCH + timedelta(seconds=start), EPOCH + timedelta(seconds=end)) for start, end in found]

    def _year_of(self, at: datetime) -> int:
        return min(max(at.astimezone(self.zone).year, FIRST_YEAR), LAST_YEAR)

    def _worked(self, year: int, at: datetime) -> int:
        """Worked microseconds of the year up to this moment."""
        kept, moment = self._year(year), (at - EPOCH) // timedelta(microseconds=1)
        place = bisect_right(kept.starts, moment // MICRO) - 1
        if place < 0:
            return 0
        return kept.before[place] * MICRO + min(moment, kept.ends[place] * MICRO) - kept.starts[place] * MICRO

    def _year(self, number: int) -> Year:
        if (kept := self._years.get(number)) is None:
            spans = list(self._worked_days(date(number, 1, 1).toordinal(), date(number, 12, 31).toordinal()))
            ran = list(accumulate((end - start for start, end in spans), initial=0))
            kept = Year([start for start, _end in spans], [end for _start, end in spans], ran[:-1], ran[-1])
            self._years[number] = kept  # two threads may both work it out, to the same end
        return kept

    def _worked_days(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The spans of these days (proleptic ordinals), cut where the clocks are put forward or back."""
        wall = self._on_the_wall(first, last)
        low, high = (first - EPOCH_DAY - 2) * DAY_S, (last - EPOCH_DAY + 3) * DAY_S
        for start, end, offset in steady(self.zone.key, low, high):
            for opens, closes in wall:
                opens, closes = max(opens - offset, start), min(closes - offset, end)
                if opens < closes:
                    yield opens, closes

    def _on_the_wall(self, first: int, last: int) -> list[tuple[int, int]]:
        """The hours of these days as if the clocks there showed UTC; what goes on past midnight is one."""
        free: set[int] = set()
        for year in range(date.fromordinal(first).year, date.fromordinal(last).year + 1):
            free.update(day.toordinal() for day in self._holidays(year))
        found: list[tuple[int, int]] = []
        for day in range(first, last + 1):
            midnight = (day - EPOCH_DAY) * DAY_S
            for start, end in () if day in free else self.week[(day - 1) % 7]:
                if found and found[-1][1] == midnight + start:
                    found[-1] = (found[-1][0], midnight + end)
                else:
                    found.append((midnight + start, midnight + end))
        return found


@lru_cache(maxsize=2_000)
def steady(zone: str, low: int, high: int) -> list[tuple[int, int, int]]:
    """The stretches between two moments (seconds since 1970) in which the zone keeps its distance from UTC: (start, end,
    seconds ahead of UTC)."""
    there = ZoneInfo(zone)

    def ahead(at: int) -> int:
        return int(((EPOCH + timedelta(seconds=at)).astimezone(there).utcoffset() or timedelta()).total_seconds())

    changes = [low]
    marks = [*range(low, high, DAY_S), high]
    for left, right in pairwise(marks):
        before, after = ahead(left), ahead(right)
        while before != after and right - left > 1:
            middle = (left + right) // 2
            left, right = (middle, right) if ahead(middle) == before else (left, middle)
        if before != after:
            changes.append(right)
    return [(start, end, ahead(start)) for start, end in pairwise([*changes, high])]
