"""Custom fields of a department's tickets."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from madoguchi.access import require, require_department
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit.characters import one_line
from madoguchi.models import CustomField, Department
from madoguchi.organisation import rows

FIELDS = frozenset(["label", "is_required", "is_active"])
MOST, MOST_CHOICES, LONGEST_CHOICE = 100, 200, 100
_API_NAME = re.compile(r"cf_[a-z0-9_]{1,57}")


@transaction.atomic
def add_custom_field(
    department: Department,
    label: str,
    kind: str,
    *,
    api_name: str = "",
    choices: Sequence[str] = (),
    is_required: bool = False,
    by: Actor,
) -> CustomField:
    """A further field. The API name comes from the label where none is given, and never changes.

    Refused: NOT_AN_API_NAME, NAME_TAKEN, NO_CHOICES, TOO_MANY, by field.
    """
    require(by, "supervise")
    require_department(by, department.pk)
    Department.objects.select_for_update().get(pk=department.pk)
    there = CustomField.objects.filter(department=department)
    if there.count() >= MOST:
        raise Refused("TOO_MANY", _("A department has at most %(n)s custom fields.") % {"n": MOST}, "label")
    last = there.aggregate(last=Max("position"))["last"] or 0
    field = CustomField(department=department, position=last + 1)
    rows.fill(field, {"label": label, "kind": kind, "is_required": is_required}, FIELDS | {"kind"})
    field.api_name = _api_name(api_name, field)
    field.choices = _choices(field, choices)
    refuse_label_taken(field)
    field.save()
    rows.write_down("custom field", field, ({}, {"added": field.api_name}), by=by, department=department)
    return field


@transaction.atomic
def edit_custom_field(
    field: CustomField, changes: Mapping[str, Any], choices: Sequence[str] | None = None, *, by: Actor
) -> CustomField:
    """Change label, choices, whether it is required or in use. Kind and API name stay; so do values on tickets."""
    require(by, "supervise")
    require_department(by, field.department_id)
    field = rows.locked(field)
    before, after = rows.fill(field, changes, FIELDS)
    if choices is not None:
        old, field.choices = field.choices, _choices(field, choices)
        if old != field.choices:
            before["choices"], after["choices"] = old, field.choices
    refuse_label_taken(field)
    field.save()
    rows.write_down("custom field", field, (before, after), by=by, department=field.department)
    return field


@transaction.atomic
def move_custom_field(field: CustomField, step: int, *, by: Actor) -> None:
    """One place up (-1) or down (1)."""
    require(by, "supervise")
    require_department(by, field.department_id)
    order = list(CustomField.objects.select_for_update().filter(department=field.department_id))
    here = next(i for i, f in enumerate(order) if f.pk == field.pk)
    order.insert(min(max(here + step, 0), len(order) - 1), order.pop(here))
    for position, each in enumerate(order):
        each.position = position
    CustomField.objects.bulk_update(order, ["position"])


def refuse_label_taken(field: CustomField) -> None:
    others = CustomField.objects.filter(department=field.department_id, label__iexact=field.label)
    if others.exclude(pk=field.pk).exists():
        raise Refused("NAME_TAKEN", _("This name is used already."), "label")


def _api_name(wanted: str, field: CustomField) -> str:
    taken = set(CustomField.objects.filter(department=field.department_id).values_list("api_name", flat=True))
    if wanted:
        name = wanted.strip().lower()
        name = name if name.startswith("cf_") else f"cf_{name}"
        if not _API_NAME.fullmatch(name):
            message = _("An API name has up to 57 small letters, digits and underscores after “cf_”.")
            raise Refused("NOT_AN_API_NAME", message, "api_name")
        if name in taken:
            raise Refused("NAME_TAKEN", _("This name is used already."), "api_name")
        return name
    plain = unicodedata.normalize("NFKD", field.label).encode("ascii", "ignore").decode().lower()
    stem = "cf_" + (re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:50] or "field")
    numbered = [stem, *(f"{stem}_{n}" for n in range(2, MOST + 2))]
    return next(name for name in numbered if name not in taken)


def _choices(field: CustomField, wanted: Sequence[str]) -> list[str]:
    if field.kind != CustomField.Kind.CHOICE:
        return []
    choices = list(dict.fromkeys(text for text in map(one_line, wanted) if text))
    if not choices:
        raise Refused("NO_CHOICES", _("A choice field needs at least one choice."), "choices")
    if len(choices) > MOST_CHOICES or any(len(text) > LONGEST_CHOICE for text in choices):
        message = _("At most %(n)s choices of %(m)s characters each.") % {"n": MOST_CHOICES, "m": LONGEST_CHOICE}
        raise Refused("TOO_MANY", message, "choices")
    return choices
