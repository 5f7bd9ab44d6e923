"""The built-in CRM as CSV, in the columns the import reads (SPEC C6)."""

from collections.abc import Iterator
from typing import Any

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.crm.file_columns import COLUMNS, KINDS
from madoguchi.errors import Hidden
from madoguchi.kit import tables
from madoguchi.models import CrmDeal, CrmPerson

TOGETHER = 1_000


def export(what: str, *, by: Actor) -> Iterator[bytes]:
    """The file, piece by piece, the oldest record first. Hidden where there is no such kind."""
    require(by, "edit_crm")
    if what not in KINDS:
        raise Hidden
    columns = COLUMNS[what]
    return tables.write([str(c.label) for c in columns], (_cells(row, what) for row in _rows(what)))


def _rows(what: str) -> Iterator[Any]:
    found: Any = CrmDeal.objects.select_related("person", "stage", "owner")
    if what != "deals":
        kind = CrmPerson.Kind.LEAD if what == "leads" else CrmPerson.Kind.CONTACT
        found = CrmPerson.objects.filter(kind=kind).select_related("owner")
    last = 0
    while rows := list(found.filter(pk__gt=last).order_by("pk")[:TOGETHER]):
        yield from rows
        last = rows[-1].pk


def _cells(row: Any, what: str) -> list[str]:
    found: dict[str, Any] = {column.name: getattr(row, column.name, "") for column in COLUMNS[what]}
    found["owner"] = row.owner.email if row.owner is not None else ""
    if isinstance(row, CrmDeal):
        found |= {"email": row.person.email, "phone": row.person.phone or row.person.mobile, "stage": str(row.stage)}
    return ["" if value is None else str(value) for value in found.values()]
