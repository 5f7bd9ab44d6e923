"""Twelve months as bars: tickets, and the mean time to the first response."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import pgettext

from madoguchi.doors.agent import when
from madoguchi.doors.agent.customers.asked import CLOCK
from madoguchi.doors.agent.customers.spans import DAY, HOUR, MINUTE, span
from madoguchi.insight.trend import Month

FULL = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """A month: `label` under its bars, `name` in full; heights of FULL; `response_short` where there is little room."""

    label: str
    name: str
    tickets: int
    height: int
    response: str
    response_short: str
    response_height: int


def bars(months: Sequence[Month], hours: str) -> Sequence[Bar]:
    waits = [m.first_response_s if hours == CLOCK else m.first_response_business_s for m in months]
    most, longest = max(m.tickets for m in months), max(wait or 0 for wait in waits)
    return [
        Bar(
            label=label(m.month),
            name=month_of(m.month),
            tickets=m.tickets,
            height=_height(m.tickets, most),
            response=span(wait, in_days=hours == CLOCK),
            response_short="" if wait is None else short(wait, in_days=hours == CLOCK),
            response_height=_height(wait or 0, longest),
        )
        for m, wait in zip(months, waits, strict=True)
    ]


def _height(value: float, most: float) -> int:
    """What there is can be seen."""
    return max(2, round(FULL * value / most)) if value and most else 0


def label(month: date) -> str:
    return f"{month.month}月" if when.locale() == "ja" else when.month(month)


def month_of(month: date) -> str:
    """2026年11月, Nov 2026."""
    return f"{month.year}年{month.month}月" if when.locale() == "ja" else f"{when.month(month)} {month.year}"


def short(seconds: float, *, in_days: bool) -> str:
    """In one unit: 38分, 1.2時間."""
    units: list[tuple[int, Any]] = [(HOUR, pgettext("span", "h")), (MINUTE, pgettext("span", "min"))]
    if in_days:
        units.insert(0, (DAY, pgettext("span", "d")))
    size, unit = next(((size, unit) for size, unit in units if seconds >= size), (1, pgettext("span", "s")))
    value = seconds / size
    number = f"{value:.1f}" if size > MINUTE and value < 10 and round(value, 1) % 1 else f"{round(value)}"
    return pgettext("span", "%(n)s %(unit)s") % {"n": number, "unit": unit}
