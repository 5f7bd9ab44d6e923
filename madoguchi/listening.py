"""Which events a rule of automation listens to: kept for a second in each process, so that writing pays nothing for it."""

import time

from django.conf import settings

from madoguchi.prepared import fetch

KEPT_S = float("inf") if settings.TESTING else 1.0  # tests forget at their start, and whenever a rule changes
READ = """
SELECT DISTINCT r.department_id, heard.verb
FROM madoguchi_rule r JOIN madoguchi_department d ON d.id = r.department_id AND d.is_enabled
  CROSS JOIN LATERAL jsonb_array_elements_text(r."when") AS heard(verb) WHERE r.is_on
"""
_kept: tuple[float, frozenset[tuple[int, str]]] | None = None


def is_heard(department_id: int, verb: str) -> bool:
    """Whether a rule of the department that is on runs on this event."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > KEPT_S:
        _kept = (time.monotonic(), frozenset(fetch(READ)))
    return (department_id, verb) in _kept[1]


def forget() -> None:
    """After a rule was changed in this process."""
    global _kept
    _kept = None
