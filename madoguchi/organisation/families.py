"""Parent and child tickets of a department: on or off, and its three rules of closing (SPEC F1, F2)."""

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require, require_department
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Department
from madoguchi.organisation import rows
from madoguchi.prepared import fetch

RULES = ("closes_children", "waits_for_children", "closes_parent")
COUNTS = """
SELECT p.department_id, count(DISTINCT p.id), count(*)
FROM madoguchi_ticket c JOIN madoguchi_ticket p ON p.id = c.parent_id
WHERE c.parent_id IS NOT NULL AND c.trashed_at IS NULL AND NOT c.is_spam AND p.trashed_at IS NULL AND NOT p.is_spam
GROUP BY 1
"""


@transaction.atomic
def enable_families(department: Department, *, by: Actor) -> Department:
    """Let tickets of the department be parents and children. Relations made before have effect again."""
    return _set(department, by=by, has_families=True)


@transaction.atomic
def disable_families(department: Department, *, by: Actor) -> Department:
    """Switch it off. Relations are kept, unseen and without effect; so are the rules."""
    return _set(department, by=by, has_families=False)


@transaction.atomic
def set_family_rules(
    department: Department, *, closes_children: bool, waits_for_children: bool, closes_parent: bool, by: Actor
) -> Department:
    """(a), (b), (c). Refused: FAMILY_RULES where both (a) and (b) would be on."""
    if closes_children and waits_for_children:
        text = _(
            "Of the first two rules only one can be on: closing all children with the parent, or waiting for them."
        )
        raise Refused("FAMILY_RULES", text, "waits_for_children")
    return _set(
        department,
        by=by,
        closes_children=closes_children,
        waits_for_children=waits_for_children,
        closes_parent=closes_parent,
    )


def counts() -> dict[int, tuple[int, int]]:
    """Department of the parents → (how many parents, how many children)."""
    return {pk: (parents, children) for pk, parents, children in fetch(COUNTS)}


def _set(department: Department, *, by: Actor, **changes: bool) -> Department:
    require(by, "supervise")
    require_department(by, department.pk)
    row: Department = rows.locked(department)
    difference = rows.fill(row, changes, changes.keys())
    if difference[1]:
        row.save(update_fields=list(difference[1]))
        rows.write_down("department", row, difference, by=by, department=row)
    return row
