"""Agents, and who the token belongs to (API B1)."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.present import agent as present
from madoguchi.doors.api.sorting import wanted
from madoguchi.doors.api.text_tokens import matches
from madoguchi.doors.api.wire import Paged, ids_in
from madoguchi.models import Agent, Role, Team

door = Door("Agents")
SEARCHED = {"emailId": ["email"], "firstName": ["first_name"], "lastName": ["last_name"]}
EVERYWHERE = ["email", "first_name", "last_name"]


class Included(BaseModel):
    include: str = ""


class Agents(Paged):
    limit: int = Field(10, ge=1, le=200)
    status: str = ""
    searchStr: str = ""
    fieldName: str = ""
    departmentIds: str = ""
    roleIds: str = ""
    profileIds: str = ""
    rolePermissionType: str = ""
    isLightAgent: bool | None = None
    isConfirmed: bool | None = None
    include: str = ""
    sortOrder: str = ""


def shown(agent: Agent, include: str) -> dict[str, Any]:
    found, nested = present.agent(agent), wanted(include, {"profile", "role"})
    if "role" in nested:
        found["role"] = {"id": str(agent.role_id), "name": agent.role.name}
    if "profile" in nested:
        found["profile"] = {"id": str(agent.role_id), "name": agent.role.name}
    return found


@door.at("GET /agents", gives="Agent[]")
def list_agents(request: Call, query: Query[Agents]) -> HttpResponse:
    """List agents; `searchStr` finds names and addresses."""
    found = Agent.objects.for_request().filter(criteria(request, query))
    last = "-pk" if query.sortOrder.lower().startswith("desc") else "pk"
    return answers.rows([shown(a, query.include) for a in found.distinct().order_by(last)[query.cut(first=1)]])


def criteria(request: Call, query: Agents) -> Q:
    found = Q()
    if query.status:
        if query.status.upper() not in ("ACTIVE", "DISABLED"):
            raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": "status"})
        found &= Q(is_active=query.status.upper() == "ACTIVE")
    if query.searchStr:
        columns = SEARCHED.get(query.fieldName, EVERYWHERE)
        for part in query.searchStr.split() or [query.searchStr]:
            found &= matches(columns, part)
    if ids := finders.department_ids(None, query.departmentIds, request.actor):
        found &= Q(departments__in=ids)
    for name in ("roleIds", "profileIds"):
        if text := getattr(query, name):
            found &= Q(role__in=ids_in(text, name))
    if query.rolePermissionType:
        bases = [base for base in Role.Base if present.PERMISSION.get(base, "Custom") == query.rolePermissionType]
        found &= Q(role__base__in=bases)
    if query.isLightAgent is not None:
        light = Q(role__base=Role.Base.LIGHT)
        found &= light if query.isLightAgent else ~light
    if query.isConfirmed is not None:
        found &= Q(is_confirmed=query.isConfirmed)
    return found


@door.at("GET /agents/count", gives="Count")
def count_agents(request: Call) -> object:
    """How many agents are active."""
    return {"count": str(Agent.objects.filter(is_active=True).count())}


class ByIds(BaseModel):
    agentIds: str


@door.at("GET /agentsByIds", gives="Agent[]")
def list_agents_by_ids(request: Call, query: Query[ByIds]) -> HttpResponse:
    """Agents by their ids."""
    found = Agent.objects.for_request().filter(pk__in=ids_in(query.agentIds, "agentIds"))
    return answers.rows([present.agent(agent) for agent in found[:100]])


@door.at("GET /agents/{int:agent_id}", gives="Agent")
def get_agent(request: Call, agent_id: int, query: Query[Included]) -> object:
    """An agent."""
    return shown(finders.one(Agent.objects.for_request(), agent_id), query.include)


@door.at("GET /agents/{int:agent_id}/teams", gives="Team[teams]")
def list_teams_of_agent(request: Call, agent_id: int) -> object:
    """The teams an agent is in, of own departments."""
    agent = finders.one(Agent.objects.all(), agent_id)
    own = me(request).own_department_ids
    rows = Team.objects.filter(agents=agent, department__in=own).prefetch_related("agents")
    return {"teams": [present.team(team) for team in rows]}


@door.at("GET /myinfo", gives="Agent")
def get_my_info(request: Call, query: Query[Included]) -> object:
    """The agent the token belongs to."""
    return shown(me(request), query.include)
