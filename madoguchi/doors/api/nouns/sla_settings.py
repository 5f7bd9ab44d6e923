"""What a department promises (ours; SPEC D5, I5): read by its agents, changed by administrators and its supervisors."""

from typing import Literal

from pydantic import Field

from madoguchi.actor import Actor
from madoguchi.doors.api import finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit, kind_of
from madoguchi.doors.api.present import hours as present
from madoguchi.doors.api.wire import Body, Id
from madoguchi.errors import Refused
from madoguchi.models import Department, Hours
from madoguchi.organisation import promises
from madoguchi.organisation.promises import Aim

door = Door("Departments", names={"hours": "businessHoursId"})
NAMES = {"response_s": "firstResponseSeconds", "resolution_s": "resolutionSeconds"}


class TargetFields(Body):
    priority: Literal["Low", "Medium", "High", "Urgent"] | None = Field(None, description="null: tickets without one")
    firstResponseSeconds: int | None = None
    resolutionSeconds: int | None = None
    isByClock: bool = Field(False, description="Counted by the clock instead of in business hours")


class Promises(Body):
    businessHoursId: Id | None = Field(None, description="null: round the clock")
    targets: list[TargetFields] | None = Field(None, max_length=5, description="All targets, replacing those there")
    asksForRatings: bool | None = None


@door.at("GET /departments/{int:department_id}/settings/sla", gives="SlaSettings")
def get_sla_settings(request: Call, department_id: int) -> object:
    """When a department works, and by when it answers and resolves."""
    return present.promises(finders.department(department_id, request.actor))


@door.at("PATCH /departments/{int:department_id}/settings/sla", gives="SlaSettings")
def change_sla_settings(request: Call, department_id: int, body: Promises) -> object:
    """Change hours, targets, or whether customers are asked for ratings. Due times that are set already stay."""
    by: Actor = request.actor
    department = finders.department(department_id, by)
    for name in ("targets", "asksForRatings"):
        if name in body.model_fields_set and getattr(body, name) is None:
            raise Unfit(f"/{name}")
    promises.allow(department, by)
    if "businessHoursId" in body.model_fields_set:
        promises.assign_hours(department, finders.named(Hours, body.businessHoursId, "/businessHoursId"), by=by)
    if body.targets is not None:
        set_targets(department, body.targets, by)
    if body.asksForRatings is not None:
        promises.ask_for_ratings(department, body.asksForRatings, by=by)
    return present.promises(finders.department(department_id, by))


def set_targets(department: Department, targets: list[TargetFields], by: Actor) -> None:
    """A refusal of a target names it as it was sent."""
    aims: dict[str, Aim] = {}
    for at, each in enumerate(targets):
        if (each.priority or "") in aims:
            raise Unfit(f"/targets/{at}/priority", "duplicate")
        aims[each.priority or ""] = Aim(each.firstResponseSeconds, each.resolutionSeconds, each.isByClock)
    try:
        promises.set_targets(department, aims, by=by)
    except Refused as refusal:
        priority, _dot, name = refusal.field.rpartition(".")
        if priority not in aims or name not in NAMES:
            raise
        raise Unfit(f"/targets/{list(aims).index(priority)}/{NAMES[name]}", kind_of(refusal), refusal.text) from None
