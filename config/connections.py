"""Connections of the pool, which Django has looked at before each request (`CONN_HEALTH_CHECKS`)."""

import time
from typing import Any

from psycopg import Connection

ENOUGH_S = 1.0


class Looked(Connection[Any]):
    """Looked at once a second at most: a round trip less for most pages. After a database restart a page or two may fail."""

    looked_at = 0.0

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """An empty query is the pool's look."""
        if query != "":
            return super().execute(query, *args, **kwargs)
        now = time.monotonic()
        if now - self.looked_at > ENOUGH_S:
            super().execute(query)
            self.looked_at = now
        return None
