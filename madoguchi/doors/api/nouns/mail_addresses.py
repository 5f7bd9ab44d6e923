"""The addresses of own departments, to write from (API B8)."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.wire import Paged, to_id
from madoguchi.models import Mailbox

door = Door("Mail addresses")


class Addresses(Paged):
    limit: int = Field(50, ge=1, le=200)
    departmentId: str = Field("", description="an id, or allDepartment")
    isActive: bool | None = None


def shown(box: Mailbox) -> dict[str, Any]:
    return {
        "id": str(box.pk),
        "address": box.address,
        "displayName": box.display_name or box.department.name,
        "departmentId": str(box.department_id),
        "isActive": box.is_active,
        "isDefault": box.is_default,
        "isVerified": True,
    }


def page(request: Call, query: Addresses) -> HttpResponse:
    found = Mailbox.objects.filter(department__in=me(request).own_department_ids).select_related("department")
    if query.departmentId not in ("", "allDepartment"):
        try:
            department_id = to_id(query.departmentId)
        except ValueError:
            text = _("The query parameter “%(name)s” is not valid.") % {"name": "departmentId"}
            raise unprocessable(text) from None
        found = found.filter(department=finders.department(department_id, request.actor))
    if query.isActive is not None:
        found = found.filter(is_active=query.isActive)
    return answers.rows([shown(box) for box in found[query.cut(first=1)]])


@door.at("GET /supportEmailAddress", gives="MailAddress[]")
def list_support_addresses(request: Call, query: Query[Addresses]) -> HttpResponse:
    """The addresses customers write to."""
    return page(request, query)


@door.at("GET /mailReplyAddress", gives="MailAddress[]")
def list_reply_addresses(request: Call, query: Query[Addresses]) -> HttpResponse:
    """The addresses a reply can leave from."""
    return page(request, query)


@door.at("GET /mailReplyAddress/{int:address_id}", gives="MailAddress")
def get_reply_address(request: Call, address_id: int) -> object:
    """One address."""
    rows = Mailbox.objects.filter(department__in=me(request).own_department_ids).select_related("department")
    return shown(finders.one(rows, address_id))
