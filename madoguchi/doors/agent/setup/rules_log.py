"""What became of the runs of rules: of one rule, or of all of a department."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from madoguchi.access import can
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import keyset, rules
from madoguchi.doors.agent.setup.pages import setup_page
from madoguchi.models import Department, Rule, RuleRun
from madoguchi.reactions.automation import runs

KINDS = {"done": "ok", "nothing": "", "refused": "danger", "limit": "warn"}


def show(request: Desked) -> HttpResponse:
    """All rules of a department."""
    department = rules.asked_department(request)
    return answer(request, department, runs.logged(asked(request)).filter(department=department))


def of_rule(request: Desked, pk: int) -> HttpResponse:
    row = rules.own(request, pk)
    return answer(request, row.department, runs.logged(asked(request)).filter(rule=row), row)


def asked(request: Desked) -> str:
    wanted = request.GET.get("outcome", "")
    return wanted if wanted in RuleRun.Outcome.values else ""


def answer(request: Desked, department: Department, found: QuerySet[RuleRun], rule: Rule | None = None) -> HttpResponse:
    rows, newer, older = keyset.latest_first(request, found)
    return setup_page(
        request,
        "agent/setup/rules/log.html",
        here="rules",
        row=department,
        rule=rule,
        rows=rows,
        newer=newer,
        older=older,
        tabs=tabs(request, department, rule),
        kinds=KINDS,
        readable={run.pk for run in rows if can(request.actor, "read", run.ticket)},
        back=rules.address(department.pk),
    )


def tabs(request: Desked, department: Department, rule: Rule | None) -> list[tuple[Any, str, bool, None]]:
    here, chosen = request.path, asked(request)
    plain: dict[str, str] = {} if rule else {"department": str(department.pk)}
    outcomes = [("", _("All")), *RuleRun.Outcome.choices]
    return [
        (label, f"{here}?{urlencode({**plain, **({'outcome': value} if value else {})})}", value == chosen, None)
        for value, label in outcomes
    ]
