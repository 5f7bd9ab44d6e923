"""What departments switched on of notifications, and what oneself was told (ours; SPEC S8, D9)."""

from typing import Any

from django.http import HttpResponse
from ninja import Query
from pydantic import BaseModel, Field, create_model

from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit
from madoguchi.doors.api.present.words import page as page_of
from madoguchi.doors.api.present.words import ref, time
from madoguchi.doors.api.switches import SWITCHES
from madoguchi.doors.api.wire import Body, Id
from madoguchi.errors import Denied
from madoguchi.lists import notifications
from madoguchi.models import Department
from madoguchi.organisation.notification_rules import KINDS, may_set, rules_of, set_rule
from madoguchi.people.notifications import mark_read

door = Door("Notifications")
fields: dict[str, Any] = dict.fromkeys(SWITCHES, (bool, False))
Switches = create_model("NotificationSwitches", __base__=Body, **fields)


@door.at("GET /departments/{int:department_id}/settings/notifications", gives="NotificationSettings")
def get_notification_settings(request: Call, department_id: int) -> object:
    """What agents of a department are told of, in the desk and by mail; for administrators and its supervisors."""
    return switches(allowed(request, department_id))


@door.at("PATCH /departments/{int:department_id}/settings/notifications", gives="NotificationSettings")
def change_notification_settings(request: Call, department_id: int, body: Switches) -> object:  # type: ignore[valid-type]
    """Switch notifications of a department on or off; what is left out stays."""
    department = allowed(request, department_id)
    for name in sorted(body.model_fields_set):  # type: ignore[attr-defined]
        kind, way = SWITCHES[name]
        set_rule(department, kind, **{way: getattr(body, name)}, by=request.actor)
    return switches(department)


def allowed(request: Call, department_id: int) -> Department:
    department = finders.department(department_id, request.actor)
    if not may_set(request.actor, department):
        raise Denied("set_rule")
    return department


def switches(department: Department) -> dict[str, bool]:
    rules = {rule.kind.key: rule for rule in rules_of(department)}
    return {name: getattr(rules[kind], way) for name, (kind, way) in SWITCHES.items()}


class Listed(BaseModel):
    limit: int = Field(30, ge=1, le=100)
    cursor: str = Field("", description="`next` of the page before")
    isUnread: bool = Field(False, description="Only what was not read yet")


@door.at("GET /notifications", gives="Notification[]")
def list_notifications(request: Call, query: Query[Listed]) -> HttpResponse:
    """List what oneself was told in the desk, newest first, of tickets one still sees; `next` is null at the end."""
    found = notifications.page(request.actor, query.cursor, unread_only=query.isUnread, size=query.limit)
    unread = str(notifications.unread_count(request.actor))
    return answers.rows([shown(row) for row in found.rows], next=found.older or None, unreadCount=unread)


def shown(row: notifications.Row) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "type": KINDS[row.kind].api,
        "message": row.text,
        "summary": row.excerpt or None,
        "ticketId": str(row.ticket_id),
        "ticketNumber": str(row.number),
        "subject": row.subject,
        "threadId": ref(row.entry),
        "createdTime": time(row.at),
        "readTime": time(row.read_at),
        "webUrl": page_of(f"/tickets/{row.number}/"),
    }


class Read(Body):
    ids: list[Id] = Field([], max_length=500)
    ticketId: Id | None = Field(None, description="All of this ticket")
    all: bool = Field(False, description="All there are")


@door.at("POST /notifications/markAsRead", status=204)
def mark_notifications_read(request: Call, body: Read) -> HttpResponse:
    """Mark one's own notifications as read: by their ids, those of a ticket, or all."""
    if body.ticketId is not None:
        mark_read(ticket=finders.ticket(body.ticketId, request.actor), by=request.actor)
    elif body.ids or body.all:
        mark_read(body.ids, everything=body.all, by=request.actor)
    else:
        raise Unfit("/ids", "missing")
    return answers.nothing()
