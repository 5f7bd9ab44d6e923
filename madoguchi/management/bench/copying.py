"""Stretches made and copied by several processes at once, each with a connection of its own."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
from django.db import connections

from madoguchi.management.bench.documents import document_lines
from madoguchi.management.bench.lines import NAMES, lines
from madoguchi.management.bench.people import World
from madoguchi.management.bench.plan import Plan

PROCESSES = min(8, os.cpu_count() or 1)


def connect(address: dict[str, Any]) -> psycopg.Connection[Any]:
    """Nothing is checked that is right by rule (foreign keys are triggers), and no commit waits for the disk."""
    connection = psycopg.connect(**address)
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET synchronous_commit = off")
    connection.commit()
    return connection


def address() -> dict[str, Any]:
    """How Django reaches the database, for a process without Django's connections."""
    found = connections["default"].get_connection_params()
    return {k: v for k, v in found.items() if k in ("dbname", "user", "password", "host", "port")}


def copy_all(plan: Plan, world: World, done: Callable[[int], None]) -> None:
    """Copy every stretch; `done` is told how many tickets are in."""
    connections.close_all()
    if plan.stretches == 1:  # too little to divide
        start(plan, world, address())
        copy_stretch(0)
        _mine.pop("connection").close()
        return
    fork = multiprocessing.get_context("fork")
    with fork.Pool(min(PROCESSES, plan.stretches), start, (plan, world, address())) as pool:
        so_far = 0
        for tickets in pool.imap_unordered(copy_stretch, range(plan.stretches)):
            so_far += tickets
            done(so_far)
        pool.close()
        pool.join()


_mine: dict[str, Any] = {}


def start(plan: Plan, world: World, where: dict[str, Any]) -> None:
    _mine.update(plan=plan, world=world, connection=connect(where))


def copy_stretch(number: int) -> int:
    plan, world, connection = _mine["plan"], _mine["world"], _mine["connection"]
    made = lines(plan, world, number)
    tables = {**made.of, "searchdocument": list(document_lines(made.stories, world))}
    with connection.cursor() as cursor:
        for table, rows in tables.items():
            copy(cursor, table, rows)
    connection.commit()
    return len(made.stories)


def copy(cursor: psycopg.Cursor[Any], table: str, rows: Sequence[str]) -> None:
    names = ", ".join(NAMES[table])
    with cursor.copy(f"COPY madoguchi_{table} ({names}) FROM STDIN") as stream:  # our own names
        for batch in batches(rows):
            stream.write(batch)


def batches(rows: Sequence[str], size: int = 2_000) -> Iterator[str]:
    for n in range(0, len(rows), size):
        yield "".join(rows[n : n + size])
