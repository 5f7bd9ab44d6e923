"""Holiday lists: the days nobody works (SPEC D5). For administrators."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit.characters import one_line
from madoguchi.models import Holiday, HolidayList, Hours
from madoguchi.organisation import rows
from madoguchi.organisation.day_lines import ANY_YEAR, YEARS, Day, read

FIELDS = frozenset(["name", "has_japanese", "is_active"])
MOST_DAYS = 1000


@transaction.atomic
def add_list(changes: Mapping[str, Any], days: Sequence[Day] = (), *, by: Actor) -> HolidayList:
    """Refused, by field: NAME_TAKEN, EMPTY, TOO_LONG, and as `put_days`."""
    require(by, "administer")
    holidays = HolidayList(created_at=record.now())
    difference = fill(holidays, {"name": "", **changes})
    holidays.save()
    rows.write_down("holiday list", holidays, difference, by=by)
    put_days(holidays, days, by=by)
    return holidays


@transaction.atomic
def edit_list(holidays: HolidayList, changes: Mapping[str, Any], *, by: Actor) -> HolidayList:
    """Refused: as `add_list`, and IN_USE where hours observe it and it is to be taken out of use."""
    require(by, "administer")
    holidays = rows.locked(holidays)
    difference = fill(holidays, changes)
    if difference[1].get("is_active") is False:
        refuse_in_use(holidays)
    if difference[1]:
        holidays.save()
        rows.write_down("holiday list", holidays, difference, by=by)
    return holidays


@transaction.atomic
def put_days(holidays: HolidayList, days: Iterable[Day], *, by: Actor) -> tuple[int, int]:
    """Add days; one that is there already gets the name given. (how many were added, how many renamed)

    Refused, by field: NOT_A_DAY (outside of 2000–2100), TOO_LONG, TOO_MANY.
    """
    require(by, "administer")
    holidays = rows.locked(holidays)
    wanted = {_kept(day): one_line(day.name) for day in days}
    there = {(row.day, row.is_yearly): row for row in holidays.days.all()}
    before, after = {}, {}
    fresh = []
    for (day, is_yearly), name in wanted.items():
        row = there.get((day, is_yearly))
        if row is None:
            fresh.append(Holiday(list=holidays, day=day, name=name, is_yearly=is_yearly))
            after[_key(day, is_yearly)] = name
        elif row.name != name:
            before[_key(day, is_yearly)], after[_key(day, is_yearly)] = row.name, name
            row.name = name
            row.save(update_fields=["name"])
    if len(there) + len(fresh) > MOST_DAYS:
        raise Refused("TOO_MANY", _("At most %(n)s days in a list.") % {"n": MOST_DAYS}, "days")
    Holiday.objects.bulk_create(fresh)
    if after:
        rows.write_down("holiday list", holidays, ({"days": before}, {"days": after}), by=by)
    return len(fresh), len(before)


@transaction.atomic
def set_days(holidays: HolidayList, days: Sequence[Day], *, by: Actor) -> None:
    """Make these the days of the list, no others. Refused: as `put_days`."""
    require(by, "administer")
    holidays = rows.locked(holidays)
    wanted = {_kept(day) for day in days}
    remove(holidays, [row for row in holidays.days.all() if (row.day, row.is_yearly) not in wanted], by=by)
    put_days(holidays, days, by=by)


@transaction.atomic
def remove_day(day: Holiday, *, by: Actor) -> None:
    """Nothing happens where somebody removed it already."""
    require(by, "administer")
    holidays = rows.locked(day.list)
    remove(holidays, list(holidays.days.filter(pk=day.pk)), by=by)


@transaction.atomic
def import_days(holidays: HolidayList, text: str, *, by: Actor) -> tuple[int, int]:
    """Add the days of a pasted list, one a line, all or none. As `put_days`; Refused: FAULTY_LINES naming each line."""
    require(by, "administer")
    return put_days(holidays, read(text), by=by)


@transaction.atomic
def delete_list(holidays: HolidayList, *, by: Actor) -> None:
    """Refused: IN_USE while hours observe it."""
    require(by, "administer")
    holidays = rows.locked(holidays)
    refuse_in_use(holidays)
    rows.write_down("holiday list", holidays, ({"name": holidays.name}, {"deleted": True}), by=by)
    HolidayList.objects.filter(pk=holidays.pk).delete()


def remove(holidays: HolidayList, days: list[Holiday], *, by: Actor) -> None:
    if days:
        Holiday.objects.filter(pk__in=[day.pk for day in days]).delete()
        gone = {_key(day.day, day.is_yearly): day.name for day in days}
        rows.write_down("holiday list", holidays, ({"days": gone}, {"removed": len(gone)}), by=by)


def fill(holidays: HolidayList, changes: Mapping[str, Any]) -> rows.Difference:
    difference = rows.fill(holidays, changes, FIELDS)
    if HolidayList.objects.filter(name__iexact=holidays.name).exclude(pk=holidays.pk).exists():
        raise Refused("NAME_TAKEN", _("This name is used already."), "name")
    return difference


def refuse_in_use(holidays: HolidayList) -> None:
    if names := list(Hours.objects.filter(holidays=holidays).values_list("name", flat=True)):
        text = _("Observed by the hours %(names)s. Take it from them first.")
        raise Refused("IN_USE", text % {"names": _(", ").join(names)})


def _kept(day: Day) -> tuple[date, bool]:
    """As the day is kept: of a yearly one month and day alone count. Refused: NOT_A_DAY, TOO_LONG."""
    if len(day.name) > 100:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": 100}, "name")
    if day.is_yearly:
        return day.day.replace(year=ANY_YEAR), True
    if day.day.year not in YEARS:
        raise Refused("NOT_A_DAY", _("A day from 2000 to 2100."), "day")
    return day.day, False


def _key(day: date, is_yearly: bool) -> str:
    return f"{day:%m-%d}" if is_yearly else day.isoformat()
