"""Custom fields of a department; supervisors look after those of their own departments."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from madoguchi.access import require, require_department
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.pages import chosen, deed, find, form_page, setup_page
from madoguchi.errors import Hidden
from madoguchi.models import CustomField, Department
from madoguchi.organisation import custom_fields

DEEDS = {"up": -1, "down": 1}


class FieldForm(forms.SetupForm):
    label = forms.text(gettext_lazy("Label"), 100)
    choices = forms.prose(gettext_lazy("Choices"), 30000, hint=gettext_lazy("One a line."))
    is_required = forms.switch(gettext_lazy("Must be filled in"))
    is_active = forms.switch(gettext_lazy("In use"), hint=gettext_lazy("Off: hidden, values on tickets are kept."))


class NewField(forms.SetupForm):
    label = forms.text(gettext_lazy("Label"), 100)
    kind = forms.pick(gettext_lazy("Kind"), CustomField.Kind.choices, hint=gettext_lazy("Cannot be changed later."))
    choices = forms.prose(gettext_lazy("Choices"), 30000, hint=gettext_lazy("For a choice: one a line."))
    api_name = forms.text(
        gettext_lazy("API name"),
        60,
        required=False,
        hint=gettext_lazy("Begins with cf_; made from the label if empty. Cannot be changed later."),
    )
    is_required = forms.switch(gettext_lazy("Must be filled in"))


def home(request: Desked) -> HttpResponse:
    """The fields of the department that is chosen in the bar."""
    require(request.actor, "supervise")
    chosen = request.GET.get("department", "")
    row = next((d for d in request.departments if str(d.pk) == chosen), request.department)
    if row is None or (chosen and str(row.pk) != chosen):
        raise Hidden
    rows = list(row.custom_fields.all())
    return setup_page(request, "agent/setup/custom_fields.html", here="custom_fields", row=row, rows=rows)


def add(request: Desked, department: int) -> HttpResponse:
    require(request.actor, "supervise")
    require_department(request.actor, department)
    row = find(Department, department)
    form = NewField(request.POST or None)

    def save(typed: dict[str, Any]) -> CustomField:
        choices = forms.lines(typed.pop("choices"))
        return custom_fields.add_custom_field(row, **typed, choices=choices, by=request.actor)

    back = address(row)
    title = _("New field of %(department)s") % {"department": row.name}
    return form_page(request, form, save, to=back, here="custom_fields", title=title, back=back)


def edit(request: Desked, pk: int) -> HttpResponse:
    row = own(request, pk)
    initial = {**forms.only(row, ("label", "is_required", "is_active")), "choices": "\n".join(row.choices)}
    form = FieldForm(request.POST or None, initial=initial)
    if row.kind != CustomField.Kind.CHOICE:
        del form.fields["choices"]

    def save(typed: dict[str, Any]) -> CustomField:
        choices = forms.lines(typed.pop("choices")) if "choices" in typed else None
        return custom_fields.edit_custom_field(row, typed, choices, by=request.actor)

    back = address(row.department)
    lead = f"{row.get_kind_display()} · {row.api_name}"
    return form_page(request, form, save, to=back, here="custom_fields", title=row.label, lead=lead, back=back)


@require_POST
def move(request: Desked, pk: int, what: str) -> HttpResponse:
    row = own(request, pk)
    to = address(row.department)
    step = chosen(DEEDS, what)
    return deed(
        request, lambda: custom_fields.move_custom_field(row, step, by=request.actor), to=to, here="custom_fields"
    )


def own(request: Desked, pk: int) -> CustomField:
    """A field of a department the agent looks after."""
    require(request.actor, "supervise")
    row = find(CustomField.objects.select_related("department"), pk)
    require_department(request.actor, row.department_id)
    return row


def address(department: Department) -> str:
    return f"{reverse('custom_fields')}?department={department.pk}"
