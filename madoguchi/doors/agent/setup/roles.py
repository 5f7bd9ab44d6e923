"""Roles and what they may not do."""

from typing import Any

from django import forms as django_forms
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
from madoguchi.models import Role
from madoguchi.organisation import roles


class RoleForm(forms.SetupForm):
    """`allowed` is ticked for what the role may do: the opposite of what is stored."""

    name = forms.text(gettext_lazy("Name in English"), 100)
    name_ja = forms.text(gettext_lazy("Name in Japanese"), 100)
    allowed = django_forms.MultipleChoiceField(
        label=gettext_lazy("May do"), required=False, widget=django_forms.CheckboxSelectMultiple
    )

    def __init__(self, base: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["allowed"].choices = self.verbs = roles.removable(base)  # type: ignore[attr-defined]

    def taken_away(self, allowed: list[str]) -> list[str]:
        return [verb for verb, _label in self.verbs if verb not in allowed]


class NewRole(forms.SetupForm):
    name = forms.text(gettext_lazy("Name in English"), 100)
    name_ja = forms.text(gettext_lazy("Name in Japanese"), 100)
    base = forms.pick(
        gettext_lazy("Based on"),
        [(base.value, base.label) for base in roles.BASES],
        hint=gettext_lazy("The new role may do the same, less what you take away next."),
    )


def show(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    rows = Role.objects.annotate(agent_n=Count("agents")).order_by("id")
    return setup_page(request, "agent/setup/roles.html", here="roles", rows=rows, labels=roles.LABELS)


def add(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    form = NewRole(request.POST or None, initial={"base": Role.Base.AGENT})

    def save(typed: dict[str, Any]) -> Role:
        base = typed.pop("base")
        return roles.add_role(typed, base, (), by=request.actor)

    def to(row: Role) -> str:
        return reverse("role", args=[row.pk])

    done = _("Added. Now choose what it may not do.")
    back = reverse("roles")
    return form_page(request, form, save, to=to, here="roles", title=_("New role"), done=done, back=back)


def edit(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(Role.objects.filter(is_system=False), pk)
    allowed = [verb for verb, _label in roles.removable(row.base) if verb not in row.takes_away]
    form = RoleForm(
        row.base, request.POST or None, initial={**forms.only(row, ("name", "name_ja")), "allowed": allowed}
    )

    def save(typed: dict[str, Any]) -> Role:
        taken_away = form.taken_away(typed.pop("allowed"))
        return roles.edit_role(row, typed, taken_away, by=request.actor)

    return form_page(
        request,
        form,
        save,
        to=reverse("roles"),
        here="roles",
        title=str(row),
        lead=_("Based on: %(role)s") % {"role": row.get_base_display()},
        template="agent/setup/role.html",
        row=row,
        agent_n=row.agents.count(),
        others=Role.objects.exclude(pk=row.pk),
        back=reverse("roles"),
    )


@require_POST
def delete(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(Role.objects.filter(is_system=False), pk)
    wanted = request.POST.get("to", "")
    to = find(Role, int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 12 else None
    return deed(
        request,
        lambda: roles.delete_role(row, to=to, by=request.actor),
        to=reverse("roles"),
        here="roles",
        done=_("Deleted."),
        back=reverse("role", args=[pk]),
    )
