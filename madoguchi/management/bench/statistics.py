"""What many times add up to."""

from collections.abc import Sequence
from dataclasses import dataclass


def mark(good: bool) -> str:
    return "✓" if good else "✕"


def percentile(times: Sequence[float], share: float) -> float:
    """The time that `share` (0–1) of them do not exceed: nearest rank. 0 of none."""
    if not times:
        return 0.0
    ranked = sorted(times)
    rank = -int(-share * len(ranked) // 1)
    return ranked[min(len(ranked), max(1, rank)) - 1]


@dataclass(frozen=True)
class Summary:
    """Milliseconds; `per_s` over all connections. `sent` counts the warm-up too."""

    sent: int
    requests: int
    per_s: float
    p50: float
    p95: float
    worst: float


def summary(times_s: Sequence[float], took_s: float, sent: int) -> Summary:
    ms = [t * 1000 for t in times_s]
    per_s = len(ms) / took_s if took_s > 0 else 0.0
    return Summary(
        sent, len(ms), round(per_s, 1), round(percentile(ms, 0.5), 2), round(percentile(ms, 0.95), 2), round(max(ms, default=0.0), 2)
    )  # fmt: skip
