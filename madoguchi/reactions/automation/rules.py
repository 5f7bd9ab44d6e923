"""Make, change, order and switch rules: a supervisor's, for own departments."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.access import require, require_department
from madoguchi.actor import Actor
from madoguchi.errors import Hidden, Refused
from madoguchi.kit import criteria as grammar
from madoguchi.models import Department, Rule
from madoguchi.organisation import rows
from madoguchi.reactions.automation import acts, conditions
from madoguchi.reactions.automation.whens import WHENS

MOST = 50
FIELDS = frozenset(["name", "is_on", "when", "criteria", "actions"])


@transaction.atomic
def add_rule(department: Department, changes: Mapping[str, Any], *, by: Actor) -> Rule:
    """A further rule at the end of the department's: `name when criteria actions is_on`.

    Refused, by field: EMPTY, TOO_LONG, NAME_TAKEN, NOT_A_CHOICE, TOO_MANY (50 rules), CRITERIA_…, and as `acts.clean`.
    """
    require_own(department.pk, by)
    department = _held(department.pk)
    last = Rule.objects.filter(department=department).aggregate(last=Max("position"))["last"]
    if Rule.objects.filter(department=department).count() >= MOST:
        raise Refused("TOO_MANY", _("A department has at most %(n)s rules.") % {"n": MOST}, "name")
    rule = Rule(department=department, position=0 if last is None else last + 1)
    _save(rule, {"name": "", "when": [], "criteria": {}, "actions": [], **changes}, by, {"added": True})
    return rule


@transaction.atomic
def edit_rule(rule: Rule, changes: Mapping[str, Any], *, by: Actor) -> Rule:
    """Refused as `add_rule`."""
    rule = _locked(rule, by)
    _save(rule, changes, by)
    return rule


@transaction.atomic
def switch_rule(rule: Rule, on: bool, *, by: Actor) -> Rule:
    """On or off. What runs at this moment runs to its end."""
    rule = _locked(rule, by)
    _save(rule, {"is_on": on}, by)
    return rule


@transaction.atomic
def move_rule(rule: Rule, step: int, *, by: Actor) -> None:
    """One place earlier (-1) or later (1)."""
    rule = _locked(rule, by)
    order = list(Rule.objects.filter(department=rule.department_id).order_by("position", "id"))
    here = order.index(rule)
    there = min(max(here + step, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    for position, each in enumerate(order):
        each.position = position
    Rule.objects.bulk_update(order, ["position"])
    if here != there:
        _write_down(rule, ({"position": here}, {"position": there}), by)


@transaction.atomic
def delete_rule(rule: Rule, *, by: Actor) -> None:
    """With its log. What it did stays in the histories, under its name."""
    rule = _locked(rule, by)
    _write_down(rule, ({name: getattr(rule, name) for name in sorted(FIELDS)}, {"deleted": True}), by)
    rule.delete()


def require_own(department_id: int, by: Actor) -> None:
    require(by, "supervise")
    require_department(by, department_id)


def _held(department_id: int) -> Department:
    """Who changes rules of a department waits here for each other; tickets go on."""
    return Department.objects.select_for_update(no_key=True).get(pk=department_id)


def _locked(rule: Rule, by: Actor) -> Rule:
    require_own(rule.department_id, by)
    _held(rule.department_id)
    found = Rule.objects.select_for_update(of=("self",)).select_related("department").filter(pk=rule.pk).first()
    if found is None:
        raise Hidden
    return found


def _save(rule: Rule, changes: Mapping[str, Any], by: Actor, also: Mapping[str, Any] | None = None) -> None:
    values = dict(changes)
    if "when" in values:
        values["when"] = _whens(values["when"])
    if "criteria" in values:
        fields = conditions.fields_of(rule.department_id)
        values["criteria"] = grammar.plain(conditions.parse(values["criteria"], fields))
    before, after = rows.fill(rule, {name: values[name] for name in values if name != "actions"}, FIELDS)
    if "actions" in values:
        wanted = acts.clean(values["actions"], rule.department, known=rule.actions, by=by)
        if wanted != rule.actions:
            before["actions"], after["actions"], rule.actions = rule.actions, wanted, wanted
    _refuse_name_taken(rule)
    rule.modified_at, rule.modified_by = record.now(), by.agent
    rule.save()
    _write_down(rule, (before, {**after, **(also or {})}), by)


def _whens(raw: Any) -> list[str]:
    """In the order of the catalogue, each once."""
    wanted = set(raw) if isinstance(raw, list | tuple) and all(isinstance(each, str) for each in raw) else {""}
    if not wanted:
        raise Refused("EMPTY", _("Choose at least one event."), "when")
    if not wanted <= WHENS.keys():
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "when")
    return [verb for verb in WHENS if verb in wanted]


def _refuse_name_taken(rule: Rule) -> None:
    others = Rule.objects.filter(department=rule.department_id, name__iexact=rule.name).exclude(pk=rule.pk)
    if others.exists():
        raise Refused("NAME_TAKEN", _("This name is used already."), "name")


def _write_down(rule: Rule, difference: rows.Difference, by: Actor) -> None:
    rows.write_down("rule", rule, difference, by=by, department=rule.department)
