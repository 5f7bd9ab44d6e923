"""Teams of a department."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Agent, Department, Team, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation import rows

FIELDS = frozenset(["name", "description"])


@transaction.atomic
def add_team(department: Department, changes: Mapping[str, Any], agents: Collection[Agent] = (), *, by: Actor) -> Team:
    """A team of agents who work in the department. Refused: NAME_TAKEN, NOT_OF_DEPARTMENT, by field."""
    require(by, "administer")
    team = Team(department=department)
    rows.fill(team, {"name": "", **changes}, FIELDS)
    refuse_name_taken(team)
    team.save()
    _set_agents(team, agents)
    after = {"added": True, "agents": [a.name for a in agents]}
    rows.write_down("team", team, ({}, after), by=by, department=department)
    return team


@transaction.atomic
def edit_team(team: Team, changes: Mapping[str, Any], agents: Collection[Agent] | None = None, *, by: Actor) -> Team:
    require(by, "administer")
    team = rows.locked(team)
    before, after = rows.fill(team, changes, FIELDS)
    refuse_name_taken(team)
    team.save()
    if agents is not None:
        old, new = sorted(a.name for a in team.agents.all()), sorted(a.name for a in agents)
        _set_agents(team, agents)
        if old != new:
            before["agents"], after["agents"] = old, new
    rows.write_down("team", team, (before, after), by=by, department=team.department)
    return team


@transaction.atomic
def delete_team(team: Team, *, by: Actor) -> None:
    """Refused: OPEN_TICKETS while tickets that are not closed are assigned to the team."""
    require(by, "administer")
    team = rows.locked(team)
    if Ticket.objects.live().filter(team=team).exclude(state=State.CLOSED).exists():
        raise Refused("OPEN_TICKETS", _("Open tickets are assigned to this team. Assign them to someone else first."))
    rows.write_down("team", team, ({"agents": [a.name for a in team.agents.all()]}, {"deleted": True}), by=by)
    team.delete()


def refuse_name_taken(team: Team) -> None:
    others = Team.objects.filter(department=team.department, name__iexact=team.name).exclude(pk=team.pk)
    if others.exists():
        raise Refused("NAME_TAKEN", _("This name is used already."), "name")


def _set_agents(team: Team, agents: Collection[Agent]) -> None:
    members = set(team.department.agents.values_list("pk", flat=True))
    if any(a.pk not in members for a in agents):
        raise Refused("NOT_OF_DEPARTMENT", _("This agent does not work in the department."), "agents")
    team.agents.set(agents)
