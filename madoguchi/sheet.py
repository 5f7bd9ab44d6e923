"""Rows written side by side, in one prepared statement.

Through the ORM an INSERT costs 1–2 ms of Python and is planned anew by PostgreSQL each time. Here a verb puts what it
writes on a sheet, and the sheet is sent once: `WITH r0 AS (INSERT …), r1 AS (UPDATE …) SELECT …`.

    sheet.insert(ticket)
    sheet.insert(entry)  # entry.ticket is the one above: its id is not needed yet
    sheet.send()         # now both have one

A row may point to another of the same sheet. Else the parts must not need each other: PostgreSQL runs them on one
snapshot, in any order. Values go as text and are typed by the server, so that one plan serves all of them.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

Adapt = Callable[[Any], str | bytes]
PLACE = re.compile("%s")


class Sheet:
    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._parts: list[str] = []
        self._values: list[Any] = []
        self._asked: list[tuple[str, models.Model | Callable[[Any], object] | None]] = []
        self._place: dict[int, str] = {}
        self._pointing: list[tuple[models.Model, str, models.Model]] = []
        self._after: list[Callable[[], object]] = []

    def insert(self, row: models.Model) -> None:
        """A new row. What the database chooses of itself is not read back, but for the id."""
        table, pk, columns = _written(type(row))
        names: list[str] = []
        values: list[Any] = []
        for field, attribute, column, adapt in columns:
            value = row.__dict__[attribute]
            if value is None and field.is_relation:
                value = field.get_cached_value(row, default=None)
                if value is not None:
                    if value.pk is None and id(value) not in self._place:
                        raise LookupError(f"{field} points to a row that is neither written nor on the sheet")
                    self._pointing.append((row, attribute, value))
            elif isinstance(value, DatabaseDefault) or (value is None and field.primary_key):
                continue
            else:
                value = None if value is None else adapt(value)
            names.append(column)
            values.append(value)
        marks = ", ".join(["%s"] * len(values))
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) RETURNING {pk} AS id"
        self._place[id(row)] = place = self.add(sql, values)
        self._asked.append((place, row))

    def update(self, row: models.Model, names: Iterable[str]) -> None:
        """These fields of a row that is there."""
        table, pk, columns = _written(type(row))
        wanted = set(names)
        parts: list[str] = []
        values: list[Any] = []
        for field, attribute, column, adapt in columns:
            if field.name in wanted:
                value = getattr(row, attribute)
                parts.append(f"{column} = %s")
                values.append(None if value is None else adapt(value))
        self.add(f"UPDATE {table} SET {', '.join(parts)} WHERE {pk} = %s", [*values, str(row.pk)])

    def add(self, sql: str, values: Sequence[Any]) -> str:
        """A statement with `%s` for each value: None, text, bytes, or a row, for its id. Returns the part's name."""
        pieces = sql.split("%s")
        found = [pieces[0]]
        for value, piece in zip(values, pieces[1:], strict=True):
            if isinstance(value, models.Model):
                place = self._place.get(id(value))
                found += [f"(SELECT id FROM {place})" if place else "%s", piece]
                if place:
                    continue
                value = str(value.pk)
            else:
                found += ["%s", piece]
            self._values.append(value)
        self._parts.append("".join(found))
        return f"r{len(self._parts) - 1}"

    def call(self, sql: str, values: Sequence[Any], then: Callable[[Any], object] | None = None) -> None:
        """A SELECT of one value `AS id`, for what its function does; `then` gets the value, before any row its id."""
        self._asked.append((self.add(sql, values), then))

    def after(self, act: Callable[[], object]) -> None:
        """Do this as soon as the rows are there."""
        self._after.append(act)

    def send(self) -> None:
        """Write it all. The sheet is empty afterwards."""
        after = self._after
        if self._parts:
            parts = ", ".join(f"r{n} AS ({part})" for n, part in enumerate(self._parts))
            asked = ", ".join(f"(SELECT id FROM {place})" for place, _row in self._asked)
            found = _fetch(f"WITH {parts} SELECT {asked or 1}", self._values)
            for (_place, then), value in zip(self._asked, found, strict=False):
                if then is not None and not isinstance(then, models.Model):
                    then(value)
            for (_place, row), pk in zip(self._asked, found, strict=False):
                if isinstance(row, models.Model):
                    row.__dict__[_written(type(row))[2][0][1]] = pk
                    row._state.adding, row._state.db = False, connection.alias
            for row, attribute, pointed in self._pointing:
                row.__dict__[attribute] = pointed.pk
        self._clear()
        for act in after:
            act()


def _fetch(sql: str, values: Sequence[Any]) -> Sequence[Any]:
    """The one row. Django's own cursor where statements are being counted."""
    if connection.queries_logged:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as direct:
        return direct.execute(_numbered(sql), values).fetchone() or ()


@lru_cache(maxsize=500)
def _numbered(sql: str) -> str:
    """With `$1` for each `%s`, as PostgreSQL writes it: psycopg would look for them anew in each long statement."""
    numbers = count(1)
    return PLACE.sub(lambda _mark: f"${next(numbers)}", sql)


@lru_cache(maxsize=100)
def _written(model: type[models.Model]) -> tuple[str, str, list[tuple[Any, str, str, Adapt]]]:
    """(table, key column, (field, attribute, column, how a value becomes text) of each column, the key first)."""
    fields = sorted(model._meta.concrete_fields, key=lambda field: not field.primary_key)
    columns = [(field, field.attname, f'"{field.column}"', _adapt(field)) for field in fields]
    return model._meta.db_table, columns[0][2], columns


def _adapt(field: Any) -> Adapt:
    kind = (field.target_field if field.is_relation else field).get_internal_type()
    if kind == "JSONField":
        return json.dumps
    if kind == "BinaryField":
        return bytes
    if kind in ("DateTimeField", "DateField"):
        return _moment
    return str


def _moment(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def array(values: Iterable[Any]) -> str:
    """An array as PostgreSQL writes it, of values without quotes and backslashes."""
    return "{" + ",".join("NULL" if value is None else f'"{value}"' for value in values) + "}"
