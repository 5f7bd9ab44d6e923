"""The week of business hours: seven lists of [start, end] in minutes of the local day, from Monday (SPEC D5)."""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from madoguchi.errors import Refused

Week = list[list[list[int]]]
MIDNIGHT = 24 * 60
MOST_A_DAY = 10
ALL_DAY = [[0, MIDNIGHT]]
ROUND_THE_CLOCK: Week = [ALL_DAY] * 7
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?", re.ASCII)


def checked(week: Any) -> Week:
    """The week with each day in order, times that touch made one.

    Refused, by `week` or the day (`week.0` = Monday): NOT_A_WEEK, NOT_A_TIME, BACKWARDS, OVERLAPPING, TOO_MANY, NEVER_OPEN.
    """
    if not isinstance(week, Sequence) or isinstance(week, str) or len(week) != 7:
        raise Refused("NOT_A_WEEK", _("A week has seven days."), "week")
    found = [_day(day, f"week.{n}") for n, day in enumerate(week)]
    if not any(found):
        raise Refused("NEVER_OPEN", _("Open on one day of the week at least."), "week")
    return found


def _day(spans: Any, field: str) -> list[list[int]]:
    if not isinstance(spans, Sequence) or isinstance(spans, str):
        raise Refused("NOT_A_TIME", _("This is not a time of the day."), field)
    if len(spans) > MOST_A_DAY:
        raise Refused("TOO_MANY", _("At most %(n)s times a day.") % {"n": MOST_A_DAY}, field)
    found: list[list[int]] = []
    for start, end in sorted(_span(span, field) for span in spans):
        if found and start < found[-1][1]:
            raise Refused("OVERLAPPING", _("The times of a day must not overlap."), field)
        if found and start == found[-1][1]:
            found[-1][1] = end
        else:
            found.append([start, end])
    return found


def _span(span: Any, field: str) -> tuple[int, int]:
    if not (isinstance(span, list | tuple) and len(span) == 2 and all(type(each) is int for each in span)):
        raise Refused("NOT_A_TIME", _("This is not a time of the day."), field)
    start, end = span
    if not (0 <= start <= MIDNIGHT and 0 <= end <= MIDNIGHT):
        raise Refused("NOT_A_TIME", _("This is not a time of the day."), field)
    if end <= start:
        text = _("The end must be after the start. For hours across midnight, end at 00:00 and go on the next day.")
        raise Refused("BACKWARDS", text, field)
    return start, end


def minute_of(text: str) -> int | None:
    """9:00, 09:00, 24:00 as minutes of the day; None where it is no time of a day."""
    match = TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes = int(match[1]), int(match[2])
    return hours * 60 + minutes if minutes < 60 and hours * 60 + minutes <= MIDNIGHT else None


def length_of_a_day(week: Week) -> int:
    """Seconds of one business day: what most open days of the week have, of several such the longest."""
    lengths = [sum(end - start for start, end in day) * 60 for day in week if day]
    return max(set(lengths), key=lambda length: (lengths.count(length), length), default=MIDNIGHT * 60)
