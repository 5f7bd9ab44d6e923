"""設定 → カスタマイズ → 一般設定 → 問い合わせ, and the panel 問い合わせの関連付け(親子関係の設定) on it (SPEC F1, F2).

The panel is one form, so that closing it saves what was switched, whichever button closed it.
"""

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.setup.pages import setup_page
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Department
from madoguchi.organisation import families
from madoguchi.organisation.families import RULES

HERE = "ticket_settings"


@dataclass(frozen=True, slots=True)
class Fold:
    """A department with the feature on: its switches as they stand or were typed, and how many families there are."""

    department: Department
    rules: dict[str, bool]
    parents_n: int
    children_n: int
    error: str = ""

    @property
    def on_n(self) -> int:
        return sum(self.rules.values())


@require_safe
def show(request: Desked) -> HttpResponse:
    require(request.actor, "supervise")
    return setup_page(request, "agent/setup/tickets.html", here=HERE, panel=None, on_n=len(own(request, on=True)))


def edit(request: Desked) -> HttpResponse:
    """The panel. Every button of it saves the switches first; `do` enables or disables a department, or only closes."""
    require(request.actor, "supervise")
    if request.method != "POST":
        return panel(request, request.GET.get("department", ""))
    do, _colon, value = request.POST.get("do", "close").partition(":")
    chosen = value or request.POST.get("department", "")
    try:
        with transaction.atomic():
            save(request)
            if do == "enable":
                families.enable_families(one(request, chosen), by=request.actor)
            elif do == "disable":
                families.disable_families(one(request, chosen), by=request.actor)
    except Refused as refusal:
        return panel(request, chosen, refusal)
    if do == "enable":
        return go(request, f"{reverse('family_settings')}?department={chosen}", _("Switched on."))
    if do == "disable":
        return go(request, reverse("family_settings"), _("Switched off."))
    return go(request, reverse(HERE), _("Saved."))


def save(request: Desked) -> None:
    """The switches of each department that the form shows, where the reader turned one."""
    for department in own(request, on=True):
        was = request.POST.get(f"was-{department.pk}")
        if was is None:
            continue
        wanted = {name: f"{name}-{department.pk}" in request.POST for name in RULES}
        if was != written(wanted):
            try:
                families.set_family_rules(department, **wanted, by=request.actor)
            except Refused as refusal:
                refusal.field = str(department.pk)
                raise


def written(rules: dict[str, bool]) -> str:
    return "".join("1" if rules[name] else "0" for name in RULES)


def own(request: Desked, *, on: bool) -> list[Department]:
    """The departments the agent looks after."""
    return list(Department.objects.filter(pk__in=[d.pk for d in request.departments], has_families=on))


def one(request: Desked, pk: str) -> Department:
    found = next((d for d in request.departments if str(d.pk) == pk), None)
    if found is None:
        raise Hidden if pk else Refused("NOT_A_CHOICE", _("Choose a department."), "department")
    return found


def panel(request: Desked, opened: str, refusal: Refused | None = None) -> HttpResponse:
    counted = families.counts()
    folds = []
    for department in own(request, on=True):
        rules = {name: getattr(department, name) for name in RULES}
        if request.method == "POST" and f"was-{department.pk}" in request.POST:
            rules = {name: f"{name}-{department.pk}" in request.POST for name in RULES}
        error = str(refusal.text) if refusal and refusal.field == str(department.pk) else ""
        folds.append(Fold(department, rules, *counted.get(department.pk, (0, 0)), error))
    return setup_page(
        request,
        "agent/setup/tickets.html",
        here=HERE,
        status=422 if refusal else 200,
        panel=folds,
        on_n=len(folds),
        off=[(d.pk, d.name) for d in own(request, on=False)],
        was=lambda department: written({name: getattr(department, name) for name in RULES}),
        opened=next((f.department.pk for f in folds if f.error or str(f.department.pk) == opened), None),
        refusal=refusal if refusal and refusal.field == "department" else None,
    )
