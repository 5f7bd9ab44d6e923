"""Indexes and unique constraints of the filled tables: dropped before the COPY, made again after it, much faster."""

from collections.abc import Callable

from django.db import connection
from psycopg import sql

FIND = """
SELECT i.indexrelid::regclass::text, c.conname, i.indrelid::regclass::text,
       coalesce(pg_get_constraintdef(c.oid), pg_get_indexdef(i.indexrelid))
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'
WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisprimary ORDER BY i.indexrelid
"""


def drop(tables: list[str]) -> list[tuple[str, str]]:
    """Drop them all; what is returned makes them again: (name, statement)."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, [tables])
        found = cursor.fetchall()
        made = []
        for index, constraint, table, definition in found:
            if constraint:
                cursor.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(constraint)))  # fmt: skip
                definition = f'ALTER TABLE {table} ADD CONSTRAINT "{constraint}" {definition}'
            else:
                cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index.strip('"'))))
            made.append((index.strip('"'), definition))
    return made


def make(statements: list[tuple[str, str]], done: Callable[[int], None]) -> None:
    with connection.cursor() as cursor:
        for n, (_name, statement) in enumerate(statements, 1):
            cursor.execute(statement)
            done(n)
