"""Statuses: list in their order, add, rename, switch off."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.pages import chosen, deed, find, form_page, setup_page
from madoguchi.models import Status
from madoguchi.models.organisation import State
from madoguchi.organisation import statuses

DEEDS = {
    "default": lambda row, by: statuses.make_default_status(row, by=by),
    "on": lambda row, by: statuses.switch_status(row, True, by=by),
    "off": lambda row, by: statuses.switch_status(row, False, by=by),
    "up": lambda row, by: statuses.move_status(row, -1, by=by),
    "down": lambda row, by: statuses.move_status(row, 1, by=by),
}


class StatusForm(forms.SetupForm):
    name = forms.text(gettext_lazy("Name in English"), 50, hint=gettext_lazy("Also its name in the API."))
    name_ja = forms.text(gettext_lazy("Name in Japanese"), 50)


class NewStatus(StatusForm):
    state = forms.pick(
        gettext_lazy("State"),
        State.choices,
        hint=gettext_lazy("Decides about clocks and lists, and cannot be changed later."),
    )


def show(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    return setup_page(request, "agent/setup/statuses.html", here="statuses", rows=list(Status.objects.all()))


def add(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    form = NewStatus(request.POST or None)

    def save(typed: dict[str, Any]) -> Status:
        state = typed.pop("state")
        return statuses.add_status(typed, state, by=request.actor)

    back = reverse("statuses")
    return form_page(request, form, save, to=back, here="statuses", title=_("New status"), back=back)


def edit(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(Status, pk)
    form = StatusForm(request.POST or None, initial=forms.only(row, ("name", "name_ja")))

    def save(typed: dict[str, Any]) -> Status:
        return statuses.edit_status(row, typed, by=request.actor)

    back = reverse("statuses")
    return form_page(request, form, save, to=back, here="statuses", title=row.label, back=back)


@require_POST
def do(request: Desked, pk: int, what: str) -> HttpResponse:
    """Make it the default of its state, switch it on or off, move it."""
    require(request.actor, "administer")
    row = find(Status, pk)
    return deed(request, lambda: chosen(DEEDS, what)(row, request.actor), to=reverse("statuses"), here="statuses")
