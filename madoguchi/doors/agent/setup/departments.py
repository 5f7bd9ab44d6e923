"""Departments: list, add, change, switch on and off."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.pages import chosen, deed, find, form_page, setup_page
from madoguchi.models import Department
from madoguchi.organisation import departments
from madoguchi.organisation.current import the_organisation

DEEDS = {
    "default": departments.make_default_department,
    "enable": departments.enable_department,
    "disable": departments.disable_department,
}


class NewDepartment(forms.SetupForm):
    name = forms.text(gettext_lazy("Name"), 150)
    address = forms.text(
        gettext_lazy("Mail address"),
        254,
        required=False,
        hint=gettext_lazy("It answers from here. Servers are set under Settings → Mail."),
    )
    language = forms.language(gettext_lazy("Language of its mails"))


class DepartmentForm(forms.SetupForm):
    name = forms.text(gettext_lazy("Name"), 150)
    description = forms.text(gettext_lazy("Description"), 500, required=False)
    language = forms.language(gettext_lazy("Language of its mails"))
    signature = forms.prose(gettext_lazy("Signature"), 2000, hint=gettext_lazy("Stands under every reply."))
    assigns_to_teams = forms.switch(gettext_lazy("Tickets can be assigned to teams"))
    is_visible_in_help_center = forms.switch(gettext_lazy("Customers can write to it in the help center"))
    name_in_help_center = forms.text(
        gettext_lazy("Name in the help center"), 150, required=False, hint=gettext_lazy("Empty: the same name.")
    )
    members = forms.Several(None, label=gettext_lazy("Agents"), required=False)
    sections = (
        ("", ("name", "description", "language", "signature", "assigns_to_teams")),
        (gettext_lazy("Help center"), ("is_visible_in_help_center", "name_in_help_center")),
        (gettext_lazy("Who works here"), ("members",)),
    )


def show(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    rows = Department.objects.annotate(agent_n=Count("agents", filter=Q(agents__is_active=True), distinct=True))
    rows = rows.prefetch_related("mailboxes").order_by("-is_enabled", "id")
    return setup_page(request, "agent/setup/departments.html", here="departments", rows=rows)


def add(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    form = NewDepartment(request.POST or None, initial={"language": the_organisation().language})

    def save(typed: dict[str, Any]) -> Department:
        return departments.add_department(**typed, by=request.actor)

    def to(row: Department) -> str:
        return reverse("department", args=[row.pk])

    title = _("New department")
    back = reverse("departments")
    return form_page(
        request,
        form,
        save,
        to=to,
        here="departments",
        title=title,
        done=_("The department can be used now."),
        back=back,
    )


def edit(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(Department, pk)
    plain = [name for name in DepartmentForm.base_fields if name != "members"]
    members = row.agents.filter(is_active=True)
    form = DepartmentForm(request.POST or None, initial={**forms.only(row, plain), "members": members})
    form.fields["members"].queryset = forms.active_agents()  # type: ignore[attr-defined]

    def save(typed: dict[str, Any]) -> Department:
        inactive = list(row.agents.filter(is_active=False))
        members = [*typed.pop("members"), *inactive]
        departments.set_members(row, members, by=request.actor)
        return departments.edit_department(row, typed, by=request.actor)

    return form_page(
        request,
        form,
        save,
        to=reverse("departments"),
        here="departments",
        title=row.name,
        template="agent/setup/department.html",
        row=row,
        open_n=departments.open_tickets(row),
        back=reverse("departments"),
    )


@require_POST
def do(request: Desked, pk: int, what: str) -> HttpResponse:
    """Make it the default, switch it on or off."""
    require(request.actor, "administer")
    row = find(Department, pk)
    to = reverse("department", args=[pk])
    return deed(request, lambda: chosen(DEEDS, what)(row, by=request.actor), to=to, here="departments")
