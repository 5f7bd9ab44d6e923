"""Views: which there are, which one was open last, how many tickets one holds (API B8)."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel

from madoguchi.doors.api import answers, finders, shared_tickets, ticket_views
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import not_yet
from madoguchi.doors.api.wire import Body, Id
from madoguchi.errors import Refused
from madoguchi.lists import counting, views
from madoguchi.lists.meanings import Reader
from madoguchi.lists.selecting import CAP, selection
from madoguchi.models import Department, LastView

door = Door("Views")


class OfDepartment(BaseModel):
    module: str = "tickets"
    departmentId: Id | None = None


def department_of(query: OfDepartment, request: Call) -> Department | None:
    """The one asked for, else the first own one."""
    if query.module != "tickets":
        raise not_yet("/module")
    if query.departmentId is not None:
        return finders.department(query.departmentId, request.actor)
    own = me(request).own_department_ids
    return Department.objects.filter(pk__in=own).order_by("pk").first()


@door.at("GET /views", gives="View[]")
def list_views(request: Call, query: Query[OfDepartment]) -> HttpResponse:
    """The views of tickets an agent has in a department."""
    found = ticket_views.seen_in(department_of(query, request), me(request))
    return answers.rows([shown(view, me(request).pk) for view in found])


def shown(view: views.View, agent_id: int) -> dict[str, object]:
    name = str(view.name) if view.pk is not None else ticket_views.WIRE_NAMES[view.key]
    return {
        "id": str(ticket_views.id_of(view)),
        "name": name,
        "viewName": name,
        "displayLabel": str(ticket_views.LABELS.get(view.key, view.name)),
        "sanitizedName": name.replace(" ", "-").lower(),
        "isCustomView": view.pk is not None,
        "isLocked": view.pk is None,
        "createdBy": str(agent_id) if view.is_mine else None,
        "deprecatedViewId": None,
    }


@door.at("GET /lastAccessedView", gives="Object")
def get_last_view(request: Call, query: Query[OfDepartment]) -> object:
    """The view that was open last in a department."""
    department, agent = department_of(query, request), me(request)
    kept = LastView.objects.filter(agent=agent, department=department).values_list("view", flat=True).first()
    known = {view.key: view for view in ticket_views.seen_in(department, agent)}
    return {"viewId": str(ticket_views.id_of(known.get(kept or "", views.VIEWS["open"])))}


class Chosen(Body):
    viewId: Id


@door.at("PUT /lastAccessedView", gives="Object")
def set_last_view(request: Call, query: Query[OfDepartment], body: Chosen) -> object:
    """Keep the view that is open now."""
    department, agent = department_of(query, request), me(request)
    known = {ticket_views.id_of(view): view for view in ticket_views.seen_in(department, agent)}
    if department is None or body.viewId not in known:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "viewId")
    view = known[body.viewId]
    LastView.objects.update_or_create(agent=agent, department=department, defaults={"view": view.key})
    return {"viewId": str(body.viewId)}


class OfView(BaseModel):
    viewId: Id
    departmentId: Id | None = None


@door.at("GET /ticketQueueView/count", gives="Count")
def count_view(request: Call, query: Query[OfView]) -> object:
    """How many tickets a view holds, counted to 1000."""
    agent, seen = me(request), ticket_views.find(query.viewId, request)
    ids = (
        [finders.department(query.departmentId, request.actor).pk]
        if query.departmentId
        else list(agent.own_department_ids)
    )
    if seen.view.is_shared:
        found = shared_tickets.into(ids).filter(ticket_views.q_of(seen, agent)).order_by()
        return {"count": str(found[:CAP].count())}
    total = 0
    for department_id in ids if seen.department_id is None else [i for i in ids if i == seen.department_id]:
        chosen = selection(views.q_of(seen.view, department_id, Reader.of(agent), seen.fields))
        total += counting.patiently(chosen, ms=2000) or 0
    return {"count": str(min(total, CAP))}
