"""What a department promises: when it works, by when it answers and resolves, and whether it asks how it was (SPEC D5, I5).

For administrators, and supervisors of the department. What is changed holds for what happens from then on: due times set
already and times counted already stay (counting those anew is `sla`'s).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require, require_department
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Department, Hours, Target
from madoguchi.models.ticket import Priority
from madoguchi.organisation import rows

# The most urgent first; '' = tickets without a priority.
PRIORITIES = ("Urgent", "High", "Medium", "Low", "")
LONGEST_S = 366 * 86400


@dataclass(frozen=True, slots=True)
class Aim:
    """Seconds until the first response and the resolution, None = no target; in business hours, or by the clock."""

    response_s: int | None = None
    resolution_s: int | None = None
    by_clock: bool = False


@transaction.atomic
def assign_hours(department: Department, hours: Hours | None, *, by: Actor) -> Department:
    """Let the department work these hours, None = round the clock. Refused: GONE, OFF."""
    allow(department, by)
    if hours is not None:
        hours = usable(hours, department)
    row = rows.locked(department)
    difference = rows.fill(row, {"hours": hours}, {"hours"})
    if difference[1]:
        row.save(update_fields=["hours"])
        rows.write_down("department", row, difference, by=by, department=row)
    return row


@transaction.atomic
def set_targets(department: Department, aims: Mapping[str, Aim], *, by: Actor) -> list[Target]:
    """Make these the targets, by priority ('' = none); a priority left out or without any time has none.

    Tickets that are there keep their due times. Refused, by field such as `Urgent.response_s`: NO_PRIORITY, OUT_OF_RANGE
    (a second to 366 days), RESOLVED_BEFORE_ANSWERED.
    """
    allow(department, by)
    wanted = {priority: aim for priority, aim in aims.items() if _checked(priority, aim)}
    row = rows.locked(department)
    there = {target.priority: target for target in row.targets.all()}
    before = {priority: told(target) for priority, target in there.items()}
    for priority, aim in wanted.items():
        target = there.get(priority) or Target(department=row, priority=priority)
        target.response_s, target.resolution_s, target.by_clock = aim.response_s, aim.resolution_s, aim.by_clock
        target.save()
    Target.objects.filter(department=row).exclude(priority__in=wanted).delete()
    after = {priority: told(aim) for priority, aim in wanted.items()}
    if before != after:
        rows.write_down("targets", row, ({"targets": before}, {"targets": after}), by=by, department=row)
    return targets_of(row)


@transaction.atomic
def ask_for_ratings(department: Department, on: bool, *, by: Actor) -> Department:
    """Let replies of the department ask the customer how the answer was, or no longer. Links sent already stay good."""
    allow(department, by)
    row = rows.locked(department)
    difference = rows.fill(row, {"asks_for_ratings": on}, {"asks_for_ratings"})
    if difference[1]:
        row.save(update_fields=["asks_for_ratings"])
        rows.write_down("department", row, difference, by=by, department=row)
    return row


def targets_of(department: Department) -> list[Target]:
    """The targets, the most urgent first."""
    return sorted(department.targets.all(), key=lambda target: PRIORITIES.index(target.priority))


def allow(department: Department, by: Actor) -> None:
    require(by, "supervise")
    require_department(by, department.pk)


def usable(hours: Hours, department: Department) -> Hours:
    """The hours, locked, so that they cannot be deleted meanwhile."""
    found = Hours.objects.select_for_update().filter(pk=hours.pk).first()
    if found is None:
        raise Refused("GONE", _("This choice does not exist (any more)."), "hours")
    if not found.is_active and department.hours_id != found.pk:
        raise Refused("OFF", _("These hours are no longer in use."), "hours")
    return found


def told(aim: Aim | Target) -> dict[str, Any]:
    return {"response_s": aim.response_s, "resolution_s": aim.resolution_s, "by_clock": aim.by_clock}


def _checked(priority: str, aim: Aim) -> bool:
    """Whether there is anything to keep."""
    if priority and priority not in Priority.values:
        raise Refused("NO_PRIORITY", _("There is no such priority."), priority)
    for name in ("response_s", "resolution_s"):
        value = getattr(aim, name)
        if value is not None and not 0 < value <= LONGEST_S:
            raise Refused("OUT_OF_RANGE", _("More than nothing, and at most 366 days."), f"{priority}.{name}")
    if aim.response_s and aim.resolution_s and aim.resolution_s < aim.response_s:
        text = _("A ticket cannot be resolved before it is answered: give the resolution at least as long.")
        raise Refused("RESOLVED_BEFORE_ANSWERED", text, f"{priority}.resolution_s")
    return aim.response_s is not None or aim.resolution_s is not None
