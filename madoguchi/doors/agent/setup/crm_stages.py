"""The stages of the built-in CRM's deals: list in their order, add, rename, switch off, delete."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from madoguchi import crm
from madoguchi.access import require
from madoguchi.crm import stages
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.pages import chosen, deed, find, form_page, setup_page
from madoguchi.models import CrmDeal, CrmStage

DEEDS = {
    "on": lambda row, by: stages.switch_stage(row, True, by=by),
    "off": lambda row, by: stages.switch_stage(row, False, by=by),
    "up": lambda row, by: stages.move_stage(row, -1, by=by),
    "down": lambda row, by: stages.move_stage(row, 1, by=by),
    "delete": lambda row, by: stages.delete_stage(row, by=by),
}


class StageForm(forms.SetupForm):
    name = forms.text(gettext_lazy("Name in English"), 100, hint=gettext_lazy("Also its name in the API."))
    name_ja = forms.text(gettext_lazy("Name in Japanese"), 100)
    category = forms.pick(
        gettext_lazy("Kind of stage"),
        CrmStage.Category.choices,
        hint=gettext_lazy(
            "Decides about the class of the customer: an open deal counts as Deals, a won one as Customers."
        ),
    )


def show(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    rows = list(CrmStage.objects.all())
    used = set(CrmDeal.objects.order_by().values_list("stage_id", flat=True).distinct())
    return setup_page(
        request, "agent/setup/crm_stages.html", here="crm_stages", rows=rows, used=used, is_on=crm.is_on()
    )


def add(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    form = StageForm(request.POST or None)

    def save(typed: dict[str, Any]) -> CrmStage:
        return stages.add_stage(typed, by=request.actor)

    back = reverse("crm_stages")
    return form_page(request, form, save, to=back, here="crm_stages", title=_("New stage"), back=back)


def edit(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(CrmStage, pk)
    form = StageForm(request.POST or None, initial=forms.only(row, ("name", "name_ja", "category")))

    def save(typed: dict[str, Any]) -> CrmStage:
        return stages.edit_stage(row, typed, by=request.actor)

    back = reverse("crm_stages")
    return form_page(request, form, save, to=back, here="crm_stages", title=str(row), back=back)


@require_POST
def do(request: Desked, pk: int, what: str) -> HttpResponse:
    """Switch it on or off, move it, delete it."""
    require(request.actor, "administer")
    row = find(CrmStage, pk)
    return deed(request, lambda: chosen(DEEDS, what)(row, request.actor), to=reverse("crm_stages"), here="crm_stages")
