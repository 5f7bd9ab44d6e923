"""Ring the bell: tell open pages, in every process, what has changed (SPEC D10).

Names only, never contents: whoever hears a name fetches the thing again, and permission is asked again. Rung after the
commit and apart from it, since NOTIFY inside a transaction makes all others wait for its commit. A ring that is lost
with its process is a hint lost; a page that reconnects fetches everything again.
"""

import json
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.db import transaction

from madoguchi import prepared

CHANNEL = "madoguchi"
EACH = "SELECT pg_notify(%s, name) FROM unnest(%s::text[]) AS name"


def ring(**name: Any) -> None:
    """Say one name after the commit, such as `ticket=7, number=1042, department=3, verb="ticket.closed", agent=5`."""
    transaction.on_commit(partial(_ring, json.dumps(name, separators=(",", ":"))), robust=True)


def ring_each(names: Iterable[Mapping[str, Any]]) -> None:
    """Say many names after the commit, in one statement."""
    said = [json.dumps(name, separators=(",", ":")) for name in names]
    if said:
        transaction.on_commit(partial(prepared.fetch, EACH, [CHANNEL, said]), robust=True)


def _ring(name: str) -> None:
    prepared.fetch("SELECT pg_notify(%s, %s)", [CHANNEL, name])
