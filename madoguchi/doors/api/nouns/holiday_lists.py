"""Holiday lists (API B8): read by all agents, changed by administrators."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
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
from madoguchi.doors.api.errors import Unfit
from madoguchi.doors.api.present import hours as present
from madoguchi.doors.api.wire import Body, Id, Paged
from madoguchi.models import HolidayList, Hours
from madoguchi.organisation import holidays, hours
from madoguchi.organisation.day_lines import ANY_YEAR, Day

door = Door("Holiday lists", names={"has_japanese": "hasJapaneseHolidays", "days": "holidays", "day": "holidays"})
Status = Literal["ACTIVE", "INACTIVE"]
MONTH_AND_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)


def seen() -> QuerySet[HolidayList]:
    return HolidayList.objects.prefetch_related("days", "hours")


class Lists(Paged):
    limit: int = Field(50, ge=1, le=50)
    status: Status | None = None


@door.at("GET /holidayList", gives="HolidayListRow[]")
def list_holiday_lists(request: Call, query: Query[Lists]) -> HttpResponse:
    """List holiday lists, by name."""
    found = seen()
    if query.status:
        found = found.filter(is_active=query.status == "ACTIVE")
    return answers.rows([present.holiday_row(each) for each in found[query.cut()]])


@door.at("GET /holidayList/{int:list_id}", gives="HolidayList")
def get_holiday_list(request: Call, list_id: int) -> object:
    """A holiday list with its days."""
    return present.holiday_list(finders.one(seen(), list_id))


class HolidayFields(Body):
    from_: str = Field(alias="from", description="Month and day, such as 12-29")
    to: str = Field(description="The last day of it; one before `from` is in the next year")
    holidayName: str = Field("", max_length=100)
    year: int | None = Field(None, ge=2000, le=2100, description="Ours. Left out: every year, or the list's year")


class ListFields(Body):
    name: str | None = None
    status: Status | None = None
    holidays: list[HolidayFields] | None = Field(None, max_length=1000, description="All days, replacing those there")
    hasJapaneseHolidays: bool | None = Field(None, description="Ours: the national holidays of Japan of every year")
    associatedBusinessHourIds: list[Id] | None = Field(None, max_length=50, description="The hours that observe it")


class NewList(ListFields):
    name: str
    holidayListType: Literal["RECURRING", "YEAR_SPECIFIC"] | None = None
    year: int | None = Field(None, ge=2000, le=2100, description="Of all days, with YEAR_SPECIFIC")


@door.at("POST /holidayList", gives="HolidayList", status=201)
def create_holiday_list(request: Call, body: NewList) -> HttpResponse:
    """Add a holiday list."""
    if body.holidayListType == "YEAR_SPECIFIC" and body.year is None:
        raise Unfit("/year", "missing", _("This field is required."))
    year = body.year if body.holidayListType != "RECURRING" else None
    row = holidays.add_list(fields(body), days(body, year), by=request.actor)
    return to_json(present.holiday_list(observed(row, body, request)), 201)


@door.at("PATCH /holidayList/{int:list_id}", gives="HolidayList")
def change_holiday_list(request: Call, list_id: int, body: ListFields) -> object:
    """Change a holiday list; days that are sent replace those there."""
    row = finders.one(seen(), list_id)
    if body.holidays is not None:
        holidays.set_days(row, days(body, present.year_of(row)), by=request.actor)
    row = holidays.edit_list(row, fields(body), by=request.actor)
    return present.holiday_list(observed(row, body, request))


@door.at("DELETE /holidayList/{int:list_id}", status=204)
def delete_holiday_list(request: Call, list_id: int) -> HttpResponse:
    """Delete a holiday list that no hours observe."""
    holidays.delete_list(finders.one(seen(), list_id), by=request.actor)
    return answers.nothing()


def fields(body: ListFields) -> dict[str, Any]:
    """What was sent, under the names of the verb."""
    for name in ("name", "status", "holidays", "hasJapaneseHolidays", "associatedBusinessHourIds"):
        if name in body.model_fields_set and getattr(body, name) is None:
            raise Unfit(f"/{name}")
    found: dict[str, Any] = {}
    if body.name is not None:
        found["name"] = body.name
    if body.status is not None:
        found["is_active"] = body.status == "ACTIVE"
    if body.hasJapaneseHolidays is not None:
        found["has_japanese"] = body.hasJapaneseHolidays
    return found


def observed(row: HolidayList, body: ListFields, request: Call) -> HolidayList:
    """Let the hours that were named observe the list."""
    if body.associatedBusinessHourIds is not None:
        those = [
            found
            for at, pk in enumerate(body.associatedBusinessHourIds)
            if (found := finders.named(Hours, pk, f"/associatedBusinessHourIds/{at}"))
        ]
        hours.observe(row, those, by=request.actor)
    return finders.one(seen(), row.pk)


def days(body: ListFields, year: int | None) -> list[Day]:
    return [
        Day(day, each.holidayName.strip(), is_yearly=(each.year or year) is None)
        for at, each in enumerate(body.holidays or [])
        for day in between(each, each.year or year or ANY_YEAR, f"/holidays/{at}")
    ]


def between(each: HolidayFields, year: int, pointer: str) -> Iterator[date]:
    first, last = of(each.from_, year, f"{pointer}/from"), of(each.to, year, f"{pointer}/to")
    if last < first:
        last = of(each.to, year + 1, f"{pointer}/to")
    while first <= last:
        yield first
        first += timedelta(days=1)


def of(text: str, year: int, pointer: str) -> date:
    match = MONTH_AND_DAY.fullmatch(text)
    try:
        return date(year, int(match[1]), int(match[2])) if match else date(0, 1, 1)
    except ValueError:
        raise Unfit(pointer, text=_("Give a month and a day, such as 12-29.")) from None
