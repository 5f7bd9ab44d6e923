"""The fields an agent or client may set on a ticket, and what each accepts (SPEC D3)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from madoguchi.errors import Refused
from madoguchi.kit.characters import one_line
from madoguchi.models import Account, Contact, CustomField, Department, Product
from madoguchi.models.ticket import Channel, Priority
from madoguchi.organisation.current import custom_fields

LONGEST = {
    "subject": 255,
    "category": 100,
    "sub_category": 100,
    "classification": 100,
    "language": 30,
    "email": 320,
    "phone": 60,
    "resolution": 32000,
}
ROWS: dict[str, type[Contact] | type[Account] | type[Product]] = {
    "contact": Contact,
    "account": Account,
    "product": Product,
}
TIMES = {"due_at", "response_due_at"}


def clean(changes: Mapping[str, Any], department: Department) -> dict[str, Any]:
    """The changes with tidy values. Refused: the first value that does not fit, by field."""
    return {name: _clean_one(name, value, department) for name, value in changes.items()}


def _clean_one(name: str, value: Any, department: Department) -> Any:
    if name in LONGEST:
        return clean_text(name, value)
    if name == "priority":
        return _one_of(name, value or "", [*Priority.values, ""])
    if name == "channel":
        return _one_of(name, value, Channel.values)
    if name in TIMES:
        if value is not None and not (isinstance(value, datetime) and value.tzinfo):
            raise Refused("NOT_A_TIME", _("This is not a date and time."), name)
        return value
    if name in ROWS:
        if value is None and name != "contact":
            return None
        if not isinstance(value, ROWS[name]) or value.trashed_at is not None:
            raise Refused("NOT_FOUND", _("This choice does not exist (any more)."), name)
        if isinstance(value, Product) and not value.departments.filter(pk=department.pk).exists():
            raise Refused("NOT_OF_DEPARTMENT", _("This product does not belong to the department."), name)
        return value
    if name == "custom":
        return clean_custom(value, department)
    raise Refused("UNKNOWN_FIELD", _("There is no such field."), name)


def clean_text(name: str, value: Any) -> str:
    """One line (resolution: several), no control characters, not too long. The subject may not be empty."""
    text = "" if value is None else str(value)
    text = text.replace("\x00", "").strip() if name == "resolution" else one_line(text)
    if name == "subject" and not text:
        raise Refused("EMPTY", _("Enter a subject."), name)
    if len(text) > LONGEST[name]:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": LONGEST[name]}, name)
    return text


def _one_of(name: str, value: Any, allowed: list[str]) -> str:
    folded = {word.casefold(): word for word in allowed}
    if not isinstance(value, str) or value.casefold() not in folded:
        raise Refused(
            "NOT_A_CHOICE", _("Choose one of: %(choices)s") % {"choices": ", ".join(w for w in allowed if w)}, name
        )
    return folded[value.casefold()]


def clean_custom(values: Any, department: Department) -> dict[str, Any]:
    """Values of the department's custom fields by api name. An empty value is None."""
    if not isinstance(values, dict):
        raise Refused("NOT_FIELDS", _("Custom fields come as names and values."), "cf")
    known = {field.api_name: field for field in custom_fields(department.pk) if field.is_active}
    for name in values:
        if name not in known:
            raise Refused("UNKNOWN_FIELD", _("There is no such field."), f"cf/{name}")
    return {name: custom_value(known[name], value) for name, value in values.items()}


def custom_value(field: CustomField, value: Any) -> Any:
    """One custom value as it is stored: text, number, ISO date, choice or bool."""
    where = f"cf/{field.api_name}"
    kind = CustomField.Kind
    if field.kind == kind.CHECKBOX:
        if value in (True, False, "true", "false", "on", "", None):
            return value in (True, "true", "on")
        raise Refused("NOT_A_BOOLEAN", _("This is either on or off."), where)
    if value is None or value == "":
        if field.is_required:
            raise Refused("REQUIRED", _("This field is required."), where)
        return None
    if field.kind == kind.NUMBER:
        return _number(value, where)
    if field.kind == kind.DATE:
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise Refused("NOT_A_DATE", _("This is not a date."), where) from None
    text = one_line(str(value)) if isinstance(value, str | int | float) else ""
    if field.kind == kind.CHOICE and text not in field.choices:
        raise Refused(
            "NOT_A_CHOICE", _("Choose one of: %(choices)s") % {"choices": ", ".join(map(str, field.choices))}, where
        )
    if not text or len(text) > 1000:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": 1000}, where)
    return text


def _number(value: Any, where: str) -> int | float:
    try:
        number = float(str(value).strip())
    except ValueError:
        number = float("nan")
    if isinstance(value, bool) or not abs(number) < 1e15:
        raise Refused("NOT_A_NUMBER", _("This is not a number."), where)
    return int(number) if number.is_integer() else number
