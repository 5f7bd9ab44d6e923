"""Times and sizes in the reader's language and time zone (SPEC G4). What is active decides: see `desk.Desk`."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

from babel import dates
from django.utils import timezone
from markupsafe import Markup, escape

from madoguchi.doors.agent.reader import plain as _
from madoguchi.doors.agent.reader import reader
from madoguchi.kit.names import human_size

MINUTE, HOUR, DAY = 60, 3600, 86400
Lateness = Literal["", "soon", "over"]


def locale() -> str:
    return "ja" if reader().language.startswith("ja") else "en"


def local(value: datetime) -> datetime:
    return value.astimezone(reader().zone)


def today() -> date:
    return datetime.now(reader().zone).date()


def moment(value: datetime) -> str:
    """Date and time in full: 2026年11月20日 16:42 / Nov 20, 2026, 16:42."""
    there = local(value)
    if locale() == "ja":
        return f"{there.year}年{there.month}月{there.day}日 {there.hour:02}:{there.minute:02}"
    return f"{month(there)} {there.day}, {there.year}, {there.hour:02}:{there.minute:02}"


def clock(value: datetime) -> str:
    there = local(value)
    return f"{there.hour:02}:{there.minute:02}"


def day(value: datetime | date) -> str:
    """Today, yesterday, or the date with its weekday; the year only where it is another one."""
    there = local(value).date() if isinstance(value, datetime) else value
    if there == today():
        return _("Today")
    if there == today() - timedelta(days=1):
        return _("Yesterday")
    return date_of(there)


def date_of(value: date) -> str:
    year = value.year != today().year
    if locale() == "ja":
        return f"{f'{value.year}年' if year else ''}{value.month}月{value.day}日（{weekday(value)}）"
    return f"{weekday(value)}, {month(value)} {value.day}{f', {value.year}' if year else ''}"


def written_day(text: str) -> str:
    """A date as custom fields keep it (ISO), in words; anything else as it is."""
    try:
        return date_of(date.fromisoformat(text))
    except ValueError:
        return text


def day_and_clock(value: datetime) -> str:
    """For a due date: 今日 18:00, 11月20日（金） 18:00."""
    return f"{day(value)} {clock(value)}"


def ago(value: datetime) -> str:
    """How long ago, the way lists say it: 3分前, 2時間前, 昨日, 11/19, 2024/11/19."""
    past_s = (timezone.now() - value).total_seconds()
    if past_s < MINUTE:
        return _("just now")
    if past_s < HOUR:
        return _("%(n)s min ago") % {"n": int(past_s // MINUTE)}
    there, now = local(value), today()
    if past_s < DAY and there.date() == now:
        return _("%(n)s h ago") % {"n": int(past_s // HOUR)}
    if there.date() == now - timedelta(days=1):
        return _("yesterday")
    if there.year == now.year:
        return f"{there.month}/{there.day}" if locale() == "ja" else f"{month(there)} {there.day}"
    return f"{there:%Y/%m/%d}" if locale() == "ja" else f"{month(there)} {there.day}, {there.year}"


def duration(seconds: float) -> str:
    """A span in its largest unit: 52分, 3時間, 2日."""
    seconds = max(0, int(seconds))
    if seconds < HOUR:
        return _("%(n)s min") % {"n": max(1, seconds // MINUTE)}
    if seconds < 2 * DAY:
        return _("%(n)s h") % {"n": seconds // HOUR}
    return _("%(n)s days") % {"n": seconds // DAY}


def due(value: datetime) -> str:
    """残り 52分 / 12分 超過."""
    left_s = (value - timezone.now()).total_seconds()
    span = duration(abs(left_s))
    return _("%(span)s left") % {"span": span} if left_s > 0 else _("%(span)s over") % {"span": span}


def lateness(value: datetime) -> Lateness:
    """'over' past the due time, 'soon' within two hours of it."""
    left_s = (value - timezone.now()).total_seconds()
    return "over" if left_s <= 0 else "soon" if left_s < 2 * HOUR else ""


def for_input(value: datetime | None) -> str:
    """For <input type="datetime-local">, in the reader's zone."""
    return "" if value is None else f"{local(value):%Y-%m-%dT%H:%M}"


def from_input(text: str) -> datetime | None:
    """What such an input sends, as an instant; None where empty. Raises ValueError."""
    if not text.strip():
        return None
    found = datetime.fromisoformat(text.strip())
    return found if found.tzinfo else found.replace(tzinfo=timezone.get_current_timezone())


def number(value: int) -> str:
    return f"{value:,}"  # Japanese and English alike


def capped(value: int, cap: int = 1000) -> str:
    """A figure that was counted to `cap` + 1 only: 1000+."""
    return f"{cap}+" if value > cap else str(value)


def size(value: int) -> str:
    return human_size(value)


def element(value: datetime | None, words: str) -> Markup:
    """<time> with the instant for machines and the full time for the pointer."""
    if value is None:
        return Markup("")
    return Markup(f'<time datetime="{value.isoformat()}" title="{escape(moment(value))}">{escape(words)}</time>')


def month(value: date) -> str:
    return str(dates.get_month_names("abbreviated", locale="en")[value.month])


def weekday(value: date) -> str:
    return weekdays(locale())[value.weekday()]


@cache
def weekdays(language: str) -> list[str]:
    names = dates.get_day_names("abbreviated", locale=language)
    return [str(names[n]) for n in range(7)]
