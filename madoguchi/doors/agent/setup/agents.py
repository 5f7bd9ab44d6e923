"""Agents: list, invite, change, deactivate."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from madoguchi import record
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.setup import forms, invitations
from madoguchi.doors.agent.setup.pages import chosen, deed, find, form_page, setup_page
from madoguchi.models import Agent, Department, Role, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import the_organisation
from madoguchi.people import agents

DEEDS = {
    "deactivate": agents.deactivate_agent,
    "reactivate": agents.reactivate_agent,
    "reset-two-factor": agents.reset_two_factor,
}


class AgentForm(forms.SetupForm):
    last_name = forms.text(gettext_lazy("Family name"), 80)
    first_name = forms.text(gettext_lazy("Given name"), 80, required=False)
    email = forms.text(gettext_lazy("Mail address"), 254, hint=gettext_lazy("For signing in."), inputmode="email")
    role = forms.one_row(gettext_lazy("Role"))
    language = forms.language()
    departments = forms.Several(None, label=gettext_lazy("Departments"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = Role.objects.all()  # type: ignore[attr-defined]
        self.fields["departments"].queryset = Department.objects.all()  # type: ignore[attr-defined]


def show(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    active = request.GET.get("show") != "inactive"
    rows = Agent.objects.for_request().filter(is_active=active)[:1000]
    guarded = set(Authenticator.objects.filter(type=Authenticator.Type.TOTP).values_list("user_id", flat=True))
    n = Agent.objects.filter(is_active=False).count()
    return setup_page(
        request, "agent/setup/agents.html", here="agents", rows=rows, active=active, guarded=guarded, inactive_n=n
    )


def add(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    role = Role.objects.filter(base=Role.Base.AGENT, is_system=True).first()
    initial = {"role": role, "language": the_organisation().language}
    form = AgentForm(request.POST or None, initial=initial)

    def save(typed: dict[str, Any]) -> Agent:
        picked = {name: typed.pop(name) for name in ("role", "departments")}
        agent = agents.add_agent(typed.pop("email"), typed, **picked, by=request.actor)
        request.session["invitation"] = agent.pk
        return agent

    def to(row: Agent) -> str:
        return reverse("agent", args=[row.pk])

    back = reverse("agents")
    title = _("Invite an agent")
    return form_page(
        request, form, save, to=to, here="agents", title=title, submit=_("Invite"), done=_("Added."), back=back
    )


def edit(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(Agent.objects.for_request(), pk)
    names = ("last_name", "first_name", "email", "role", "language")
    form = AgentForm(request.POST or None, initial={**forms.only(row, names), "departments": row.departments.all()})

    def save(typed: dict[str, Any]) -> Agent:
        picked = {name: typed.pop(name) for name in ("email", "role", "departments")}
        return agents.edit_agent(row, typed, **picked, by=request.actor)

    open_tickets = Ticket.objects.live().filter(assignee=row).exclude(state=State.CLOSED)
    return form_page(
        request,
        form,
        save,
        to=reverse("agents"),
        here="agents",
        title=row.name,
        template="agent/setup/agent.html",
        row=row,
        open_n=open_tickets[:1001].count(),
        is_guarded=Authenticator.objects.filter(user=row, type=Authenticator.Type.TOTP).exists(),
        invitation=invitations.link(row) if request.session.pop("invitation", None) == row.pk else "",
        back=reverse("agents"),
    )


@require_POST
def do(request: Desked, pk: int, what: str) -> HttpResponse:
    """Deactivate, take back, reset two-factor authentication."""
    require(request.actor, "administer")
    row = find(Agent, pk)
    return deed(
        request, lambda: chosen(DEEDS, what)(row, by=request.actor), to=reverse("agent", args=[pk]), here="agents"
    )


@require_POST
def invite(request: Desked, pk: int) -> HttpResponse:
    """Show the link once more; it is the only one that works. The old ones work as long as no password was chosen."""
    require(request.actor, "administer")
    row = find(Agent.objects.filter(is_active=True), pk)
    record.note("setup.changed", by=request.actor, after={"what": f"agent {row.pk}", "name": row.name, "link": "made"})
    request.session["invitation"] = row.pk
    return go(request, reverse("agent", args=[pk]))
