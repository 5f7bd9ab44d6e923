"""How many tickets there are (API B2)."""

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel

from madoguchi.doors.api import finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.ticket_filters import assigned
from madoguchi.doors.api.wire import Id, words
from madoguchi.models.organisation import State

door = Door("Tickets")
STATE = {State.OPEN: "OPEN", State.ON_HOLD: "ONHOLD", State.CLOSED: "CLOSED"}
COLUMNS = {"statusType": "state", "status": "status__name", "priority": "priority", "channel": "channel"}
FLAGS = {"spam": Q(is_spam=True), "overDue": Q(is_overdue=True), "escalated": Q(status__name="Escalated")}


class Narrowed(BaseModel):
    departmentId: Id | None = None


@door.at("GET /ticketsCount", gives="Count")
def count_tickets(request: Call, query: Query[Narrowed]) -> object:
    """How many live tickets one may see."""
    found = finders.seen_tickets(request.actor).filter(is_spam=False)
    if query.departmentId is not None:
        found = found.in_departments([finders.department(query.departmentId, request.actor).pk])
    return {"count": str(found.count())}


class ByField(Narrowed):
    field: str
    accountId: Id | None = None
    contactId: Id | None = None
    assigneeId: str = ""


@door.at("GET /ticketsCountByFieldValues", gives="Object")
def count_tickets_by_field(request: Call, query: Query[ByField]) -> object:
    """How many live tickets have each value of a field."""
    found = finders.seen_tickets(request.actor)
    if query.departmentId is not None:
        found = found.in_departments([finders.department(query.departmentId, request.actor).pk])
    if query.accountId is not None:
        found = found.filter(account=query.accountId)
    if query.contactId is not None:
        found = found.filter(contact=query.contactId)
    if query.assigneeId:
        found = found.filter(assigned(query.assigneeId))
    answer: dict[str, object] = {}
    for name in words(query.field):
        if name in FLAGS:
            rows = found if name == "spam" else found.filter(is_spam=False)
            answer[name] = [{"value": "true", "count": str(rows.filter(FLAGS[name]).count())}]
        elif name in COLUMNS:
            column = COLUMNS[name]
            rows = (
                found.filter(is_spam=False).order_by().values(column).annotate(n=Count("pk")).values_list(column, "n")
            )
            answer[name] = [{"value": STATE.get(v, v) or None, "count": str(n)} for v, n in sorted(rows)]
        else:
            raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": "field"})
    return answer
