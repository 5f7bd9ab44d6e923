"""Business hours in words: a day, a week, and what comes in the next two weeks."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo

from babel import dates
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from madoguchi import record, sla
from madoguchi.doors.agent import when
from madoguchi.models import HolidayList, Hours
from madoguchi.organisation.week import ALL_DAY, ROUND_THE_CLOCK, Week

AHEAD = 14
NO_DAYS: dict[date, str] = {}


@dataclass(frozen=True, slots=True)
class Coming:
    """A day of the next two weeks: its hours in words, and the holiday it is (None = none, '' = one without a name)."""

    day: date
    is_open: bool
    times: str
    holiday: str | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """How the hours stand now and in the coming days, in their own time zone. `until`: when that changes, None = not soon."""

    is_open: bool
    until: datetime | None
    days: list[Coming] = field(default_factory=list)


@cache
def day_names(language: str) -> list[str]:
    names = dates.get_day_names("wide", locale=language[:2])
    return [str(names[n]) for n in range(7)]


def weekdays() -> list[str]:
    """From Monday, in full."""
    return day_names(get_language() or "en")


def short_weekdays() -> list[str]:
    return when.weekdays(when.locale())


def clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def times(spans: list[list[int]]) -> str:
    """9:00–12:00, 13:00–18:00; the whole day; closed."""
    if spans == ALL_DAY:
        return pgettext("hours", "All day")
    return _(", ").join(f"{clock(start)}–{clock(end)}" for start, end in spans) or pgettext("hours", "Closed")


def summary(week: Week) -> list[str]:
    """The week in as few words as it needs: Mon–Fri 9:00–18:00."""
    if week == ROUND_THE_CLOCK:
        return [_("Round the clock")]
    names = short_weekdays()
    found = []
    for spans, days in groupby(range(7), key=lambda n: week[n]):
        those = list(days)
        if spans:
            first, last = names[those[0]], names[those[-1]]
            days_told = (
                first if len(those) == 1 else pgettext("days", "%(first)s–%(last)s") % {"first": first, "last": last}
            )
            found.append(f"{days_told} {times(spans)}")
    return found


def free_days(listed: HolidayList | None, year: int) -> dict[date, str]:
    """The holidays of a year by name; the national ones in the reader's language."""
    if listed is None or not listed.is_active:
        return NO_DAYS
    found = sla.holidays_of(listed, year)
    if not listed.has_japanese or when.locale() == "ja":
        return found
    japanese, english = sla.japanese_holidays(year), national_holidays_in_english(year)
    return {day: english.get(day, name) if name == japanese.get(day) else name for day, name in found.items()}


@cache
def national_holidays_in_english(year: int) -> dict[date, str]:
    import holidays

    return dict(holidays.country_holidays("JP", years=year, language="en_US"))


def outlook(hours: Hours) -> Outlook:
    """From today, as the clock on the wall there shows it."""
    now, there = record.now(), ZoneInfo(hours.time_zone)
    first = now.astimezone(there).date()
    last = first + timedelta(days=AHEAD - 1)
    working = sla.business_time_of(hours)
    free = {day: name for year in {first.year, last.year} for day, name in free_days(hours.holidays, year).items()}
    days = []
    for n in range(AHEAD):
        day = first + timedelta(days=n)
        holiday = free.get(day)
        spans = [] if holiday is not None else hours.week[day.weekday()]
        days.append(Coming(day, bool(spans), times(spans), holiday))
    is_open = working.is_open(now)
    return Outlook(is_open, _change(working.spans(first, first + timedelta(days=366)), now, is_open, there), days)


def _change(spans: list[tuple[datetime, datetime]], now: datetime, is_open: bool, there: ZoneInfo) -> datetime | None:
    """When it closes, or opens next; None where that is more than a year away."""
    moments = [start for start, _end in spans if start > now]
    if is_open:
        moments = [end for start, end in spans if start <= now < end < now + timedelta(days=365)]
    return min(moments).replace(tzinfo=UTC).astimezone(there) if moments else None
