"""Rules of automation: the list of a department, making and changing one, order and switch."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.setup import rules_form
from madoguchi.doors.agent.setup.pages import chosen, deed, find, setup_page
from madoguchi.doors.agent.setup.rules_form import Draft
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Department, Rule
from madoguchi.reactions.automation import acts, rules, runs
from madoguchi.reactions.automation.whens import WHENS

DEEDS = {
    "on": lambda row, by: rules.switch_rule(row, True, by=by),
    "off": lambda row, by: rules.switch_rule(row, False, by=by),
    "up": lambda row, by: rules.move_rule(row, -1, by=by),
    "down": lambda row, by: rules.move_rule(row, 1, by=by),
    "delete": lambda row, by: rules.delete_rule(row, by=by),
}


def show(request: Desked) -> HttpResponse:
    """The rules of the department that is chosen."""
    department = asked_department(request)
    return setup_page(
        request,
        "agent/setup/rules/index.html",
        here="rules",
        row=department,
        rows=list(Rule.objects.filter(department=department)),
        latest=runs.latest(department.pk),
        whens=WHENS,
        acts=acts.ACTS,
        most=rules.MOST,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Desked) -> HttpResponse:
    department = asked_department(request)

    def save(changes: dict[str, Any]) -> Rule:
        return rules.add_rule(department, changes, by=request.actor)

    return answer(request, department, Draft(), save)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Desked, pk: int) -> HttpResponse:
    row = own(request, pk)

    def save(changes: dict[str, Any]) -> Rule:
        return rules.edit_rule(row, changes, by=request.actor)

    return answer(request, row.department, Draft.of(row), save, row)


def answer(request: Desked, department: Department, draft: Draft, save: Any, row: Rule | None = None) -> HttpResponse:
    """The form; POST: the verb, or the form again with one row more or less, or with what is to be mended."""
    if request.method != "POST":
        return rules_form.form(request, draft, department, row)
    draft = rules_form.posted(request.POST, department)
    do = request.POST.get("do", "save")
    if do != "save":
        return rules_form.form(request, rules_form.reworked(draft, do), department, row)
    try:
        save(draft.changes(department))
    except Refused as refusal:
        return rules_form.form(request, draft, department, row, refusal)
    return go(request, address(department.pk), _("Rule saved."))


@require_POST
def do(request: Desked, pk: int, what: str) -> HttpResponse:
    """Switch it on or off, move it, delete it."""
    row = own(request, pk)
    act = chosen(DEEDS, what)
    done = _("Deleted.") if what == "delete" else ""
    return deed(request, lambda: act(row, request.actor), to=address(row.department_id), here="rules", done=done)


def asked_department(request: Desked) -> Department:
    """The one in the address, else the one chosen in the bar; Hidden where it is no own one."""
    require(request.actor, "supervise")
    wanted = request.GET.get("department", "")
    row = next((d for d in request.departments if str(d.pk) == wanted), None if wanted else request.department)
    if row is None:
        raise Hidden
    return row


def own(request: Desked, pk: int) -> Rule:
    """A rule of a department the agent looks after."""
    require(request.actor, "supervise")
    row = find(Rule.objects.select_related("department"), pk)
    rules.require_own(row.department_id, request.actor)
    return row


def address(department_id: int) -> str:
    return f"{reverse('rules')}?department={department_id}"
