"""Business hours (API B8): read by all agents, changed by administrators."""

from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.answers import to_json
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit, kind_of, not_yet
from madoguchi.doors.api.present import hours as present
from madoguchi.doors.api.present.hours import DAYS
from madoguchi.doors.api.wire import Body, Id, Paged, ids_in
from madoguchi.errors import Refused
from madoguchi.models import HolidayList, Hours
from madoguchi.organisation import hours
from madoguchi.organisation.current import the_organisation
from madoguchi.organisation.week import MIDNIGHT, MOST_A_DAY, ROUND_THE_CLOCK, minute_of

door = Door(
    "Business hours",
    names={"time_zone": "timeZoneId", "week": "businessTimes", "holidays": "holidayListId", "is_active": "status"},
)
Status = Literal["ACTIVE", "INACTIVE"]


def seen() -> QuerySet[Hours]:
    return Hours.objects.select_related("holidays")


class BusinessHours(Paged):
    limit: int = Field(50, ge=1, le=50)
    status: Status | None = None
    businessHourIds: str = Field("", description="Ids, separated by commas")


@door.at("GET /businessHours", gives="BusinessHours[]")
def list_business_hours(request: Call, query: Query[BusinessHours]) -> HttpResponse:
    """List business hours, by name."""
    found = seen()
    if query.status:
        found = found.filter(is_active=query.status == "ACTIVE")
    if query.businessHourIds:
        found = found.filter(pk__in=ids_in(query.businessHourIds, "businessHourIds"))
    return answers.rows([present.business_hours(each) for each in found[query.cut()]])


@door.at("GET /businessHours/{int:hours_id}", gives="BusinessHours")
def get_business_hours(request: Call, hours_id: int) -> object:
    """Business hours."""
    return present.business_hours(finders.one(seen(), hours_id))


class TimeSlot(Body):
    startTime: str = Field(max_length=8)
    endTime: str = Field(max_length=8, description="00:00 is midnight")


class BusinessTime(Body):
    day: Literal[*DAYS]  # type: ignore[valid-type]
    startTime: str | None = Field(None, max_length=8)
    endTime: str | None = Field(None, max_length=8, description="The same as startTime without timeSlots: closed")
    timeSlots: list[TimeSlot] | None = Field(None, max_length=MOST_A_DAY)


class HoursFields(Body):
    name: str | None = None
    type: Literal["24X7", "SPECIFIC", "CUSTOM"] | None = Field(
        None, description="24X7: round the clock; otherwise businessTimes decide, and what type they are"
    )
    timeZoneId: str | None = None
    businessTimes: list[BusinessTime] | None = Field(None, max_length=7, description="A day left out is closed")
    status: Status | None = None
    holidayListId: Id | None = None
    holidayListIds: list[Id] | None = Field(None, max_length=2, description="One at most is supported")


class NewHours(HoursFields):
    name: str


@door.at("POST /businessHours", gives="BusinessHours", status=201)
def create_business_hours(request: Call, body: NewHours) -> HttpResponse:
    """Add business hours."""
    changes = {"time_zone": the_organisation().time_zone, **fields(body)}
    if "week" not in changes:
        raise Unfit("/businessTimes", "missing", _("This field is required."))
    return to_json(present.business_hours(kept(body, lambda: hours.add_hours(changes, by=request.actor))), 201)


@door.at("PATCH /businessHours/{int:hours_id}", gives="BusinessHours")
def change_business_hours(request: Call, hours_id: int, body: HoursFields) -> object:
    """Change business hours, for all departments that have them."""
    row = finders.one(seen(), hours_id)
    changes = fields(body)
    if body.type not in (None, "24X7") and "week" not in changes and row.week == ROUND_THE_CLOCK:
        raise Unfit("/businessTimes", "missing", _("This field is required."))
    return present.business_hours(kept(body, lambda: hours.edit_hours(row, changes, by=request.actor)))


@door.at("DELETE /businessHours/{int:hours_id}", status=204)
def delete_business_hours(request: Call, hours_id: int) -> HttpResponse:
    """Delete business hours that no department has."""
    hours.delete_hours(finders.one(seen(), hours_id), by=request.actor)
    return answers.nothing()


def fields(body: HoursFields) -> dict[str, Any]:
    """What was sent, under the names of the verb."""
    for name in ("name", "timeZoneId", "businessTimes", "status"):
        if name in body.model_fields_set and getattr(body, name) is None:
            raise Unfit(f"/{name}")
    found: dict[str, Any] = {}
    if body.name is not None:
        found["name"] = body.name
    if body.timeZoneId is not None:
        found["time_zone"] = body.timeZoneId
    if body.status is not None:
        found["is_active"] = body.status == "ACTIVE"
    if body.type == "24X7":
        found["week"] = ROUND_THE_CLOCK
    elif body.businessTimes is not None:
        found["week"] = week(body.businessTimes)
    return {**found, **holidays(body)}


def holidays(body: HoursFields) -> dict[str, HolidayList | None]:
    """The list to observe, where one was named or taken away."""
    if "holidayListIds" in body.model_fields_set:
        ids = body.holidayListIds or []
        if len(ids) > 1:
            raise not_yet("/holidayListIds/1")
        return {"holidays": finders.named(HolidayList, ids[0] if ids else None, "/holidayListIds/0")}
    if "holidayListId" in body.model_fields_set:
        return {"holidays": finders.named(HolidayList, body.holidayListId, "/holidayListId")}
    return {}


def week(times: list[BusinessTime]) -> list[list[list[int]]]:
    found: dict[int, list[list[int]]] = {}
    for at, each in enumerate(times):
        n = DAYS.index(each.day)
        if n in found:
            raise Unfit(f"/businessTimes/{at}/day", "duplicate")
        found[n] = spans(each, f"/businessTimes/{at}")
    return [found.get(n, []) for n in range(7)]


def spans(each: BusinessTime, pointer: str) -> list[list[int]]:
    """The slots where there are any, else from start to end; a start that is the end is a closed day."""
    if each.timeSlots:
        return [span(slot.startTime, slot.endTime, f"{pointer}/timeSlots/{k}") for k, slot in enumerate(each.timeSlots)]
    if (each.startTime is None and each.endTime is None) or each.startTime == each.endTime:
        return []
    return [span(each.startTime or "", each.endTime or "", pointer)]


def span(start: str, end: str, pointer: str) -> list[int]:
    opens, closes = minute_of(start), minute_of(end)
    for name, minute in (("startTime", opens), ("endTime", closes)):
        if minute is None:
            raise Unfit(f"{pointer}/{name}", text=_("This is not a time of the day."))
    assert opens is not None
    return [opens, closes or MIDNIGHT]


def kept(body: HoursFields, save: Any) -> Hours:
    """A refusal of a day names the day as it was sent."""
    try:
        return save()
    except Refused as refusal:
        name, _dot, n = refusal.field.partition(".")
        if name != "week" or not n:
            raise
        at = [each.day for each in body.businessTimes or []].index(DAYS[int(n)])
        raise Unfit(f"/businessTimes/{at}", kind_of(refusal), refusal.text) from None
