"""Departments one works in (API B1)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi.actor import Actor
from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.present import agent as present_agent
from madoguchi.doors.api.present.words import ref, time
from madoguchi.doors.api.text_tokens import matches
from madoguchi.doors.api.wire import Body, Id, Ids, Paged, ids_in, refuse_unbuilt
from madoguchi.models import Agent, Department
from madoguchi.organisation import departments

door = Door("Departments", names={"assigns_to_teams": "isAssignToTeamEnabled"})
PLAIN = {
    "name": "name",
    "description": "description",
    "nameInCustomerPortal": "name_in_help_center",
    "isVisibleInCustomerPortal": "is_visible_in_help_center",
    "isAssignToTeamEnabled": "assigns_to_teams",
}


def seen(by: Actor) -> QuerySet[Department]:
    return Department.objects.filter(pk__in=by.agent.own_department_ids)  # type: ignore[union-attr]


def row(department: Department) -> dict[str, Any]:
    return {
        "id": str(department.pk),
        "name": department.name,
        "description": department.description or None,
        "createdTime": time(department.created_at),
        "chatStatus": "NOT_CREATED",
        "nameInCustomerPortal": department.name_in_help_center or department.name,
        "creatorId": ref(department.creator_id),
        "isEnabled": department.is_enabled,
        "isDefault": department.is_default,
        "isAssignToTeamEnabled": department.assigns_to_teams,
        "isVisibleInCustomerPortal": department.is_visible_in_help_center,
        "hasLogo": False,
        "sanitizedName": "-".join(department.name.lower().split()),
    }


def full(department: Department) -> dict[str, Any]:
    ids = department.memberships.order_by("agent_id").values_list("agent_id", flat=True)
    return {**row(department), "associatedAgentIds": [str(pk) for pk in ids]}


class Departments(Paged):
    limit: int = Field(50, ge=1, le=200)
    isEnabled: bool | None = None
    chatStatus: str = ""
    searchStr: str = ""


@door.at("GET /departments", gives="DepartmentRow[]")
def list_departments(request: Call, query: Query[Departments]) -> HttpResponse:
    """List the departments one works in; administrators work in all."""
    found = seen(request.actor)
    if query.isEnabled is not None:
        found = found.filter(is_enabled=query.isEnabled)
    if query.chatStatus and query.chatStatus != "NOT_CREATED":
        found = found.none()
    if query.searchStr:
        found = found.filter(matches(["name"], query.searchStr))
    return answers.rows([row(department) for department in found[query.cut(first=1)]])


class ByIds(BaseModel):
    departmentIds: str


@door.at("GET /departmentsByIds", gives="DepartmentRow[]")
def list_departments_by_ids(request: Call, query: Query[ByIds]) -> HttpResponse:
    """Departments by their ids."""
    found = seen(request.actor).filter(pk__in=ids_in(query.departmentIds, "departmentIds"))
    return answers.rows([row(department) for department in found])


@door.at("GET /departments/{int:department_id}", gives="Department")
def get_department(request: Call, department_id: int) -> object:
    """A department."""
    return full(finders.department(department_id, request.actor))


class DepartmentFields(Body):
    name: str | None = None
    description: str | None = None
    nameInCustomerPortal: str | None = None
    isVisibleInCustomerPortal: bool | None = None
    isAssignToTeamEnabled: bool | None = None
    associatedAgentIds: list[Id] | None = Field(None, max_length=500)


class NewDepartment(DepartmentFields):
    name: str


def fields(body: DepartmentFields) -> dict[str, Any]:
    return {PLAIN[name]: value for name, value in body.given(*PLAIN).items() if value is not None}


@door.at("POST /departments", gives="Department")
def create_department(request: Call, body: NewDepartment) -> object:
    """Add a department."""
    by = request.actor
    department = departments.add_department(body.name, by=by)
    changes = fields(body)
    changes.pop("name")
    if changes:
        department = departments.edit_department(department, changes, by=by)
    if body.associatedAgentIds:
        departments.set_members(department, finders.agents(body.associatedAgentIds, "/associatedAgentIds"), by=by)
    return full(Department.objects.get(pk=department.pk))


@door.at("PATCH /departments/{int:department_id}", gives="Department")
def change_department(request: Call, department_id: int, body: DepartmentFields) -> object:
    """Change a department."""
    by = request.actor
    department = finders.department(department_id, by)
    if changes := fields(body):
        department = departments.edit_department(department, changes, by=by)
    if body.associatedAgentIds is not None:
        departments.set_members(department, finders.agents(body.associatedAgentIds, "/associatedAgentIds"), by=by)
    return full(Department.objects.get(pk=department.pk))


@door.at("POST /departments/{int:department_id}/enable")
def enable_department(request: Call, department_id: int) -> HttpResponse:
    """Switch a department on."""
    departments.enable_department(finders.department(department_id, request.actor), by=request.actor)
    return answers.done()


class Successors(Body):
    emailNewDepartment: Id | None = None
    agentNewDepartment: Id | None = None


@door.at("POST /departments/{int:department_id}/disable")
def disable_department(request: Call, department_id: int, body: Successors | None = None) -> HttpResponse:
    """Switch a department off; its open tickets have to be moved or closed before."""
    if body is not None:
        refuse_unbuilt(body, "emailNewDepartment", "agentNewDepartment")
    departments.disable_department(finders.department(department_id, request.actor), by=request.actor)
    return answers.done()


class Members(Body):
    agentIds: Ids


@door.at("POST /departments/{int:department_id}/associateAgents")
def associate_agents(request: Call, department_id: int, body: Members) -> HttpResponse:
    """Let agents work in the department."""
    department = finders.department(department_id, request.actor)
    wanted = {agent.pk: agent for agent in finders.agents(body.agentIds, "/agentIds")}
    everyone = {agent.pk: agent for agent in department.agents.all()} | wanted
    departments.set_members(department, list(everyone.values()), by=request.actor)
    return answers.done()


@door.at("POST /departments/{int:department_id}/dissociateAgents")
def dissociate_agents(request: Call, department_id: int, body: Members) -> HttpResponse:
    """Let agents no longer work in the department."""
    department = finders.department(department_id, request.actor)
    gone = {agent.pk for agent in finders.agents(body.agentIds, "/agentIds")}
    left = [agent for agent in department.agents.all() if agent.pk not in gone]
    departments.set_members(department, left, by=request.actor)
    return answers.done()


@door.at("GET /departments/{int:department_id}/agents", gives="AgentShort[]")
def list_agents_of_department(request: Call, department_id: int, query: Query[Paged]) -> HttpResponse:
    """Who works in a department."""
    department = finders.department(department_id, request.actor)
    found = Agent.objects.filter(departments=department, is_active=True).order_by("id")
    return answers.rows([present_agent.short(agent) for agent in found[query.cut(first=1)]])
