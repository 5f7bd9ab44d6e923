"""Teams of own departments (API B1)."""

from django.db.models import QuerySet
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi.actor import Actor
from madoguchi.doors.api import finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.present import agent as present
from madoguchi.doors.api.sorting import wanted
from madoguchi.doors.api.text_tokens import matches
from madoguchi.doors.api.wire import Paged
from madoguchi.models import Agent, Team

door = Door("Teams")


def seen(by: Actor) -> QuerySet[Team]:
    rows = Team.objects.filter(department__in=by.agent.own_department_ids)  # type: ignore[union-attr]
    return rows.prefetch_related("agents").order_by("id")


class Teams(Paged):
    limit: int = Field(0, ge=0, le=500, description="0 = all")
    searchStr: str = ""

    def cut(self, *, first: int = 0) -> slice:
        return slice(self.from_, self.from_ + self.limit if self.limit else None)


@door.at("GET /teams", gives="Team[teams]")
def list_teams(request: Call, query: Query[Teams]) -> object:
    """List teams."""
    found = seen(request.actor)
    if query.searchStr:
        found = found.filter(matches(["name"], query.searchStr))
    return {"teams": [present.team(team) for team in found[query.cut()]]}


@door.at("GET /departments/{int:department_id}/teams", gives="Team[teams]")
def list_teams_of_department(request: Call, department_id: int, query: Query[Teams]) -> object:
    """The teams of a department."""
    found = seen(request.actor).filter(department=finders.department(department_id, request.actor))
    if query.searchStr:
        found = found.filter(matches(["name"], query.searchStr))
    return {"teams": [present.team(team) for team in found[query.cut()]]}


@door.at("GET /teams/{int:team_id}", gives="Team")
def get_team(request: Call, team_id: int) -> object:
    """A team."""
    return present.team(finders.one(seen(request.actor), team_id))


class Included(BaseModel):
    include: str = ""


@door.at("GET /teams/{int:team_id}/members", gives="AgentShort[members]")
def list_members(request: Call, team_id: int, query: Query[Included]) -> object:
    """Who is in a team."""
    wanted(query.include, {"profile", "role"})
    team = finders.one(seen(request.actor), team_id)
    return {"members": [present.short(a) for a in Agent.objects.filter(teams=team, is_active=True)]}
