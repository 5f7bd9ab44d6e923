"""The rows of a desk as they were when it was founded: kept beside it, and brought back for the next test."""

import time
from collections.abc import Iterator

import psycopg

JOBS = ("procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers")
OWN = ("procrastinate_workers", "django_migrations")  # of the processes that go on running
GOES_ON = {"madoguchi_mailbox": ("uid_validity", "last_uid", "server_n", "checked_at")}  # as the UIDs of the folder do
PATIENCE_S = 60.0


class Founding:
    """A copy of all rows in a schema of its own, and the statements that bring them back in one go."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "SELECT c.relname, quote_ident(a.attname), coalesce(a.attnum = ANY (i.indkey), false) FROM pg_class c"
                " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
                " LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary"
                " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1, a.attnum"
            ).fetchall()
            tables = {table: [(c, is_key) for t, c, is_key in found if t == table] for table, _c, _k in found}
            connection.execute("CREATE SCHEMA founding")
            self.statements = []
            for table, columns in tables.items():
                if table not in (*JOBS, *OWN):
                    connection.execute(f"CREATE TABLE founding.{table} AS TABLE public.{table}")
                    self.statements += [(table, statement) for statement in bring_back(table, columns)]
            self.statements += [(table, f"DELETE FROM {table}") for table in JOBS]
            for name, last, called in connection.execute(
                "SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL FROM pg_sequences"
                " WHERE schemaname = 'public' AND sequencename NOT LIKE 'procrastinate%'"
            ):
                self.statements.append(("", f"SELECT setval('public.{name}', {last}, {called})"))

    def bring_back(self) -> set[str]:
        """The names of the tables in which something was different. Waits for the job in hand."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._at_once()
            except (Busy, psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable):
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def _at_once(self) -> set[str]:
        with psycopg.connect(self.url) as connection:
            connection.execute(
                "SET LOCAL session_replication_role = replica"
            )  # no foreign keys and triggers on the way
            connection.execute("SET LOCAL lock_timeout = '2s'")
            connection.execute("LOCK TABLE procrastinate_jobs IN EXCLUSIVE MODE")
            if connection.execute("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'").fetchone():
                raise Busy
            cursor = connection.execute(";".join(statement for _table, statement in self.statements))
            changed = set()
            for table, _statement in self.statements:
                if table and cursor.rowcount:
                    changed.add(table)
                cursor.nextset()
            return changed


class Busy(Exception):
    """The worker has a job in hand."""


def bring_back(table: str, columns: list[tuple[str, bool]]) -> Iterator[str]:
    names = [name for name, _is_key in columns]
    same = " AND ".join(f"a.{name} = b.{name}" for name, is_key in columns if is_key)
    kept = [name for name in names if name not in GOES_ON.get(table, ())]
    a, b = (", ".join(f"{row}.{name}" for name in kept) for row in "ab")
    yield f"DELETE FROM public.{table} a WHERE NOT EXISTS (SELECT FROM founding.{table} b WHERE {same})"
    yield (
        f"UPDATE public.{table} a SET {', '.join(f'{name} = b.{name}' for name in kept)} FROM founding.{table} b"
        f" WHERE {same} AND ROW({a})::text <> ROW({b})::text"
    )
    yield (
        f"INSERT INTO public.{table} ({', '.join(names)}) OVERRIDING SYSTEM VALUE SELECT {', '.join(names)}"
        f" FROM founding.{table} b WHERE NOT EXISTS (SELECT FROM public.{table} a WHERE {same})"
    )
