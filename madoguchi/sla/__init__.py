"""Floor 3: business time, targets and due times (docs/sla.md)."""

from madoguchi.sla.hours import (
    Target,
    business_time,
    business_time_of,
    forget,
    holidays_of,
    japanese_holidays,
    target,
)
from madoguchi.sla.recounting import recounts, start_recount

__all__ = [
    "Target",
    "business_time",
    "business_time_of",
    "forget",
    "holidays_of",
    "japanese_holidays",
    "recounts",
    "start_recount",
    "target",
]
