"""Business hours: add, change, take out of use, delete (SPEC D5). Which department has them: `promises`."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Department, HolidayList, Hours
from madoguchi.organisation import rows, week
from madoguchi.organisation.company import refuse_unknown_time_zone

FIELDS = frozenset(["name", "time_zone", "week", "holidays", "is_active"])


@transaction.atomic
def add_hours(changes: Mapping[str, Any], *, by: Actor) -> Hours:
    """Refused, by field: NAME_TAKEN, NOT_A_TIME_ZONE, GONE or OFF (the holiday list), and as `week.checked`."""
    require(by, "administer")
    hours = Hours(created_at=record.now(), modified_at=record.now())
    difference = fill(hours, {"name": "", "week": [], **changes})
    hours.save()
    rows.write_down("hours", hours, difference, by=by)
    return hours


@transaction.atomic
def edit_hours(hours: Hours, changes: Mapping[str, Any], *, by: Actor) -> Hours:
    """Change them for every department that has them. Times counted and due times set already stay as they are.

    Refused: as `add_hours`, and IN_USE where a department has them and they are to be taken out of use.
    """
    require(by, "administer")
    hours = rows.locked(hours)
    difference = fill(hours, changes)
    if difference[1].get("is_active") is False:
        refuse_in_use(hours)
    if difference[1]:
        hours.modified_at = record.now()
        hours.save()
        rows.write_down("hours", hours, difference, by=by)
    return hours


@transaction.atomic
def delete_hours(hours: Hours, *, by: Actor) -> None:
    """Refused: IN_USE while a department has them."""
    require(by, "administer")
    hours = rows.locked(hours)
    refuse_in_use(hours)
    rows.write_down("hours", hours, ({"name": hours.name, "week": hours.week}, {"deleted": True}), by=by)
    Hours.objects.filter(pk=hours.pk).delete()


@transaction.atomic
def observe(holidays: HolidayList, those: Collection[Hours], *, by: Actor) -> None:
    """Let these hours observe the list, and no others. Refused: as `edit_hours`."""
    require(by, "administer")
    wanted = {hours.pk for hours in those}
    for hours in Hours.objects.filter(Q(pk__in=wanted) | Q(holidays=holidays)).order_by("pk"):
        edit_hours(hours, {"holidays": holidays if hours.pk in wanted else None}, by=by)


def fill(hours: Hours, changes: Mapping[str, Any]) -> rows.Difference:
    values = dict(changes)
    if "week" in values:
        values["week"] = week.checked(values["week"])
    if values.get("holidays") is not None and values["holidays"] != hours.holidays:
        values["holidays"] = usable(values["holidays"])
    difference = rows.fill(hours, values, FIELDS)
    refuse_unknown_time_zone(hours.time_zone)
    if Hours.objects.filter(name__iexact=hours.name).exclude(pk=hours.pk).exists():
        raise Refused("NAME_TAKEN", _("This name is used already."), "name")
    return difference


def usable(holidays: HolidayList) -> HolidayList:
    """The list, locked, so that it cannot be deleted meanwhile. Refused: GONE, OFF."""
    found = HolidayList.objects.select_for_update().filter(pk=holidays.pk).first()
    if found is None:
        raise Refused("GONE", _("This choice does not exist (any more)."), "holidays")
    if not found.is_active:
        raise Refused("OFF", _("This holiday list is no longer in use."), "holidays")
    return found


def refuse_in_use(hours: Hours) -> None:
    if names := list(Department.objects.filter(hours=hours).values_list("name", flat=True)):
        text = _("In use by %(names)s. Give them other hours first.")
        raise Refused("IN_USE", text % {"names": _(", ").join(names)})
