from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import again, done
from madoguchi.errors import Refused
from madoguchi.models import Agent, Team, Ticket


@require_POST
def change(request: Desked, number: int) -> HttpResponse:
    """Set the assignee or the team: `field` says which, an empty value means nobody."""
    ticket = find(request, number)
    field = "team" if request.POST.get("field") == "team" else "assignee"
    try:
        assign_team(request, ticket) if field == "team" else assign_agent(request, ticket)
    except Refused as refusal:
        return again(request, number, refusal, edit=field)
    return done(request, ticket, _("Team changed.") if field == "team" else _("Assignee changed."))


def assign_agent(request: Desked, ticket: Ticket) -> None:
    found = {
        str(a.pk): a for a in Agent.objects.filter(pk__in=numbers(request, "value", "seen")).select_related("role")
    }
    wanted = request.POST.get("value", "")
    if wanted and wanted not in found:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "assignee")
    tickets.assign(ticket, found.get(wanted), expected=found.get(request.POST.get("seen", "")), by=request.actor)


def assign_team(request: Desked, ticket: Ticket) -> None:
    found = {str(team.pk): team for team in Team.objects.filter(pk__in=numbers(request, "value", "seen"))}
    wanted = request.POST.get("value", "")
    if wanted and wanted not in found:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "team")
    seen = found.get(request.POST.get("seen", ""))
    tickets.assign(ticket, team=found.get(wanted), expected_team=seen, by=request.actor)


def numbers(request: Desked, *names: str) -> list[int]:
    values = (request.POST.get(name, "") for name in names)
    return [int(value) for value in values if value.isdecimal() and len(value) < 19]
