"""Statuses and fields, for drop-downs of clients (API B8)."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel

from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import not_yet
from madoguchi.doors.api.wire import Id
from madoguchi.models import CustomField
from madoguchi.models.ticket import Channel, Priority
from madoguchi.organisation.current import statuses

door = Door("Fields")
TYPES = {"text": "Text", "number": "Number", "date": "Date", "choice": "Picklist", "checkbox": "Boolean"}
CLASSIFICATIONS = ["Problem", "Request", "Question", "Others"]


class OfDepartment(BaseModel):
    departmentId: Id | None = None


@door.at("GET /ticketStatuses", gives="Status[]")
def list_statuses(request: Call, query: Query[OfDepartment]) -> HttpResponse:
    """The statuses; they belong to the organisation, so every department has the same."""
    if query.departmentId is not None:
        finders.department(query.departmentId, request.actor)
    rows = [status for status in statuses() if status.is_active]
    return answers.rows(
        [
            {
                "id": str(status.pk),
                "name": status.name,
                "displayLabel": status.label,
                "statusType": status.state,
                "isDefault": status.is_default,
                "position": status.position,
            }
            for status in rows
        ]
    )


class OfModule(OfDepartment):
    module: str


@door.at("GET /fields", gives="Field[]")
def list_fields(request: Call, query: Query[OfModule]) -> HttpResponse:
    """The fields of tickets, with the custom ones of own departments."""
    if query.module != "tickets":
        raise not_yet("/module")
    own = list(me(request).own_department_ids)
    if query.departmentId is not None:
        own = [finders.department(query.departmentId, request.actor).pk]
    custom = CustomField.objects.filter(department__in=own, is_active=True).order_by("position", "id")
    by_name = {row.api_name: row for row in custom}
    return answers.rows([*standard(), *(custom_field(row) for row in by_name.values())])


def field(name: str, label: str, kind: str = "Text", *, mandatory: bool = False, allowed: Any = ()) -> dict[str, Any]:
    values = [{"value": value, "displayLabel": str(text)} for value, text in allowed]
    return {
        "apiName": name,
        "displayLabel": label,
        "type": kind,
        "isMandatory": mandatory,
        "isCustomField": False,
        "allowedValues": values,
    }


def standard() -> list[dict[str, Any]]:
    active = [(status.name, status.label) for status in statuses() if status.is_active]
    classes = [(word, word) for word in CLASSIFICATIONS]
    return [
        field("subject", _("Subject")),
        field("description", _("Description"), "Textarea"),
        field("departmentId", _("Department"), "LookUp", mandatory=True),
        field("contactId", _("Contact"), "LookUp", mandatory=True),
        field("accountId", _("Account"), "LookUp"),
        field("productId", _("Product"), "LookUp"),
        field("assigneeId", _("Assignee"), "LookUp"),
        field("teamId", _("Team"), "LookUp"),
        field("status", _("Status"), "Picklist", allowed=active),
        field("priority", _("Priority"), "Picklist", allowed=Priority.choices),
        field("channel", _("Channel"), "Picklist", allowed=Channel.choices),
        field("classification", _("Classification"), "Picklist", allowed=classes),
        field("category", _("Category")),
        field("subCategory", _("Subcategory")),
        field("email", _("Email"), "Email"),
        field("phone", _("Phone"), "Phone"),
        field("dueDate", _("Due date"), "DateTime"),
        field("responseDueDate", _("Response due"), "DateTime"),
        field("language", _("Language")),
        field("resolution", _("Resolution"), "Textarea"),
    ]


def custom_field(row: CustomField) -> dict[str, Any]:
    allowed = [(choice, choice) for choice in row.choices]
    shown = field(row.api_name, row.label, TYPES[row.kind], mandatory=row.is_required, allowed=allowed)
    return {**shown, "isCustomField": True}
