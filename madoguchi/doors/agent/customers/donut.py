"""The slices of a ring of 100 units, with a gap between neighbours (components/donut.html)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from madoguchi.models.ticket import Channel

GAP, LEAST = 0.7, 0.6
TOP = 25  # the ring begins at twelve o'clock


@dataclass(frozen=True, slots=True)
class Slice:
    """`hue` is the channel's own colour, whatever else there is. `share` in per cent."""

    key: str
    name: str
    hue: int
    n: int
    share: int
    dash: str
    offset: str


def slices(by_channel: Mapping[str, int]) -> Sequence[Slice]:
    """One for each channel that has any, in the channels' order."""
    there = [(hue, key, n) for hue, (key, n) in enumerate(by_channel.items(), 1) if n > 0]
    total = sum(n for _hue, _key, n in there)
    gap = GAP if len(there) > 1 else 0
    found, begins = [], 0.0
    for hue, key, n in there:
        size = 100 * n / total
        drawn = max(size - gap, LEAST)
        name = str(Channel(key).label)
        dash = f"{drawn:.2f} {100 - drawn:.2f}"
        found.append(Slice(key, name, hue, n, per_cent(n, total), dash, f"{TOP - begins:.2f}"))
        begins += size
    return found


def per_cent(n: int, total: int) -> int:
    """Rounded; 0 and 100 only where it is none or all. 0 of nothing."""
    if not total or not n:
        return 0
    return 100 if n == total else min(99, max(1, round(100 * n / total)))
