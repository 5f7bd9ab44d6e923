"""SQL statements of a request, counted in PostgreSQL's own log while it is asked to write all of them down.

Never while times are taken. The web process is known by the application name in its DATABASE_URL. BEGIN, COMMIT,
savepoints and the pool's empty question are not counted.
"""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from madoguchi.management.bench.http import Connection, Request

WEB = "bench-web"
SAID = re.compile(rf"^{WEB}\|LOG:  (?:statement|execute [^:]*): *(?:\n\t\s*)?(.*)$", re.MULTILINE)
UNCOUNTED = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|;|$)", re.IGNORECASE)


@contextmanager
def all_written_down() -> Iterator[None]:
    try:
        alter(log_statement="'all'", log_line_prefix="'%a|'", log_min_duration_statement="-1")
        yield
    finally:
        alter(log_statement=None, log_line_prefix=None, log_min_duration_statement=None)


def alter(**settings: str | None) -> None:
    with connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute(f"ALTER SYSTEM SET {name} = {value}" if value else f"ALTER SYSTEM RESET {name}")
        cursor.execute("SELECT pg_reload_conf()")
    time.sleep(0.3)


def statements_of(url: str, requests: Sequence[Request], log: Path) -> list[str]:
    """What the web process said to the database for these requests, one after the other."""
    with all_written_down():
        there = Connection(url)
        there.ask(requests[0])  # what a process reads once and keeps
        start = log.stat().st_size
        for request in requests[1:]:
            there.ask(request)
        there.close()
        time.sleep(0.05)
        with log.open("rb") as file:
            file.seek(start)
            told = file.read().decode(errors="replace")
    return [said for said in SAID.findall(told) if not UNCOUNTED.match(said)]


def per_request(url: str, requests: Sequence[Request], log: Path) -> float:
    return round(len(statements_of(url, requests, log)) / max(1, len(requests) - 1), 1)
