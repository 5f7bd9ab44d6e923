"""Django's database sessions, read by a prepared statement: every page starts with this."""

from typing import Any

from django.contrib.sessions.backends import db

from madoguchi import prepared

READ = "SELECT session_data FROM django_session WHERE session_key = %s::varchar AND expire_date > now()"


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        key = self.session_key or ""  # as the cookie says it: anything, NUL too
        found = prepared.fetch(READ, [key]) if key.isascii() and key.isalnum() else []
        if found:
            return self.decode(found[0][0])
        self._session_key = None
        return {}
