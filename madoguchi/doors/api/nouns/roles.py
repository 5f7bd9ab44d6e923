"""Roles (API B1)."""

from django.http import HttpResponse
from ninja import Query
from pydantic import Field

from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.present import agent as present
from madoguchi.doors.api.text_tokens import matches
from madoguchi.doors.api.wire import Paged
from madoguchi.models import Role

door = Door("Roles")


class Roles(Paged):
    limit: int = Field(50, ge=1, le=500)
    isDefault: bool | None = None
    isVisible: bool | None = None
    searchStr: str = ""


@door.at("GET /roles", gives="Role[]")
def list_roles(request: Call, query: Query[Roles]) -> HttpResponse:
    """List roles."""
    found = Role.objects.order_by("id")
    if query.isDefault is not None:
        found = found.filter(is_system=query.isDefault)
    if query.isVisible is False:
        found = found.none()
    if query.searchStr:
        found = found.filter(matches(["name", "name_ja"], query.searchStr))
    return answers.rows([present.role(role) for role in found[query.cut()]])


@door.at("GET /roles/{int:role_id}", gives="Role")
def get_role(request: Call, role_id: int) -> object:
    """A role."""
    return present.role(finders.one(Role.objects.all(), role_id))
