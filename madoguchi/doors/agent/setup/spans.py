"""A span as one types it: a number and a unit. A day is a day of work where business hours count, else one of 24 hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from madoguchi.errors import Refused

MINUTE, HOUR, DAY = "minutes", "hours", "days"
DAY_S = 86400


@dataclass(slots=True)
class TypedSpan:
    """What stands in the two controls; `error` is what was wrong with it."""

    number: str = ""
    unit: str = HOUR
    error: str = ""


def typed(posted: Mapping[str, str], name: str) -> TypedSpan:
    return TypedSpan(posted.get(f"{name}-n", "").strip()[:20], posted.get(f"{name}-unit", HOUR))


def shown(seconds: int | None, day_s: int) -> TypedSpan:
    """In the largest unit that needs no more than a half."""
    if seconds is None:
        return TypedSpan()
    for unit, size in ((DAY, day_s), (HOUR, 3600), (MINUTE, 60)):
        if seconds >= size and seconds * 2 % size == 0:
            return TypedSpan(number_of(Decimal(seconds) / size), unit)
    return TypedSpan(number_of(Decimal(seconds) / 60), MINUTE)


def seconds_of(span: TypedSpan, day_s: int, field: str) -> int | None:
    """None where nothing was typed. Refused: NOT_A_NUMBER."""
    if not span.number:
        return None
    size = {MINUTE: 60, HOUR: 3600, DAY: day_s}.get(span.unit)
    try:
        number = Decimal(span.number.replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if size is None or not number.is_finite() or abs(number) > 10**7:
        raise Refused("NOT_A_NUMBER", _("This is not a number."), field)
    return round(number * size)


def number_of(value: Decimal) -> str:
    """Without zeros at its end."""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")
