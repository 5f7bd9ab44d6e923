"""A desk that works from nine to six, with an hour for lunch, Monday to Friday, but not on Japanese holidays."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from madoguchi import record, sla
from madoguchi.models import Department, HolidayList, Hours, Target, Ticket

OFFICE = [[[540, 720], [780, 1080]]] * 5 + [[], []]
HOUR = 3600
TOKYO = ZoneInfo("Asia/Tokyo")


def at(day: int, hour: int, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    """A moment in Tokyo. 2 November 2026 is a Monday, the 3rd a holiday."""
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO)


def works(department: Department, *, zone: str = "Asia/Tokyo", week=OFFICE, japanese: bool = True) -> Hours:
    free = HolidayList.objects.create(name=f"祝日 {department.pk}", has_japanese=japanese)
    hours = Hours.objects.create(name=f"平日 {department.pk}", time_zone=zone, week=week, holidays=free)
    department.hours = hours
    department.save(update_fields=["hours"])
    sla.forget()
    return hours


def aim(department: Department, priority: str = "", *, response=None, resolution=None, by_clock=False) -> Target:
    """Targets in hours."""
    target, _is_new = Target.objects.update_or_create(
        department=department,
        priority=priority,
        defaults={
            "response_s": response and int(response * HOUR),
            "resolution_s": resolution and int(resolution * HOUR),
            "by_clock": by_clock,
        },
    )
    sla.forget()
    return target


def due(ticket: Ticket) -> tuple[datetime | None, datetime | None]:
    """Response and resolution, in Tokyo."""
    ticket.refresh_from_db()
    return tuple(moment and moment.astimezone(TOKYO) for moment in (ticket.response_due_at, ticket.due_at))  # type: ignore[return-value]


def when(moment, verb, *args, **more):
    with record.at(moment):
        return verb(*args, **more)


@pytest.fixture
def office(cast):
    """The support department keeps office hours: four hours to answer, eight to resolve; urgent: one and two."""
    works(cast.support)
    aim(cast.support, response=4, resolution=8)
    aim(cast.support, "Urgent", response=1, resolution=2)
    return cast.support
