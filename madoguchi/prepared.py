"""Statements of the hottest pages: put together once for each process, planned once for each connection.

The ORM writes the same SQL anew for each page (0.5–2 ms), and Django binds values on the client, so that the server
plans it anew as well. Here a queryset is written down once, with marks where values come later.

    TICKET = Prepared(lambda mark: Ticket.objects.with_people().filter(numbers__number=mark.number("number")))
    TICKET(number=1042)

Django's own cursor is used where statements are being counted. A pooler that forbids preparing is told apart by
`prepare_threshold=none` in DATABASE_URL (docs/operations.md); values are still bound by the server then.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db import NotSupportedError, connection
from django.db.models import QuerySet
from django.db.models.query import ModelIterable

PLACE = re.compile(r"%(?:%|s)")


def fetch(sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a constant statement. Values are typed by the server: cast what it cannot guess (`%s::bigint`)."""
    if connection.queries_logged:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    try:
        return _direct(sql, values)
    except NotSupportedError:  # planned before a migration changed a column
        if connection.in_atomic_block:  # rolling back forgets the plans
            raise
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    return _direct(sql, values)


def _direct(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as direct:
        return direct.execute(sql, values, prepare=True).fetchall()


class Marks:
    """Stand-ins for values, found again in what the ORM wrote."""

    def __init__(self) -> None:
        self.names: dict[Any, tuple[str, str]] = {}

    def number(self, name: str) -> int:
        return self._mark(-(9 * 10**17) - len(self.names), name, "bigint")

    def time(self, name: str) -> datetime:
        return self._mark(datetime(1, 1, 2, tzinfo=UTC) + timedelta(seconds=len(self.names)), name, "timestamptz")

    def text(self, name: str) -> str:
        return self._mark(f"\ue000{len(self.names)}\ue000", name, "text")

    def _mark(self, value: Any, name: str, kind: str) -> Any:
        self.names[value] = (name, kind)
        return value


class Prepared:
    """A queryset of rows, of `.values()` or of `.values_list()`, to be called with the values of its marks."""

    def __init__(self, build: Callable[[Marks], QuerySet[Any]]) -> None:
        self._build = build
        self._written: _Written | None = None

    def __call__(self, **values: Any) -> list[Any]:
        if self._written is None:
            marks = Marks()
            self._written = _Written(self._build(marks), marks)
        return self._written.read(values)


class _Written:
    def __init__(self, queryset: QuerySet[Any], marks: Marks) -> None:
        self.compiler = queryset.query.get_compiler("default")
        sql, params = self.compiler.as_sql()
        self.places: list[str] = []
        self.sql = self._with_places(sql, list(params), marks)
        columns = [s[0] for s in (self.compiler.select or [])[: self.compiler.col_count]]
        self.converters = list(self.compiler.get_converters(columns).items())
        query = queryset.query
        self.makes_rows = queryset._iterable_class is ModelIterable
        self.names = [*query.extra_select, *query.values_select, *query.annotation_select]
        self.is_flat = queryset._iterable_class.__name__ == "FlatValuesListIterable"
        self.is_dict = queryset._iterable_class.__name__ == "ValuesIterable"
        self.queryset = queryset

    def _with_places(self, sql: str, params: list[Any], marks: Marks) -> str:
        """Constants written into the statement, marks as typed placeholders."""
        with connection.cursor() as cursor:
            writer = psycopg.ClientCursor(cursor.connection)

            def place(found: re.Match[str]) -> str:
                if found[0] == "%%":
                    return "%%"
                value = params.pop(0)
                if value.__hash__ is not None and value in marks.names:
                    name, kind = marks.names[value]
                    self.places.append(name)
                    return f"%s::{kind}"
                return writer.mogrify("%s", [value]).replace("%", "%%")

            text = PLACE.sub(place, sql)
        lost = {name for name, _kind in marks.names.values()} - set(self.places)
        if lost:
            raise LookupError(f"the ORM changed these marks on the way, so no value can be put in: {sorted(lost)}")
        return text

    def read(self, values: dict[str, Any]) -> list[Any]:
        rows: list[Any] = fetch(self.sql, [values[name] for name in self.places])
        if self.converters:
            rows = list(map(list, rows))
            for row in rows:
                for position, (convert, expression) in self.converters:
                    for each in convert:
                        row[position] = each(row[position], expression, connection)
        if self.is_dict:
            return [dict(zip(self.names, row, strict=True)) for row in rows]
        if self.is_flat:
            return [row[0] for row in rows]
        return list(ModelIterable(self._source(rows))) if self.makes_rows else rows

    def _source(self, rows: list[Any]) -> Any:
        """What Django's own maker of rows reads from."""
        compiler = SimpleNamespace(
            execute_sql=lambda **_: None,
            results_iter=lambda _results: rows,
            select=self.compiler.select,
            klass_info=self.compiler.klass_info,
            annotation_col_map=self.compiler.annotation_col_map,
        )
        query = SimpleNamespace(get_compiler=lambda using: compiler)
        return SimpleNamespace(db="default", query=query, _known_related_objects={}, model=self.queryset.model)
