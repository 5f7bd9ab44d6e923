"""Rules for tests, and the worker's part: running what was queued."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from madoguchi.models import Department, Rule, RuleRun, Ticket
from madoguchi.reactions.automation import rules, running
from tests.cast import Cast

TAKE = """
DELETE FROM procrastinate_jobs WHERE id = (
  SELECT id FROM procrastinate_jobs WHERE task_name = 'run_rules' ORDER BY id LIMIT 1
) RETURNING (args ->> 'event_id')::bigint
"""


def when(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    """Criteria of one condition."""
    return {"groups": [{"conditions": [{"field": field, "operator": operator, "value": value}]}]}


def rule(
    cast: Cast,
    name: str,
    on: str | Sequence[str],
    *actions: dict[str, Any],
    department: Department | None = None,
    **more: Any,
) -> Rule:
    events = [on] if isinstance(on, str) else list(on)
    changes = {"name": name, "when": events, "actions": list(actions), **more}
    return rules.add_rule(department or cast.support, changes, by=cast.admin)


def take_job() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(TAKE)
        row = cursor.fetchone()
    return row[0] if row else None


def settle(most: int = 2000) -> int:
    """Run the queued jobs of rules and those they queue, until none waits. Returns how many."""
    for n in range(most):
        event = take_job()
        if event is None:
            return n
        running.run(event)
    raise AssertionError("rules do not come to an end")


def outcomes() -> list[tuple[str, str]]:
    """(rule, outcome) of all runs, in order."""
    return list(RuleRun.objects.order_by("id").values_list("rule__name", "outcome"))


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)
