"""Paging by the sort values of the last row shown: as fast on page 20,000 as on the first (DESIGN, Lists).

The form `u <= x AND NOT (u = x AND id >= y)` lets PostgreSQL walk one index. Rows without a value come last, in a
second statement where a page reaches them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from madoguchi.kit import paging

PAGE = 50
Row = dict[str, Any]


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

    rows: list[Row]
    newer: str
    older: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the rows that one walk of an index reads.

    `has_value` None: all of them. `beyond`: only what comes after this value and id.
    """

    column: str
    down: bool
    has_value: bool | None = None
    beyond: tuple[Any, int] | None = None

    @property
    def where(self) -> str:
        """As SQL with `{table}` for the table; its values are `values`."""
        own = f'{{table}}."{self.column}"'
        parts = [f"{own} IS {'NOT ' if self.has_value else ''}NULL"] if self.has_value is not None else []
        if self.beyond is not None:
            far, near = ("<=", ">=") if self.down else (">=", "<=")
            if self.has_value is False:
                parts.append(f"{{table}}.id {'<' if self.down else '>'} %s")
            else:
                parts.append(f"{own} {far} %s AND NOT ({own} = %s AND {{table}}.id {near} %s)")
        return " AND ".join(parts)

    @property
    def values(self) -> tuple[Any, ...]:
        if self.beyond is None:
            return ()
        value, pk = self.beyond
        return (pk,) if self.has_value is False else (value, value, pk)

    @property
    def order(self) -> str:
        """As SQL with `{table}` for the table."""
        turn = "DESC" if self.down else "ASC"
        by_id = f"{{table}}.id {turn}"
        return by_id if self.has_value is False or self.column == "id" else f'{{table}}."{self.column}" {turn}, {by_id}'

    def of(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The same of a query."""
        sign = "-" if self.down else ""
        rows = (
            rows.order_by(f"{sign}pk")
            if self.has_value is False
            else rows.order_by(f"{sign}{self.column}", f"{sign}pk")
        )
        if self.has_value is not None:
            rows = rows.filter(**{f"{self.column}__isnull": not self.has_value})
        if self.beyond is None:
            return rows
        value, pk = self.beyond
        if self.has_value is False:
            return rows.filter(**{"pk__lt" if self.down else "pk__gt": pk})
        far, near = ("lte", "gte") if self.down else ("gte", "lte")
        return rows.filter(**{f"{self.column}__{far}": value}).exclude(**{self.column: value, f"pk__{near}": pk})


def page(rows: QuerySet[Any], order: Order, cursor: str = "", *, size: int = PAGE) -> Page:
    """The page after or before a cursor. `rows` are `.values()` with `id` and the order's column; unreadable: the first."""
    return page_of(lambda stretch, most: list(stretch.of(rows)[:most]), order, cursor, size=size)


def page_of(read: Callable[[Stretch, int], list[Row]], order: Order, cursor: str = "", *, size: int = PAGE) -> Page:
    """The same of rows that `read` gives: at most so many of a stretch."""
    backwards, value, pk = _read(cursor, order)
    found: list[Row] = []
    for stretch in _stretches(order, backwards, value, pk):
        found += read(stretch, size + 1 - len(found))
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


def _stretches(order: Order, backwards: bool, value: Any, pk: int | None) -> list[Stretch]:
    """What to read one after the other: rows with a value, then those without; backwards the other way round."""
    column, down = order.column, order.descending != backwards
    if not order.nullable:
        return [Stretch(column, down, beyond=None if pk is None else (value, pk))]
    valued, empty = Stretch(column, down, True), Stretch(column, down, False)
    if pk is None:
        return [valued, empty]
    if value is None:
        rest = Stretch(column, down, False, (None, pk))
        return [rest, valued] if backwards else [rest]
    rest = Stretch(column, down, True, (value, pk))
    return [rest] if backwards else [rest, empty]


def _cursor(backwards: bool, row: Row, order: Order) -> str:
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
        or isinstance(value, bool)
        or not (type(value) is order.kind or (value is None and order.nullable))
    ):
        return False, None, None
    return bool(backwards), value, pk
