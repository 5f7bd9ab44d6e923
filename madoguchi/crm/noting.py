"""What the built-in CRM's changes have in common: what somebody else changed, and the line of the history."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.actor import Actor
from madoguchi.errors import Hidden, Stale
from madoguchi.models import CrmDeal, CrmPerson

Row = CrmPerson | CrmDeal


def locked(row: Any) -> Any:
    """The row again, under lock; Hidden where it was deleted."""
    found = type(row).objects.select_for_update(of=("self",), no_key=True).filter(pk=row.pk).first()
    if found is None:
        raise Hidden
    return found


def refuse_if_stale(row: Row, wanted: Mapping[str, Any], expected: Mapping[str, Any] | None) -> None:
    """`expected` are values that were seen; `modified_at` among them stands for all of them. Raises Stale."""
    expected = expected or {}
    changed = [name for name, seen in expected.items() if getattr(row, name) not in (seen, wanted.get(name, seen))]
    if changed:
        names = [name for name in wanted if getattr(row, name) != wanted[name]]
        changes = [{"field": n, "now": told(getattr(row, n)), "yours": told(wanted[n])} for n in names]
        raise Stale(_("Someone else changed this meanwhile. Nothing was saved."), changes)


def apply(row: Row, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set the values on the row, unsaved. Returns (before, after) of what differs."""
    before, after = {}, {}
    for name, value in values.items():
        old = getattr(row, name)
        if old != value:
            before[name], after[name] = told(old), told(value)
            setattr(row, name, value)
    return before, after


def told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else record.told(value)


def note(
    verb: str, row: Row, *, by: Actor, before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None
) -> None:
    """One line of history; `crm` says of what: "person 5", "deal 7" (see the index of `Event`)."""
    named = {"crm": subject(row), "name": row.name}
    record.note(verb, by=by, before=dict(before or {}), after={**named, **(after or {})})


def subject(row: Row) -> str:
    return f"{'person' if isinstance(row, CrmPerson) else 'deal'} {row.pk}"


def all_of(row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    """What the row holds, for the history of its beginning and its end."""
    return {name: told(value) for name in names if (value := getattr(row, name)) not in ("", None)}
