"""Business hours, holiday lists and a department's promises on the wire (API B8)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from madoguchi.doors.api.present.words import ref, time
from madoguchi.models import Department, Holiday, HolidayList, Hours
from madoguchi.organisation.promises import targets_of
from madoguchi.organisation.week import MIDNIGHT, ROUND_THE_CLOCK

DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
STATUS = {True: "ACTIVE", False: "INACTIVE"}
RECURRING, YEAR_SPECIFIC = "RECURRING", "YEAR_SPECIFIC"


def business_hours(hours: Hours) -> dict[str, Any]:
    """`type` is read from the week: 24X7, SPECIFIC (the same hours on each open day) or CUSTOM."""
    listed = hours.holidays
    return {
        "id": str(hours.pk),
        "name": hours.name,
        "type": kind_of(hours.week),
        "status": STATUS[hours.is_active],
        "timeZoneId": hours.time_zone,
        "timeZone": {"id": hours.time_zone, "name": hours.time_zone},
        "businessTimes": [day(n, spans) for n, spans in enumerate(hours.week)],
        "holidayListId": ref(hours.holidays_id),
        "associatedHolidayList": {
            "holidayListId": str(listed.pk),
            "holidayListName": listed.name,
            "holidayListStatus": STATUS[listed.is_active],
        }
        if listed
        else None,
        "holidayLists": [{"id": str(listed.pk), "name": listed.name, "status": STATUS[listed.is_active]}]
        if listed
        else [],
        "createdTime": time(hours.created_at),
        "modifiedTime": time(hours.modified_at),
        "createdBy": None,
        "modifiedBy": None,
    }


def kind_of(week: list[Any]) -> str:
    if week == ROUND_THE_CLOCK:
        return "24X7"
    opened = [spans for spans in week if spans]
    return "SPECIFIC" if all(spans == opened[0] for spans in opened) else "CUSTOM"


def day(n: int, spans: list[list[int]]) -> dict[str, Any]:
    """A closed day is 00:00–00:00 without slots; midnight as an end is 00:00."""
    return {
        "day": DAYS[n],
        "startTime": clock(spans[0][0] if spans else 0),
        "endTime": clock(spans[-1][1] if spans else 0),
        "timeSlots": [{"startTime": clock(start), "endTime": clock(end)} for start, end in spans],
    }


def clock(minute: int) -> str:
    return f"{minute % MIDNIGHT // 60:02}:{minute % 60:02}"


def holiday_row(listed: HolidayList) -> dict[str, Any]:
    year = year_of(listed)
    return {
        "id": str(listed.pk),
        "name": listed.name,
        "status": STATUS[listed.is_active],
        "holidayListType": RECURRING if year is None else YEAR_SPECIFIC,
        "year": year,
        "hasJapaneseHolidays": listed.has_japanese,
        "associatedBusinessHours": [
            {
                "businessHourId": str(hours.pk),
                "businessHourName": hours.name,
                "businessHourStatus": STATUS[hours.is_active],
            }
            for hours in listed.hours.all()
        ],
        "createdTime": time(listed.created_at),
        "modifiedTime": None,
        "createdBy": None,
        "modifiedBy": None,
    }


def holiday_list(listed: HolidayList) -> dict[str, Any]:
    return {**holiday_row(listed), "holidays": list(ranges(listed.days.all()))}


def year_of(listed: HolidayList) -> int | None:
    """The year all own days of the list are of; None where they are yearly or of several years."""
    years = {None if day.is_yearly else day.day.year for day in listed.days.all()}
    return years.pop() if len(years) == 1 else None


def ranges(days: Iterable[Holiday]) -> Iterable[dict[str, Any]]:
    """Days that follow each other and have the same name are one, within a year. `year` null: of every year."""
    for first, last, name, is_yearly in runs(sorted(days, key=lambda each: (not each.is_yearly, each.day))):
        year = None if is_yearly else first.year
        yield {"from": f"{first:%m-%d}", "to": f"{last:%m-%d}", "holidayName": name, "year": year}


def runs(days: Iterable[Holiday]) -> list[tuple[date, date, str, bool]]:
    found: list[tuple[date, date, str, bool]] = []
    for each in days:
        same = found and found[-1][2:] == (each.name, each.is_yearly) and found[-1][1].year == each.day.year
        if same and found[-1][1] + timedelta(days=1) == each.day:
            found[-1] = (found[-1][0], each.day, *found[-1][2:])
        else:
            found.append((each.day, each.day, each.name, each.is_yearly))
    return found


def promises(department: Department) -> dict[str, Any]:
    return {
        "businessHoursId": ref(department.hours_id),
        "targets": [
            {
                "priority": target.priority or None,
                "firstResponseSeconds": target.response_s,
                "resolutionSeconds": target.resolution_s,
                "isByClock": target.by_clock,
            }
            for target in targets_of(department)
        ],
        "asksForRatings": department.asks_for_ratings,
    }
