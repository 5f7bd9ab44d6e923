"""Rules of automation and what became of their runs (ours; docs/automation.md): what the page does, by the same verbs."""

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.doors.api import answers, finders
from madoguchi.doors.api import automation_actions as actions
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit
from madoguchi.doors.api.present.words import ref, time
from madoguchi.doors.api.wire import Body, Id
from madoguchi.errors import Refused
from madoguchi.models import Department, Rule, RuleRun
from madoguchi.reactions.automation import rules, runs

FIELDS = {"name": "name", "isEnabled": "is_on", "events": "when", "criteria": "criteria", "actions": "actions"}
MOST_NAMED = 100
door = Door("Automation", names={ours: wire for wire, ours in FIELDS.items()})


class Fields(Body):
    name: str | None = None
    isEnabled: bool | None = None
    events: list[str] | None = Field(None, max_length=MOST_NAMED, description="What it listens to: `ticket.closed` …")
    criteria: dict[str, Any] | None = Field(
        None, description="`{match, groups: [{match, conditions}]}`; null or {}: any ticket"
    )
    actions: list[dict[str, Any]] | None = Field(
        None, max_length=MOST_NAMED, description="In order, `{action: …}` with its values"
    )


class NewRule(Fields):
    departmentId: Id


class ChangedRule(Fields):
    position: int | None = Field(None, ge=1, le=rules.MOST, description="Its place among the rules of the department")


class OfDepartment(BaseModel):
    departmentId: Id


@door.at("GET /automationRules", gives="AutomationRule[]")
def list_automation_rules(request: Call, query: Query[OfDepartment]) -> HttpResponse:
    """The rules of a department, in the order they run."""
    department = allowed(query.departmentId, request.actor)
    found = Rule.objects.filter(department=department).order_by("position", "id")
    return answers.rows([shown(rule, place) for place, rule in enumerate(found, 1)])


@door.at("POST /automationRules", gives="AutomationRule")
def add_automation_rule(request: Call, body: NewRule) -> object:
    """Make a rule, the last of its department."""
    department = finders.named(Department, body.departmentId, "/departmentId")
    assert department is not None
    allowed(department.pk, request.actor)
    return shown(_said(lambda: rules.add_rule(department, changes(body), by=request.actor)))


@door.at("GET /automationRules/{int:rule_id}", gives="AutomationRule")
def get_automation_rule(request: Call, rule_id: int) -> object:
    """A rule."""
    return shown(find(rule_id, request.actor))


@door.at("PATCH /automationRules/{int:rule_id}", gives="AutomationRule")
def change_automation_rule(request: Call, rule_id: int, body: ChangedRule) -> object:
    """Change a rule, switch it, or move it; what is left out stays."""
    by: Actor = request.actor
    rule = find(rule_id, by)
    if given := changes(body):
        rule = _said(lambda: rules.edit_rule(rule, given, by=by))
    if "position" in body.model_fields_set:
        if body.position is None:
            raise Unfit("/position")
        rules.move_rule(rule, body.position - place_of(rule), by=by)
    return shown(rule)


@door.at("DELETE /automationRules/{int:rule_id}", status=204)
def delete_automation_rule(request: Call, rule_id: int) -> HttpResponse:
    """Delete a rule with its log."""
    rules.delete_rule(find(rule_id, request.actor), by=request.actor)
    return answers.nothing()


class Listed(BaseModel):
    departmentId: Id | None = None
    ruleId: Id | None = None
    outcome: Literal["", "done", "nothing", "refused", "limit"] = ""
    limit: int = Field(50, ge=1, le=100)
    cursor: Id | None = Field(None, description="`next` of the page before")


@door.at("GET /automationRuns", gives="AutomationRun[]")
def list_automation_runs(request: Call, query: Query[Listed]) -> HttpResponse:
    """What became of runs in the last 30 days, newest first: of a department or a rule; `next` is null at the end."""
    by: Actor = request.actor
    found = runs.logged(query.outcome)
    if query.ruleId is not None:
        found = found.filter(rule=find(query.ruleId, by))
    if query.departmentId is not None or query.ruleId is None:
        found = found.filter(department=allowed(query.departmentId or 0, by))
    if query.cursor is not None:
        found = found.filter(pk__lt=query.cursor)
    rows = list(found.order_by("-id")[: query.limit + 1])
    more = rows[query.limit :] and str(rows[query.limit - 1].pk)
    return answers.rows([run(row, by) for row in rows[: query.limit]], next=more or None)


def allowed(department_id: int, by: Actor) -> Department:
    """A department whose rules the actor looks after."""
    department = finders.department(department_id, by)
    rules.require_own(department.pk, by)
    return department


def find(rule_id: int, by: Actor) -> Rule:
    rule = finders.one(Rule.objects.select_related("department"), rule_id)
    allowed(rule.department_id, by)
    return rule


def changes(body: Fields) -> dict[str, Any]:
    """What the verbs are told; null is no value, but for the criteria."""
    given = body.given(*FIELDS)
    for name, value in given.items():
        if value is None and name != "criteria":
            raise Unfit(f"/{name}", "missing")
    if "criteria" in given:
        given["criteria"] = given["criteria"] or {}
    if "actions" in given:
        given["actions"] = actions.read(given["actions"])
    return {FIELDS[name]: value for name, value in given.items()}


def _said(act: Any) -> Rule:
    """A refusal names the fields as they are called on the wire."""
    try:
        found: Rule = act()
    except Refused as refusal:
        raise Refused(refusal.code, refusal.text, actions.named(refusal.field)) from None
    return found


def place_of(rule: Rule) -> int:
    """From 1."""
    order = Rule.objects.filter(department=rule.department_id).order_by("position", "id").values_list("pk", flat=True)
    return list(order).index(rule.pk) + 1


def shown(rule: Rule, place: int | None = None) -> dict[str, Any]:
    return {
        "id": str(rule.pk),
        "departmentId": str(rule.department_id),
        "name": rule.name,
        "isEnabled": rule.is_on,
        "position": place or place_of(rule),
        "events": rule.when,
        "criteria": rule.criteria,
        "actions": [actions.shown(action) for action in rule.actions],
        "createdTime": time(rule.created_at),
        "modifiedTime": time(rule.modified_at),
        "modifiedBy": ref(rule.modified_by_id),
    }


def run(row: RuleRun, by: Actor) -> dict[str, Any]:
    """The ticket only for who may still read it."""
    seen = access.can(by, "read", row.ticket)
    return {
        "id": str(row.pk),
        "ruleId": str(row.rule_id),
        "ruleName": row.rule.name,
        "departmentId": str(row.department_id),
        "ticketId": str(row.ticket_id) if seen else None,
        "ticketNumber": str(row.ticket.number) if seen else None,
        "event": row.event.verb,
        "outcome": row.outcome,
        "detail": row.detail or None,
        "time": time(row.at),
    }
