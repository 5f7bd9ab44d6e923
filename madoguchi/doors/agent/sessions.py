"""Django's database sessions, read by a prepared statement with the agent they belong to: every page starts with this."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from madoguchi import prepared
from madoguchi.doors.agent import backend

READ = "SELECT session_data FROM django_session WHERE session_key = %s::varchar AND expire_date > now()"
READ_BOTH = (
    f"SELECT s.session_data, x.* FROM django_session s LEFT JOIN LATERAL ({backend.READ}) x ON true"
    " WHERE s.session_key = %s::varchar AND s.expire_date > now()"
)
MOST_KNOWN = 10_000
_known: dict[str, int] = {}


class SessionStore(db.SessionStore):
    """`agent_row` is the agent's row, read in the same moment, where this process knew whom to ask for.

    Whose session it was the last time is only a guess that saves a round trip: the session itself says whose it is.
    """

    agent_row: tuple[Any, ...] | None = None

    def load(self) -> dict[str, Any]:
        key = self.session_key or ""  # as the cookie says it: anything, NUL too
        if not (key.isascii() and key.isalnum()):
            return self._nobodys()
        guess = _known.get(key)
        found = prepared.fetch(READ, [key]) if guess is None else prepared.fetch(READ_BOTH, [guess, key])
        if not found:
            _known.pop(key, None)
            return self._nobodys()
        data: dict[str, Any] = self.decode(found[0][0])
        owner = str(data.get(SESSION_KEY, ""))
        if guess is not None and owner == str(guess) and found[0][1] is not None:
            self.agent_row = found[0][1:]
        elif owner.isdecimal():
            if len(_known) > MOST_KNOWN:
                _known.clear()
            _known[key] = int(owner)
        return data

    def _nobodys(self) -> dict[str, Any]:
        self._session_key = None
        return {}
