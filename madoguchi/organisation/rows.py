"""Set plain fields of a row of the set-up: tidied, checked, compared, written down."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from madoguchi import bell, record
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit.characters import one_line
from madoguchi.models import Department
from madoguchi.organisation import current

Difference = tuple[dict[str, Any], dict[str, Any]]


def fill(row: models.Model, changes: Mapping[str, Any], allowed: Collection[str]) -> Difference:
    """Set the changes on the row, unsaved. Returns (before, after) of what differs.

    Refused, by field: UNKNOWN_FIELD, EMPTY, TOO_LONG, NOT_A_CHOICE, NOT_A_NUMBER.
    """
    before, after = {}, {}
    for name, value in changes.items():
        if name not in allowed:
            raise Refused("UNKNOWN_FIELD", _("There is no such field."), name)
        value = _checked(row._meta.get_field(name), value)
        old = getattr(row, name)
        if old != value:
            before[name], after[name] = record.told(old), record.told(value)
            setattr(row, name, value)
    return before, after


def _checked(field: Any, value: Any) -> Any:
    if isinstance(field, models.CharField | models.TextField):
        return _text(field, value)
    if isinstance(field, models.BooleanField):
        return bool(value)
    if isinstance(field, models.IntegerField) and not (type(value) is int and 0 <= value < 2**53):
        raise Refused("NOT_A_NUMBER", _("This is not a number."), field.name)
    return value


def _text(field: Any, value: Any) -> str:
    text = "" if value is None else str(value).replace("\x00", "").replace("\r\n", "\n").strip()
    if not isinstance(field, models.TextField):
        text = one_line(text)
    if not text and not field.blank:
        raise Refused("EMPTY", _("This field is required."), field.name)
    if field.max_length and len(text) > field.max_length:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": field.max_length}, field.name)
    if field.choices and text and text not in {choice for choice, _label in field.choices}:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), field.name)
    return text


def write_down(
    what: str, row: models.Model, difference: Difference, *, by: Actor, department: Department | None = None
) -> None:
    """One history line for a changed row of the set-up, if anything changed: `{"what": "team 3", "name": …, …}`."""
    before, after = difference
    if before or after:
        named = {"what": f"{what} {row.pk}", "name": str(getattr(row, "name", "") or row)}
        record.note("setup.changed", by=by, department=department, before=before, after={**named, **after})
        if what == "agent":
            bell.ring(verb="agent.changed", agent=row.pk)
        elif what in ("role", "department"):
            bell.ring(verb="access.changed")
    current.forget()


def locked(row: Any) -> Any:
    """The row again, under lock."""
    return type(row).objects.select_for_update(of=("self",)).get(pk=row.pk)
