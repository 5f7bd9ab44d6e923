"""The week as a form: for each day how it is, and up to as many times as it has, all there without script."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.errors import Refused
from madoguchi.organisation.week import ALL_DAY, MIDNIGHT, Week, minute_of

CLOSED, ONE, SEVERAL, WHOLE = "closed", "one", "several", "whole"
PAIRS = 2
USUAL = ("09:00", "18:00")
Pair = tuple[str, str]


@dataclass(slots=True)
class TypedDay:
    """A day as it stands in the form."""

    n: int
    kind: str
    pairs: list[Pair]
    error: str = ""


def shown(week: Week) -> list[TypedDay]:
    """The form of a week that is kept."""
    return [TypedDay(n, kind_of(spans), padded([pair(*span) for span in spans], spans)) for n, spans in enumerate(week)]


def typed(posted: Mapping[str, str]) -> list[TypedDay]:
    """The form as it was sent."""
    days = []
    for n in range(7):
        kind = posted.get(f"day-{n}", CLOSED)
        pairs: list[Pair] = []
        while f"start-{n}-{len(pairs)}" in posted and len(pairs) < 20:
            k = len(pairs)
            pairs.append((posted[f"start-{n}-{k}"].strip()[:8], posted.get(f"end-{n}-{k}", "").strip()[:8]))
        days.append(TypedDay(n, kind if kind in (CLOSED, ONE, SEVERAL, WHOLE) else CLOSED, pairs or [USUAL, ("", "")]))
    return days


def week_of(days: list[TypedDay]) -> Week:
    """What is to be kept. Refused: NOT_A_TIME, by the day."""
    return [spans_of(day) for day in days]


def spans_of(day: TypedDay) -> list[list[int]]:
    if day.kind == CLOSED:
        return []
    if day.kind == WHOLE:
        return [list(span) for span in ALL_DAY]
    pairs = day.pairs[:1] if day.kind == ONE else [each for each in day.pairs if any(each)]
    if not pairs:
        raise Refused("NOT_A_TIME", _("Give the times, or choose “Closed”."), f"week.{day.n}")
    found = []
    for start, end in pairs:
        opens, closes = minute_of(start), minute_of(end)
        if opens is None or closes is None:
            raise Refused("NOT_A_TIME", _("Give a start and an end, such as 9:00 and 18:00."), f"week.{day.n}")
        found.append([opens, closes or MIDNIGHT])
    return found


def kind_of(spans: list[list[int]]) -> str:
    return WHOLE if spans == ALL_DAY else (CLOSED, ONE)[len(spans)] if len(spans) < 2 else SEVERAL


def pair(start: int, end: int) -> Pair:
    end %= MIDNIGHT
    return f"{start // 60:02}:{start % 60:02}", f"{end // 60:02}:{end % 60:02}"


def padded(pairs: list[Pair], spans: list[list[int]]) -> list[Pair]:
    """With the usual hours where the day has none to begin with, and room for one more where it has several."""
    if spans == ALL_DAY or not pairs:
        return [USUAL, ("", "")]
    return pairs + [("", "")] * max(PAIRS - len(pairs), 1 if len(pairs) >= PAIRS else 0)
