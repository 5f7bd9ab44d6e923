"""How long something took, in words: 1時間 12分, 1 h 12 min. By the clock in days from one on; business hours stay hours,
because a business day has no fixed length."""

from collections.abc import Sequence

from django.utils.translation import pgettext

MINUTE, HOUR, DAY = 60, 3600, 86400
LONG_H, LONG_D = 100, 100

Parts = Sequence[tuple[int, str]]


def parts(seconds: float, *, in_days: bool = True) -> Parts:
    """(number, unit), at most two, the larger first; what is nil is left out, and what no longer matters beside the larger."""
    whole = round(seconds)
    if whole < MINUTE:
        return [(max(whole, 0), pgettext("span", "s"))]
    minutes = (whole + MINUTE // 2) // MINUTE
    hours = minutes // 60
    if not in_days or hours < 24:
        left = minutes % 60 if hours < LONG_H else 0
        return _two(hours, pgettext("span", "h"), left, pgettext("span", "min"))
    hours = (whole + HOUR // 2) // HOUR
    left = hours % 24 if hours // 24 < LONG_D else 0
    return _two(hours // 24, pgettext("span", "d"), left, pgettext("span", "h"))


def _two(large: int, large_unit: str, small: int, small_unit: str) -> Parts:
    return [part for part in [(large, large_unit), (small, small_unit)] if part[0]]


def span(seconds: float | None, *, in_days: bool = True) -> str:
    """In a line; – where there is nothing to tell."""
    if seconds is None:
        return "–"
    join = pgettext("span", "%(n)s %(unit)s")
    return " ".join(join % {"n": f"{n:,}", "unit": unit} for n, unit in parts(seconds, in_days=in_days))
