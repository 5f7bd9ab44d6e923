"""Conditions on custom fields: values in one JSON column of the ticket, typed by the kind of the field."""

from typing import Any

from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from madoguchi.kit.criteria import Condition, Kind
from madoguchi.lists.meanings import COMPARE, Midnight, Reader, either, several
from madoguchi.models import CustomField

KINDS: dict[str, Kind] = {
    CustomField.Kind.TEXT: Kind.TEXT,
    CustomField.Kind.NUMBER: Kind.NUMBER,
    CustomField.Kind.DATE: Kind.DATE,
    CustomField.Kind.CHOICE: Kind.CHOICE,
    CustomField.Kind.CHECKBOX: Kind.YES_NO,
}


def custom(name: str, kind: str, asked: Condition, reader: Reader) -> Q:
    """`name` is the api name. What can be is asked by containment, which an index answers."""
    if kind == Kind.YES_NO:
        ticked = Q(custom__contains={name: True})
        return ticked if asked.value else ~ticked
    if asked.operator in ("is_empty", "is_not_empty"):
        there = Q(custom__has_key=name)
        return ~there if asked.operator == "is_empty" else there
    if kind == Kind.DATE:
        return day(name, asked, reader)
    if kind == Kind.NUMBER and asked.operator in ("less", "more"):
        sign = "<" if asked.operator == "less" else ">"
        return Q(Meets("custom", Value(f'$."{name}" {sign} {asked.value}')))
    if kind == Kind.TEXT:
        compare, negative = COMPARE[asked.operator]
        there = either(Q(compare(KeyTextTransform(name, "custom"), each)) for each in several(asked.value))
        return ~filled(there) if negative else there
    there = either(Q(custom__contains={name: each}) for each in several(asked.value))
    return ~there if asked.operator in ("is_not", "is_none_of") else there


class Meets(Func):
    """Whether a path predicate holds for a JSON column; a value of another type does not meet it."""

    template = "COALESCE(jsonb_path_match(%(expressions)s::jsonpath, '{}', true), false)"
    output_field = BooleanField()


class Filled(Func):
    template = "COALESCE(%(expressions)s, false)"
    output_field = BooleanField()


def filled(found: Q) -> Q:
    """No value is no match, and not `unknown`."""
    return Q(Filled(found))


class LocalDay(Midnight):
    """A day of the reader's calendar as ISO text, as custom dates are kept."""

    template = "to_char((STATEMENT_TIMESTAMP() AT TIME ZONE '%(zone)s') + interval '%(days)s days', 'YYYY-MM-DD')"
    output_field = TextField()  # type: ignore[assignment]


def day(name: str, asked: Condition, reader: Reader) -> Q:
    value: Any = asked.value
    start: Any = None
    end: Any = None
    match asked.operator:
        case "today":
            start, end = LocalDay(reader), LocalDay(reader)
        case "last_days":
            start, end = LocalDay(reader, -value), LocalDay(reader)
        case "next_days":
            start, end = LocalDay(reader), LocalDay(reader, value)
        case "on":
            start = end = Value(value.isoformat())
        case "before":
            return Q(LessThan(_text(name), Value(value.isoformat())))
        case "more_than_days_ago":
            return Q(LessThan(_text(name), LocalDay(reader, -value)))
        case "after":
            return Q(GreaterThanOrEqual(_text(name), Value(f"{value.isoformat()}~")))
    return Q(GreaterThanOrEqual(_text(name), start), LessThan(_text(name), Func(end, Value("~"), function="CONCAT", output_field=TextField())))  # fmt: skip


def _text(name: str) -> Any:
    return Func(KeyTextTransform(name, F("custom")), template='(%(expressions)s COLLATE "C")', output_field=TextField())
