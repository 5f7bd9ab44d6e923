"""Whether a department's tickets may be parents and children, and how they close (SPEC F1, F2)."""

from madoguchi.actor import Actor
from madoguchi.doors.api import finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit
from madoguchi.doors.api.wire import Body
from madoguchi.models import Department
from madoguchi.organisation import families

RULES = {
    "closeChildrenWithParent": "closes_children",
    "closeParentOnlyAfterChildren": "waits_for_children",
    "closeParentWithChildren": "closes_parent",
}
door = Door("Departments", names={key: name for name, key in RULES.items()})


class Settings(Body):
    isEnabled: bool | None = None
    closeChildrenWithParent: bool | None = None
    closeParentOnlyAfterChildren: bool | None = None
    closeParentWithChildren: bool | None = None


@door.at("GET /departments/{int:department_id}/settings/parentChild", gives="ParentChild")
def get_parent_child(request: Call, department_id: int) -> object:
    """Whether tickets of a department may be parents and children, and how they close."""
    return shown(finders.department(department_id, request.actor))


@door.at("PATCH /departments/{int:department_id}/settings/parentChild", gives="ParentChild")
def change_parent_child(request: Call, department_id: int, body: Settings) -> object:
    """Switch the feature and its three rules; of the first two only one can be on."""
    by: Actor = request.actor
    department = finders.department(department_id, by)
    if unset := [name for name in body.model_fields_set if getattr(body, name) is None]:
        raise Unfit(f"/{min(unset)}")
    given = {key: getattr(body, name) for name, key in RULES.items() if name in body.model_fields_set}
    if given:
        there = {key: getattr(department, key) for key in RULES.values()}
        department = families.set_family_rules(department, **{**there, **given}, by=by)
    if "isEnabled" in body.model_fields_set:
        switch = families.enable_families if body.isEnabled else families.disable_families
        department = switch(department, by=by)
    return shown(department)


def shown(department: Department) -> dict[str, bool]:
    rules = {name: getattr(department, key) for name, key in RULES.items()}
    return {"isEnabled": department.has_families, **rules}
