"""Holidays as one pastes them, a day a line: `2026-12-29 年末休業`, `2026/12/29,…`, `2026年12月29日 …`, or `12/29 …` for every year."""

import re
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from madoguchi.errors import Refused
from madoguchi.kit.characters import one_line

ANY_YEAR = 2000  # a leap year, so that 29 February can be a yearly holiday
YEARS = range(2000, 2101)
MOST_NAMED = 20
LINE = re.compile(
    r"(?:(?P<year>\d{4})\s*[-/.年]\s*)?(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?(?P<rest>.*)", re.ASCII
)
WIDE = str.maketrans("０１２３４５６７８９／－．，　", "0123456789/-., ")


class Day(NamedTuple):
    """A holiday. Of a yearly one the year says nothing."""

    day: date
    name: str = ""
    is_yearly: bool = False


class Faulty(Refused):
    """Lines that are no day: (number of the line, what stands there, what is wrong)."""

    def __init__(self, faults: list[tuple[int, str, str]]) -> None:
        self.faults = faults
        told = [_("Line %(n)s “%(text)s”: %(why)s") % {"n": n, "text": t, "why": why} for n, t, why in faults]
        if len(told) > MOST_NAMED:
            told[MOST_NAMED:] = [_("… and %(n)s more.") % {"n": len(told) - MOST_NAMED}]
        super().__init__("FAULTY_LINES", "\n".join(told), "text")


def read(text: str) -> list[Day]:
    """The days of the lines; empty lines are passed over. Refused: FAULTY_LINES, EMPTY."""
    found: dict[tuple[date, bool], int] = {}
    days, faults = [], []
    for n, line in enumerate(text.replace("\x00", "").splitlines(), 1):
        if not line.strip():
            continue
        day, why = _day(line)
        if day is not None:
            first = found.setdefault((day.day, day.is_yearly), n)
            why = "" if first == n else _("the same day stands in line %(n)s") % {"n": first}
        if why or day is None:
            faults.append((n, one_line(line)[:60], why))
        else:
            days.append(day)
    if faults:
        raise Faulty(faults)
    if not days:
        raise Refused("EMPTY", _("This field is required."), "text")
    return days


def _day(line: str) -> tuple[Day | None, str]:
    """(the day, '') or (None, what is wrong)."""
    line = one_line(line)
    match = LINE.fullmatch(line.translate(WIDE))
    if match is None:
        return None, _("begin with the date, such as 2026-12-29")
    rest = line[match.start("rest") :]
    if rest and not (rest[0] in " ,;、:：\t(（" or not rest[0].isascii()):
        return None, _("begin with the date, such as 2026-12-29")
    year = int(match["year"] or ANY_YEAR)
    try:
        day = date(year, int(match["month"]), int(match["day"]))
    except ValueError:
        return None, _("there is no such day")
    if day.year not in YEARS:
        return None, _("a day from 2000 to 2100")
    name = rest.strip(" ,;、:：\t")
    if len(name) > 100:
        return None, _("the name has at most 100 characters")
    return Day(day, name, is_yearly=match["year"] is None), ""
