"""Canned responses: everyone's own, and for supervisors those of departments and of all."""

from typing import Any

from django import forms as django_forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from madoguchi.access import can
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.pages import deed, find, form_page, setup_page
from madoguchi.models import CannedResponse
from madoguchi.organisation import responses


class ResponseForm(forms.SetupForm):
    name = forms.text(gettext_lazy("Name"), 100)
    shortcut = forms.text(
        gettext_lazy("Shortcut"),
        30,
        required=False,
        hint=gettext_lazy("“/” and this word, then Tab, inserts the text."),
    )
    reach = forms.pick(gettext_lazy("Who uses it"), ())
    text = django_forms.CharField(label=gettext_lazy("Body text"), max_length=32000, widget=django_forms.Textarea)
    html = django_forms.CharField(required=False, max_length=64000, widget=django_forms.HiddenInput)


def show(request: Desked) -> HttpResponse:
    rows = responses.usable(request.actor).order_by("owner_id", "department_id", "name", "pk")[:1000]
    return setup_page(request, "agent/setup/responses.html", here="responses", rows=rows)


def add(request: Desked) -> HttpResponse:
    form = form_of(request, {})

    def save(typed: dict[str, Any]) -> CannedResponse:
        return responses.add_response(*split(typed), **reach(typed), by=request.actor)

    return answer(request, form, save, title=_("New canned response"))


def edit(request: Desked, pk: int) -> HttpResponse:
    row = find(responses.usable(request.actor), pk)
    responses.require_own(row, request.actor)
    form = form_of(request, {**forms.only(row, responses.FIELDS), "reach": reach_of(row)}, row)

    def save(typed: dict[str, Any]) -> CannedResponse:
        return responses.edit_response(row, *split(typed), **reach(typed), by=request.actor)

    return answer(request, form, save, title=row.name, row=row)


@require_POST
def delete(request: Desked, pk: int) -> HttpResponse:
    row = find(responses.usable(request.actor), pk)
    back = reverse("responses")
    return deed(
        request, lambda: responses.delete_response(row, by=request.actor), to=back, here="responses", done=_("Deleted.")
    )


def answer(request: Desked, form: ResponseForm, save: Any, **context: Any) -> HttpResponse:
    back = reverse("responses")
    return form_page(
        request,
        form,
        save,
        to=back,
        here="responses",
        template="agent/setup/response.html",
        back=back,
        placeholders=responses.PLACEHOLDERS,
        **{"row": None, **context},
    )


def form_of(request: Desked, initial: dict[str, Any], row: CannedResponse | None = None) -> ResponseForm:
    form = ResponseForm(request.POST or None, initial=initial)
    choices: list[tuple[str, Any]] = []
    if row is None or row.owner_id is not None:
        choices.append(("own", _("Only me")))
    if can(request.actor, "supervise"):
        choices += [(str(d.pk), d.name) for d in request.departments]
        choices.append(("all", _("Everyone")))
    form.fields["reach"].choices = choices  # type: ignore[attr-defined]
    return form


def reach_of(row: CannedResponse) -> str:
    return "own" if row.owner_id is not None else str(row.department_id or "all")


def reach(typed: dict[str, Any]) -> dict[str, Any]:
    chosen = typed["reach"]
    return {"private": chosen == "own", "department_id": int(chosen) if chosen.isdecimal() else None}


def split(typed: dict[str, Any]) -> tuple[dict[str, Any]]:
    return ({name: typed[name] for name in responses.FIELDS},)
