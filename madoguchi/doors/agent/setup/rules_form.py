"""A rule as a form: when, if, then. Works without script: rows come and go by submit buttons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup.pages import setup_page
from madoguchi.doors.agent.tickets import criteria_form
from madoguchi.doors.agent.tickets.criteria_form import Row
from madoguchi.errors import Refused
from madoguchi.kit import criteria as grammar
from madoguchi.kit.criteria import MOST_CONDITIONS, Condition
from madoguchi.lists import beside, counting, criteria, selecting
from madoguchi.lists import views as lists
from madoguchi.lists.beside import Beside
from madoguchi.lists.keyset import Order
from madoguchi.lists.rows import with_names
from madoguchi.models import Department, Permission, Rule, Team
from madoguchi.models.ticket import Priority
from madoguchi.organisation.current import statuses
from madoguchi.organisation.responses import PLACEHOLDERS
from madoguchi.reactions.automation import acts, conditions, slots
from madoguchi.reactions.automation.acts import ACTS
from madoguchi.reactions.automation.slots import NOBODY, SLOTS
from madoguchi.reactions.automation.whens import GROUPS, WHENS

SAMPLE = 5
OPEN = grammar.all_of(Condition("state", "is", "Open"))


@dataclass
class Draft:
    """The form as it is filled in."""

    name: str = ""
    is_on: bool = True
    when: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=lambda: [{"verb": "set_status"}])

    @classmethod
    def of(cls, rule: Rule) -> "Draft":
        tree = conditions.tree_of(rule, conditions.fields_of(rule.department_id))
        return cls(
            rule.name, rule.is_on, list(rule.when), criteria_form.rows_of(tree), [_typed(a) for a in rule.actions]
        )

    def changes(self, department: Department) -> dict[str, Any]:
        return {
            "name": self.name,
            "is_on": self.is_on,
            "when": self.when,
            "criteria": criteria_form.as_json(self.rows, conditions.fields_of(department.pk)),
            "actions": self.actions,
        }


def _typed(action: Mapping[str, Any]) -> dict[str, Any]:
    """As it stands in the form: tags with commas between."""
    return {name: ", ".join(value) if isinstance(value, list) else value for name, value in action.items()}


def posted(data: QueryDict, department: Department) -> Draft:
    fields = conditions.fields_of(department.pk)
    return Draft(
        data.get("name", ""),
        "is_on" in data,
        data.getlist("when"),
        criteria_form.tidied(criteria_form.read(data), fields),
        [_posted_action(data, n) for n in range(acts.MOST + 1) if f"act-{n}" in data],
    )


def _posted_action(data: QueryDict, n: int) -> dict[str, Any]:
    act = ACTS.get(data.get(f"act-{n}", "")) or ACTS["set_status"]
    return {"verb": act.name, **{name: data.get(f"act-{n}-{name}", "") for name in act.takes}}


def reworked(draft: Draft, do: str) -> Draft:
    """`add` or `remove-2` a condition, `act` or `unact-2` an action; `refresh` shows what was chosen."""
    what, _dash, which = do.partition("-")
    n = int(which) if which.isdecimal() and len(which) < 4 else -1
    if what == "add" and len(draft.rows) < MOST_CONDITIONS:
        draft.rows.append(criteria_form.new_row())
    elif what == "remove" and 0 <= n < len(draft.rows):
        draft.rows.pop(n)
    elif what == "act" and len(draft.actions) < acts.MOST:
        draft.actions.append({"verb": "set_status"})
    elif what == "unact" and 0 <= n < len(draft.actions):
        draft.actions.pop(n)
    return draft


def form(
    request: Desked, draft: Draft, department: Department, rule: Rule | None, refusal: Refused | None = None
) -> HttpResponse:
    errors = _placed(refusal, draft) if refusal else {}
    around = beside.read(department.pk, request.agent.pk)
    fields = conditions.fields_of(department.pk)
    return setup_page(
        request,
        "agent/setup/rules/rule.html",
        here="rules",
        status=422 if refusal else 200,
        title=rule.name if rule else _("New rule"),
        rule=rule,
        draft=draft,
        row=department,
        errors=errors,
        when_groups=GROUPS,
        whens=WHENS,
        fields={name: each for name, each in fields.items() if each.is_for_people},
        operators_of=criteria_form.operators_of,
        control=criteria_form.control,
        choices=_Choices(department, around, request.agent.pk),
        acts=ACTS,
        slots=SLOTS,
        slot_choices=partial(_slot_choices, department=department, around=around, kept={}),
        most_acts=acts.MOST,
        placeholders={name: label for name, label in PLACEHOLDERS.items() if name not in slots.NOBODYS},
        **_sample(draft, department, fields),
    )


class _Choices(criteria_form.Choices):
    """Without `me`: nobody reads when a rule runs."""

    def _read(self, rows: str) -> list[tuple[str, str]]:
        return [choice for choice in super()._read(rows) if choice[0] != grammar.ME]


def _placed(refusal: Refused, draft: Draft) -> dict[str, str]:
    """Where the refusal stands: at a condition, at an action (`actions/2`), or under the name of its part."""
    at = criteria_form.row_at(refusal.field, draft.rows) if refusal.field.startswith("criteria/") else None
    if at is not None:
        draft.rows[at].error = str(refusal.text)
        return {"": str(refusal.text)}
    part, _slash, rest = refusal.field.partition("/")
    name = f"actions/{rest.partition('/')[0]}" if part == "actions" and rest else part
    return {name: str(refusal.text)}


Choice = list[tuple[str, str]]


def _slot_choices(name: str, *, department: Department, around: Beside, kept: dict[str, Choice]) -> Choice:
    """What the value of an action can be chosen from, read when it is first asked for."""
    if name not in kept:
        kept[name] = _read_choices(name, department, around)
    return kept[name]


def _read_choices(name: str, department: Department, around: Beside) -> Choice:
    agents = [(str(pk), label) for pk, label in around.agents]
    match name:
        case "status":
            return [(str(s.pk), s.label) for s in statuses() if s.is_active]
        case "agent":
            return agents
        case "assignee":
            return [(str(NOBODY), _("Nobody")), *agents]
        case "team":
            teams = [(str(t.pk), t.name) for t in Team.objects.filter(department=department)]
            return [(str(NOBODY), _("No team")), *teams]
        case "department":
            return [(str(pk), label) for pk, label in around.departments if pk != department.pk]
        case "response":
            return [(str(r.pk), r.name) for r in slots.responses_of(department.pk).order_by("name", "pk")[:1000]]
        case "priority":
            return [*((value, str(label)) for value, label in Priority.choices), ("", pgettext("priority", "None"))]
        case "level":
            return [(str(value), str(label)) for value, label in reversed(Permission.choices)]
    return []


def _sample(draft: Draft, department: Department, fields: criteria.Fields) -> dict[str, Any]:
    """Which open tickets meet the conditions now, and how many. Nothing while they make no sense yet."""
    empty: dict[str, Any] = {"sample": None, "count": None}
    try:
        tree = conditions.parse(criteria_form.as_json(draft.rows, fields), fields)
    except Refused:
        return empty
    tried = lists.View("tried", "", "filter", tree, "")
    chosen = lists.chosen(tried, department.pk, conditions.reader(), OPEN, fields)
    count = counting.patiently(chosen)
    if count is None:
        return empty
    rows = selecting.rows(chosen, Order("modified_at"), size=SAMPLE)
    return {"sample": with_names(rows.rows), "count": count}
