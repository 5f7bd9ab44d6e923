"""Paging by the sort values of the last row shown: as fast on page 20,000 as on the first (DESIGN, Lists).

The form `u <= x AND NOT (u = x AND id >= y)` lets PostgreSQL walk one index. Rows without a value come last, in a
second statement where a page reaches them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from madoguchi.kit import paging

PAGE = 50


@dataclass(frozen=True, slots=True)
class Order:
    """One column, then the id the same way round. `kind` is the column's type, so that no cursor asks for nonsense."""

    column: str
    descending: bool = True
    nullable: bool = False
    kind: type = datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order; `newer` and `older` are cursors, '' at either end."""

    rows: list[dict[str, Any]]
    newer: str
    older: str


def page(rows: QuerySet[Any], order: Order, cursor: str = "", *, size: int = PAGE) -> Page:
    """The page after or before a cursor. `rows` are `.values()` with `id` and the order's column; unreadable: the first."""
    backwards, value, pk = _read(cursor, order)
    found: list[dict[str, Any]] = []
    for part in _parts(rows, order, backwards, value, pk):
        found += part[: size + 1 - len(found)]
        if len(found) > size:
            break
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    before = more if backwards else pk is not None
    after = True if backwards else more
    return Page(
        found,
        _cursor(True, found[0], order) if before else "",
        _cursor(False, found[-1], order) if after else "",
    )


def _parts(rows: QuerySet[Any], order: Order, backwards: bool, value: Any, pk: int | None) -> list[QuerySet[Any]]:
    """The stretches to read one after the other: rows with a value, then those without; backwards the other way round."""
    down = order.descending != backwards
    sign = "-" if down else ""
    rows = rows.order_by(f"{sign}{order.column}", f"{sign}pk")
    if not order.nullable:
        return [rows if pk is None else _beyond(rows, order.column, down, value, pk)]
    valued = rows.exclude(**{order.column: None})
    empty = rows.filter(**{order.column: None}).order_by(f"{sign}pk")
    if pk is None:
        return [valued, empty]
    if value is None:
        rest = empty.filter(**{"pk__lt" if down else "pk__gt": pk})
        return [rest, valued] if backwards else [rest]
    rest = _beyond(valued, order.column, down, value, pk)
    return [rest] if backwards else [rest, empty]


def _beyond(rows: QuerySet[Any], column: str, down: bool, value: Any, pk: int) -> QuerySet[Any]:
    far, near = ("lte", "gte") if down else ("gte", "lte")
    return rows.filter(**{f"{column}__{far}": value}).exclude(**{column: value, f"pk__{near}": pk})


def _cursor(backwards: bool, row: dict[str, Any], order: Order) -> str:
    return paging.encode(backwards, row[order.column], row["id"])


def _read(cursor: str, order: Order) -> tuple[bool, Any, int | None]:
    """A cursor someone else made up leads to the first page."""
    try:
        backwards, value, pk = paging.decode(cursor)
    except ValueError:
        return False, None, None
    if (
        not isinstance(pk, int)
        or isinstance(pk, bool)
        or not (isinstance(value, order.kind) or (value is None and order.nullable))
    ):
        return False, None, None
    return bool(backwards), value, pk
