"""How many tickets custom views hold: capped, kept for a few seconds, and given up where it takes too long."""

import time
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.utils import OperationalError
from psycopg.errors import QueryCanceled

from madoguchi.lists import selecting, views
from madoguchi.lists.criteria import Fields
from madoguchi.lists.meanings import Reader
from madoguchi.lists.selecting import Selection
from madoguchi.lists.views import View

PATIENCE_MS, ALL_S, KEPT_S, MOST_KEPT = 400, 2.0, 10, 2000
_kept: dict[Any, tuple[float, int | None]] = {}


def of_views(found: Iterable[View], department_id: int, reader: Reader, fields: Fields) -> dict[str, int | None]:
    """The count of each view, None where it took too long."""
    start = time.monotonic()
    counted: dict[str, int | None] = {}
    for view in found:
        key = (department_id, view.is_live, view.tree, reader)
        kept = _kept.get(key)
        if kept is None or time.monotonic() - kept[0] > (0 if settings.TESTING else KEPT_S):
            if time.monotonic() - start > ALL_S:
                counted[view.key] = kept[1] if kept else None
                continue
            if len(_kept) > MOST_KEPT:
                _kept.clear()
            chosen = views.chosen(view, department_id, reader, fields=fields)
            kept = _kept[key] = (time.monotonic(), patiently(chosen))
        counted[view.key] = kept[1]
    return counted


def patiently(chosen: Selection, ms: int = PATIENCE_MS) -> int | None:
    """How many, capped; None where the database did not know in time."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {ms}")
            found = selecting.counts({"n": chosen})["n"]
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
            return found
    except OperationalError as slow:
        if isinstance(slow.__cause__, QueryCanceled):
            return None
        raise
