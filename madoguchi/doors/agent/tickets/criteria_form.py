"""Criteria as a form: one row a condition, joined by and/or. Works without script: rows come and go by submit buttons."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from madoguchi.kit.criteria import IN_DAYS, ME, MOST_CONDITIONS, OF_MANY, OPERATORS, WITHOUT_VALUE, Kind, Tree
from madoguchi.lists import criteria
from madoguchi.lists.beside import Beside
from madoguchi.lists.criteria import Field, Fields
from madoguchi.models import Department, Product, Team
from madoguchi.organisation.current import statuses

AND, OR = "all", "any"


@dataclass
class Row:
    """`join` ties it to the row above: OR begins a new group."""

    join: str
    field: str
    operator: str
    values: list[str] = dataclasses.field(default_factory=list)
    error: str = ""

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""


def read(posted: QueryDict) -> list[Row]:
    return [
        Row(
            OR if posted.get(f"join-{n}") == OR else AND,
            posted.get(f"field-{n}", ""),
            posted.get(f"operator-{n}", ""),
            posted.getlist(f"value-{n}"),
        )
        for n in range(MOST_CONDITIONS)
        if f"field-{n}" in posted
    ]


def tidied(rows: Iterable[Row], fields: Fields) -> list[Row]:
    """After another field was chosen: a comparison and a value that go with it."""
    found = []
    for row in rows:
        chosen = fields.get(row.field) or fields["status"]
        if chosen.name != row.field or row.operator not in OPERATORS[chosen.kind]:
            row.field, row.operator = chosen.name, OPERATORS[chosen.kind][0]
        found.append(row)
    return found


def new_row() -> Row:
    return Row(AND, "status", "is")


def as_json(rows: list[Row], fields: Fields) -> dict[str, Any]:
    """What `criteria.parse` reads: groups of rows that all apply, any of which will do."""
    groups: list[list[dict[str, Any]]] = []
    for row in rows:
        if not groups or row.join == OR:
            groups.append([])
        groups[-1].append({"field": row.field, "operator": row.operator, "value": _value(row, fields.get(row.field))})
    return {"match": "any", "groups": [{"match": "all", "conditions": group} for group in groups]}


def _value(row: Row, chosen: Field | None) -> Any:
    if row.operator in WITHOUT_VALUE:
        return None
    if row.operator in OF_MANY:
        typed = chosen is not None and control(chosen, row.operator) == "text"
        text = ",".join(row.values).replace("、", ",")
        return [word.strip() for word in text.split(",") if word.strip()] if typed else row.values
    return row.value


def rows_of(tree: Tree) -> list[Row]:
    """The rows of a tree as this form makes them; of another one, its conditions in order."""
    found: list[Row] = []
    for n, group in enumerate(tree.groups):
        for m, condition in enumerate(group.conditions):
            starts = m == 0 and n > 0
            join = (tree.match if starts else group.match) if found else AND
            found.append(Row(join, condition.field, condition.operator, _words(condition.value)))
    return found


def _words(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, tuple):
        return [str(each) for each in value]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [value.isoformat() if hasattr(value, "isoformat") else str(value)]


def row_at(path: str, rows: list[Row]) -> int | None:
    """Which row the pointer of a refusal is about: `criteria/groups/1/conditions/0/value`."""
    parts = path.split("/")
    if len(parts) < 5 or parts[1] != "groups":
        return None
    group, condition = int(parts[2]), int(parts[4])
    at = [-1, -1]
    for n, row in enumerate(rows):
        at = [at[0] + 1, 0] if n == 0 or row.join == OR else [at[0], at[1] + 1]
        if at == [group, condition]:
            return n
    return None


def control(chosen: Field, operator: str) -> str:
    """none, days, select, several, date, number, text"""
    if operator in WITHOUT_VALUE:
        return "none"
    if operator in IN_DAYS:
        return "days"
    if chosen.choices is not None or chosen.rows or chosen.kind == Kind.YES_NO:
        return "several" if operator in OF_MANY else "select"
    if chosen.kind in (Kind.TIME, Kind.DATE):
        return "date"
    return "number" if chosen.kind == Kind.NUMBER else "text"


class Choices:
    """What the value of a field can be chosen from, read when it is first asked for."""

    def __init__(self, department: Department, around: Beside, agent_id: int) -> None:
        self.department, self.around, self.agent_id = department, around, agent_id
        self._kept: dict[str, list[tuple[str, str]]] = {}

    def of(self, chosen: Field) -> list[tuple[str, str]]:
        if chosen.choices is not None:
            return [(value, str(label)) for value, label in chosen.choices]
        if chosen.kind == Kind.YES_NO:
            return [("true", _("Yes")), ("false", _("No"))]
        if chosen.rows not in self._kept:
            self._kept[chosen.rows] = self._read(chosen.rows)
        return self._kept[chosen.rows]

    def _read(self, rows: str) -> list[tuple[str, str]]:
        if rows == "status":
            return [(str(s.pk), s.label) for s in statuses()]
        if rows == "agent":
            return [(ME, _("Me")), *((str(pk), name) for pk, name in self.around.agents)]
        if rows == "team":
            return [(str(t.pk), t.name) for t in Team.objects.filter(department=self.department)]
        if rows == "product":
            found = Product.objects.filter(departments=self.department, trashed_at=None)[:500]
            return [(str(p.pk), str(p)) for p in found]
        return []


def operators_of(chosen: Field) -> list[tuple[str, Any]]:
    return [(name, criteria.OPERATORS[name]) for name in OPERATORS[chosen.kind]]
