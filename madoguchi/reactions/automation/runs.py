"""The log of runs: kept for thirty days."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from madoguchi.models import RuleRun
from madoguchi.prepared import fetch
from madoguchi.record import now

KEPT = timedelta(days=30)
TOGETHER = 5000
FORGET = """
WITH gone AS (DELETE FROM madoguchi_rulerun WHERE id IN (
  SELECT id FROM (SELECT id, at FROM madoguchi_rulerun ORDER BY id LIMIT %s::bigint) old WHERE at < %s::timestamptz
) RETURNING id) SELECT count(*) FROM gone
"""
LATEST = """
SELECT r.id, l.at, l.outcome FROM madoguchi_rule r CROSS JOIN LATERAL
  (SELECT at, outcome FROM madoguchi_rulerun WHERE rule_id = r.id ORDER BY id DESC LIMIT 1) l
WHERE r.department_id = %s::bigint
"""
TROUBLES = """
SELECT rule_id, count(*) FROM (
  SELECT rule_id FROM madoguchi_rulerun WHERE department_id = %s::bigint AND outcome IN ('refused', 'limit')
  ORDER BY id DESC LIMIT 1000
) t GROUP BY rule_id
"""


@dataclass(frozen=True, slots=True)
class Latest:
    """A rule's last run, and how many of the department's latest thousand refused or stopped runs are its own."""

    at: datetime
    outcome: str
    label: str
    troubles: int


def latest(department_id: int) -> dict[int, Latest]:
    """By rule, where it ran in the last thirty days."""
    troubles = dict(fetch(TROUBLES, [department_id]))
    return {
        pk: Latest(at, outcome, str(RuleRun.Outcome(outcome).label), troubles.get(pk, 0))
        for pk, at, outcome in fetch(LATEST, [department_id])
    }


def logged(outcome: str = "") -> QuerySet[RuleRun]:
    """Runs with all a log shows of them."""
    found = RuleRun.objects.select_related("rule", "ticket", "event__agent", "event__by_contact")
    return found.filter(outcome=outcome) if outcome else found


def forget_old() -> int:
    """Delete what is older than thirty days. Returns how many."""
    done = 0
    while n := fetch(FORGET, [TOGETHER, (now() - KEPT).isoformat()])[0][0]:
        done += n
    return done
