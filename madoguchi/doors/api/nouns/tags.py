"""Tags on tickets, and tickets by tag (API B3)."""

from django.db.models import Count, Q
from django.http import HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.sorting import order
from madoguchi.doors.api.ticket_filters import Listed, page
from madoguchi.doors.api.wire import Body, Id, Paged
from madoguchi.models import Tag

door = Door("Tags")


def shown(tag: Tag) -> dict[str, str]:
    return {"id": str(tag.pk), "name": tag.name, "tagType": "MANUAL"}


@door.at("GET /tickets/{int:ticket_id}/tags", gives="Tag[tags]")
def list_tags_of_ticket(request: Call, ticket_id: int) -> object:
    """The tags of a ticket."""
    ticket = finders.ticket(ticket_id, request.actor)
    return {"tags": [shown(tag) for tag in Tag.objects.filter(ticket_tags__ticket=ticket)]}


class TagNames(Body):
    tags: list[str] = Field(min_length=1, max_length=51)


@door.at("POST /tickets/{int:ticket_id}/associateTag", gives="Tag[tags]")
def associate_tags(request: Call, ticket_id: int, body: TagNames) -> object:
    """Put tags on a ticket."""
    tickets.tag(finders.ticket(ticket_id, request.actor), body.tags, by=request.actor)
    return list_tags_of_ticket(request, ticket_id)


@door.at("POST /tickets/{int:ticket_id}/dissociateTag", gives="Tag[tags]")
def dissociate_tags(request: Call, ticket_id: int, body: TagNames) -> object:
    """Take tags off a ticket."""
    tickets.untag(finders.ticket(ticket_id, request.actor), body.tags, by=request.actor)
    return list_tags_of_ticket(request, ticket_id)


class Tags(Paged):
    departmentId: Id | None = None
    sortBy: str = ""


def counted(by: Actor, department_id: int | None) -> Q:
    """The live tickets under which a tag counts."""
    seen = Q(ticket_tags__ticket__trashed_at=None, ticket_tags__ticket__is_spam=False)
    if department_id is not None:
        return seen & Q(ticket_tags__ticket__department=finders.department(department_id, by))
    if by.is_administrator:
        return seen
    return seen & Q(ticket_tags__ticket__department__in=by.agent.own_department_ids)  # type: ignore[union-attr]


@door.at("GET /ticketTags", gives="TagCounted[]")
def list_tags(request: Call, query: Query[Tags]) -> HttpResponse:
    """The tags in use on tickets one may see, and on how many."""
    which = counted(request.actor, query.departmentId)
    found = Tag.objects.annotate(n=Count("ticket_tags", filter=which)).filter(n__gt=0)
    found = found.order_by(*order(query.sortBy, {"name": "name", "ticketCount": "n"}, ("name",)))
    return answers.rows([{**shown(tag), "ticketCount": str(tag.n)} for tag in found[query.cut()]])


class Wanted(BaseModel):
    searchVal: str = ""
    departmentId: Id | None = None


@door.at("GET /tags/search", gives="Tag[]")
def search_tags(request: Call, query: Query[Wanted]) -> HttpResponse:
    """Tags whose name begins with, or else holds, the words."""
    word = query.searchVal.strip("*")
    found = Tag.objects.filter(counted(request.actor, query.departmentId), name__icontains=word).distinct()
    return answers.rows([shown(tag) for tag in found.order_by("name")[:50]])


@door.at("GET /tags/{int:tag_id}/tickets", gives="TicketRow[]")
def list_tickets_of_tag(request: Call, tag_id: int, query: Query[Listed]) -> HttpResponse:
    """The tickets with a tag."""
    tag = finders.one(Tag.objects.filter(counted(request.actor, None)).distinct(), tag_id)
    return page(request, finders.seen_tickets(request.actor).filter(ticket_tags__tag=tag), query)
