"""Setting plain fields of a contact or account: checked, compared, told."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.errors import Refused
from madoguchi.kit.characters import one_line


def apply(row: Any, changes: Mapping[str, Any], allowed: frozenset[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set the changes on the row, unsaved. Returns (before, after) of what differs.

    Refused: UNKNOWN_FIELD, TOO_LONG, by field.
    """
    before, after = {}, {}
    for name, value in changes.items():
        if name not in allowed:
            raise Refused("UNKNOWN_FIELD", _("There is no such field."), name)
        field = row._meta.get_field(name)
        if not field.is_relation:
            value = _checked(field, value)
        old = getattr(row, name)
        if old != value:
            before[name], after[name] = record.told(old), record.told(value)
            setattr(row, name, value)
    return before, after


def _checked(field: Any, value: Any) -> str | bool:
    if isinstance(field, models.BooleanField):
        return bool(value)
    text = "" if value is None else str(value).replace("\x00", "").strip()
    if not isinstance(field, models.TextField):
        text = one_line(text)
    if field.max_length and len(text) > field.max_length:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": field.max_length}, field.name)
    if field.choices and text and text not in {choice for choice, _label in field.choices}:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), field.name)
    return text
