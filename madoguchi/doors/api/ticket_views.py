"""Views on the wire: standard ones have small ids, custom ones theirs after them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from madoguchi.doors.api import finders
from madoguchi.doors.api.call import Call, me
from madoguchi.errors import Hidden
from madoguchi.lists import beside, criteria, views
from madoguchi.lists.meanings import Reader
from madoguchi.models import Agent, CustomField, CustomView, Department

FIRST_CUSTOM = 1000
WIRE_NAMES = {
    "open": "Open Tickets",
    "mine": "My Open Tickets",
    "unassigned": "Unassigned Open Tickets",
    "overdue": "Overdue Tickets",
    "on_hold": "On Hold Tickets",
    "closed": "Closed Tickets",
    "all": "All Tickets",
    "answered": "Answered By Me Today",
    "spam": "Spam Tickets",
    "shared": "Shared Tickets",
    "shared_open": "Shared Open Tickets",
}
LABELS = {"shared_open": gettext_lazy("Open shared tickets")}
STANDARD = {key: n for n, key in enumerate(WIRE_NAMES, 1)}  # clients keep these ids: new ones go to the end


@dataclass(frozen=True, slots=True)
class Seen:
    """A view as one agent sees it; `department_id` of a custom one that is not for all."""

    view: views.View
    fields: criteria.Fields
    department_id: int | None = None


def id_of(view: views.View) -> int:
    return FIRST_CUSTOM + view.pk if view.pk is not None else STANDARD[view.key]


def find(view_id: int, request: Call, department_ids: Collection[int] = ()) -> Seen:
    """The view of an id, or Hidden."""
    for key, standard_id in STANDARD.items():
        if standard_id == view_id:
            return Seen(views.VIEWS[key], criteria.FIELDS)
    row = CustomView.objects.filter(pk=view_id - FIRST_CUSTOM).first() if view_id > FIRST_CUSTOM else None
    if row is None:
        raise Hidden
    if row.department_id is not None:
        finders.department(row.department_id, request.actor)
    fields = criteria.fields_with(CustomField.objects.filter(department=row.department_id, is_active=True))
    agent = me(request)
    if row.audience == CustomView.Audience.PRIVATE and row.owner_id != agent.pk:
        raise Hidden
    return Seen(beside.custom(values(row), fields, agent.pk), fields, row.department_id)


def values(row: CustomView) -> dict[str, Any]:
    names = ("id", "name", "audience", "criteria", "columns", "sort")
    return {**{name: getattr(row, name) for name in names}, "owner": row.owner_id}


def q_of(seen: Seen, agent: Agent) -> Q:
    """What the view narrows its department to, where it is of one."""
    reader = Reader.of(agent)
    found = seen.view.special(reader) if seen.view.special else criteria.compiled(seen.view.tree, seen.fields, reader)
    return found if seen.department_id is None else found & Q(department_id=seen.department_id)


def seen_in(department: Department | None, agent: Agent) -> list[views.View]:
    """Every view an agent has in a department."""
    if department is None:
        return [views.VIEWS[key] for key in STANDARD]
    return [*(views.VIEWS[key] for key in STANDARD), *beside.read(department.pk, agent.pk).views.values()]
