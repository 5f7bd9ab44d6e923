"""What a list needs beside its rows, in one statement: custom views, who can take tickets, departments, fields."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from madoguchi import prepared
from madoguchi.errors import Refused
from madoguchi.kit.criteria import Tree
from madoguchi.lists import criteria
from madoguchi.lists.criteria import Field
from madoguchi.lists.views import VIEWS, View
from madoguchi.models import CustomField
from madoguchi.models.people import full_name

READ = """
SELECT json_build_object(
  'views', (SELECT json_agg(json_build_object('id', v.id, 'name', v.name, 'audience', v.audience, 'owner', v.owner_id,
      'criteria', v.criteria, 'columns', v.columns, 'sort', v.sort) ORDER BY v.name, v.id)
    FROM madoguchi_customview v WHERE v.audience = 'all' OR (v.department_id = %(department)s::bigint
      AND (v.audience = 'department' OR v.owner_id = %(agent)s::bigint))),
  'agents', (SELECT json_agg(json_build_array(a.id, a.last_name, a.first_name) ORDER BY a.id)
    FROM madoguchi_agent a JOIN madoguchi_role r ON r.id = a.role_id WHERE a.is_active AND r.base <> 'light'
      AND (r.base = 'administrator' OR EXISTS (SELECT 1 FROM madoguchi_membership m
        WHERE m.agent_id = a.id AND m.department_id = %(department)s::bigint))),
  'departments', (SELECT json_agg(json_build_array(d.id, d.name) ORDER BY d.id) FROM madoguchi_department d WHERE d.is_enabled),
  'fields', (SELECT json_agg(json_build_object('api_name', f.api_name, 'label', f.label, 'kind', f.kind, 'choices', f.choices)
      ORDER BY f.position, f.id)
    FROM madoguchi_customfield f WHERE f.department_id = %(department)s::bigint AND f.is_active)
)::text
"""


@dataclass(frozen=True, slots=True)
class Beside:
    """`customs` are the department's own fields; `agents` and `departments` are (id, name)."""

    views: dict[str, View]
    agents: list[tuple[int, str]]
    departments: list[tuple[int, str]]
    customs: list[CustomField]
    fields: dict[str, Field]

    def view(self, key: str) -> View:
        """The view of that key, the open tickets where there is none."""
        return self.find(key) or VIEWS["open"]

    def find(self, key: str) -> View | None:
        return VIEWS.get(key) or self.views.get(key)


def read(department_id: int, agent_id: int) -> Beside:
    """As one agent sees it in a department."""
    found = json.loads(prepared.fetch(READ, {"department": department_id, "agent": agent_id})[0][0])
    customs = [CustomField(department_id=department_id, **each) for each in found["fields"] or []]
    fields = criteria.fields_with(customs) if customs else criteria.FIELDS
    views = [custom(each, fields, agent_id) for each in found["views"] or []]
    return Beside(
        {view.key: view for view in views},
        [(pk, full_name(last, first)) for pk, last, first in found["agents"] or []],
        [(pk, name) for pk, name in found["departments"] or []],
        customs,
        fields,
    )


def custom(row: dict[str, Any], fields: criteria.Fields, agent_id: int) -> View:
    """A custom view as lists use it. Conditions on what is gone are met by no ticket."""
    try:
        tree = criteria.parse(row["criteria"], fields)
    except Refused:
        tree = GONE
    return View(
        f"c{row['id']}",
        row["name"],
        "filter",
        tree,
        _("No ticket meets the conditions of this view"),
        is_counted=False,
        has_closed=True,
        columns=tuple(row["columns"]),
        sort=row["sort"],
        pk=row["id"],
        is_mine=row["owner"] == agent_id,
        audience=row["audience"],
    )


GONE: Tree = criteria.parse(
    {"groups": [{"conditions": [{"field": "number", "operator": "is", "value": 0}]}]}, criteria.FIELDS
)
