"""Connections of the pool: looked at once a second, and quick at reading times."""

import time
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection
from psycopg.types.datetime import TimestamptzLoader

ENOUGH_S = 1.0


class Instant(TimestamptzLoader):
    """A timestamptz of a session in UTC, as Django keeps them; in the standard library's C where that can read it."""

    timezone = UTC

    def load(self, data: Any) -> datetime:
        try:
            return datetime.fromisoformat(str(data, "ascii"))
        except ValueError:  # before the year 1, infinity
            return super().load(data).replace(tzinfo=UTC)


class Looked(Connection[Any]):
    """Django has it looked at before each request (`CONN_HEALTH_CHECKS`); here once a second at most, which saves most
    pages a round trip. After a database restart a page or two may fail."""

    looked_at = 0.0

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().connect(*args, **kwargs)
        made.adapters.register_loader("timestamptz", Instant)
        return made

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """An empty query is the pool's look."""
        if query != "":
            return super().execute(query, *args, **kwargs)
        now = time.monotonic()
        if now - self.looked_at > ENOUGH_S:
            super().execute(query)
            self.looked_at = now
        return None
