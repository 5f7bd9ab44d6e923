"""The cast as it was gathered once in this process, brought back for each test in one go instead of ninety statements."""

import pickle
from functools import cache

from django.db import connection, transaction

from tests.cast import Cast, gather

_kept: list[tuple[str, bytes]] = []


def recall() -> Cast:
    """The very rows `gather` made for the first test that asked. Sequences are not rolled back, so their keys are free."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs"
        )  # a test with transactions of its own leaves them: no flush knows them
    if not _kept:
        before = _rows()
        cast = gather()
        made = [_insert(table, rows - before[table]) for table, rows in _rows().items() if rows - before[table]]
        _kept.append((";".join(made), pickle.dumps(cast)))
        return cast
    ((statements, pickled),) = _kept
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL session_replication_role = replica"
        )  # what triggers and foreign keys did is kept, too
        cursor.execute(statements)
        cursor.execute("SET LOCAL session_replication_role = origin")
    cast = pickle.loads(pickled)
    assert isinstance(cast, Cast)
    return cast


@cache
def _tables() -> list[str]:
    return connection.introspection.table_names()


def _rows() -> dict[str, set[str]]:
    """By table, where each of its rows lies."""
    with connection.cursor() as cursor:
        each = (f"SELECT '{name}', coalesce(array_agg(ctid::text), '{{}}') FROM {name}" for name in _tables())
        cursor.execute(" UNION ALL ".join(each))
        return {name: set(places) for name, places in cursor.fetchall()}


def _insert(table: str, places: set[str]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 'INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, '"
            f" || quote_literal(json_agg(t)::text) || ')' FROM {table} t WHERE ctid::text = ANY (%s)",
            [list(places)],
        )
        return str(cursor.fetchone()[0])
