"""Tickets shared with a department or by it: the only public way to list them (API B2)."""

from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from ninja import Query
from pydantic import Field

from madoguchi.doors.api import answers, finders, rows, shared_tickets
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.ticket_filters import assigned, received, statuses
from madoguchi.doors.api.wire import Id, Paged
from madoguchi.models import Department, Entry, Follower
from madoguchi.models.ticket import TicketQuerySet

door = Door("Sharing")
ALL_TIME = -1


class Associated(Paged):
    limit: int = Field(25, ge=1, le=100)
    isShared: bool = Field(False, description="true: shared out of departmentId; else: shared into sharedDepartmentId")
    departmentId: Id | None = Field(None, description="Whose the tickets are")
    sharedDepartmentId: Id | None = Field(None, description="With whom they are shared")
    follower: Id | None = None
    commenter: Id | None = Field(None, description="Not looked at where follower is given")
    assignee: str = Field("", description="agent ids, or Unassigned")
    status: str = ""
    receivedInDays: int | None = Field(None, description="15, 30, 90; -1 for all")
    include: str = ""


@door.at("GET /associatedTickets", gives="TicketRow[]")
def list_associated_tickets(request: Call, query: Query[Associated]) -> HttpResponse:
    """List live tickets that are shared, the last changed first: shared out of own departments, or into them.

    Rights are asked on departmentId for those shared out, on sharedDepartmentId for those shared in; without it all own
    departments are meant.
    """
    parts = out(request, query) if query.isShared else into(request, query)
    narrow = narrowed(query)
    found = shared_tickets.page([part.filter(narrow) for part in parts], query.cut())
    return answers.rows(rows.listed(found, query.include))


def out(request: Call, query: Associated) -> list[TicketQuerySet]:
    """Of each department what it has shared."""
    receiver = any_department(query.sharedDepartmentId)
    return [shared_tickets.out_of(pk, receiver) for pk in own(request, query.departmentId)]


def into(request: Call, query: Associated) -> list[TicketQuerySet]:
    """For each department what is shared with it."""
    owner = any_department(query.departmentId)
    only = Q() if owner is None else Q(department=owner)
    return [shared_tickets.into([pk]).filter(only) for pk in own(request, query.sharedDepartmentId)]


def own(request: Call, department_id: int | None) -> list[int]:
    """The department asked for, or all one works in. Hidden where one does not."""
    if department_id is None:
        return list(me(request).own_department_ids)
    return [finders.department(department_id, request.actor).pk]


def any_department(department_id: int | None) -> int | None:
    return None if department_id is None else finders.one(Department.objects.all(), department_id).pk


def narrowed(query: Associated) -> Q:
    found = received(None if query.receivedInDays == ALL_TIME else query.receivedInDays)
    if query.follower is not None:
        found &= Q(Exists(Follower.objects.filter(ticket=OuterRef("pk"), agent=query.follower)))
    elif query.commenter is not None:
        notes = Entry.objects.filter(ticket=OuterRef("pk"), kind=Entry.Kind.COMMENT, deleted_at=None)
        found &= Q(Exists(notes.filter(agent=query.commenter)))
    if query.assignee:
        found &= assigned(query.assignee)
    if query.status:
        found &= statuses(query.status)
    return found
