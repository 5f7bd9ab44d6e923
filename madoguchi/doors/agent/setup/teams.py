"""Teams of the departments."""

from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.pages import deed, find, form_page, setup_page
from madoguchi.models import Department, Team
from madoguchi.organisation import teams


class NewTeam(forms.SetupForm):
    department = forms.one_row(gettext_lazy("Department"))
    name = forms.text(gettext_lazy("Name"), 100)
    description = forms.text(gettext_lazy("Description"), 500, required=False)


class TeamForm(forms.SetupForm):
    name = forms.text(gettext_lazy("Name"), 100)
    description = forms.text(gettext_lazy("Description"), 500, required=False)
    agents = forms.Several(None, label=gettext_lazy("Agents"), required=False)


def show(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    rows = Team.objects.select_related("department").annotate(agent_n=Count("agents")).order_by("department_id", "name")
    return setup_page(request, "agent/setup/teams.html", here="teams", rows=rows)


def add(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    form = NewTeam(request.POST or None)
    form.fields["department"].queryset = forms.enabled_departments()  # type: ignore[attr-defined]

    def save(typed: dict[str, Any]) -> Team:
        department: Department = typed.pop("department")
        return teams.add_team(department, typed, by=request.actor)

    def to(row: Team) -> str:
        return reverse("team", args=[row.pk])

    return form_page(
        request,
        form,
        save,
        to=to,
        here="teams",
        title=_("New team"),
        done=_("Added. Now choose who belongs to it."),
        back=reverse("teams"),
    )


def edit(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(Team.objects.select_related("department"), pk)
    initial = {**forms.only(row, ("name", "description")), "agents": row.agents.all()}
    form = TeamForm(request.POST or None, initial=initial)
    form.fields["agents"].queryset = row.department.agents.filter(is_active=True)  # type: ignore[attr-defined]

    def save(typed: dict[str, Any]) -> Team:
        agents = [*typed.pop("agents"), *row.agents.filter(is_active=False)]
        return teams.edit_team(row, typed, agents, by=request.actor)

    return form_page(
        request,
        form,
        save,
        to=reverse("teams"),
        here="teams",
        title=row.name,
        template="agent/setup/team.html",
        row=row,
        back=reverse("teams"),
    )


@require_POST
def delete(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(Team, pk)
    return deed(
        request, lambda: teams.delete_team(row, by=request.actor), to=reverse("teams"), here="teams", done=_("Deleted.")
    )
