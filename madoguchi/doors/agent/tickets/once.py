"""A form that sends mail carries a one-time key: pressed twice, or sent again after going back, it writes once."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.core.cache import cache
from django.db import DatabaseError

from madoguchi.doors.agent.answer import Desked

DAY_S = 24 * 3600


class Repeated(Exception):
    """This very form was sent before."""


@contextmanager
def once(request: Desked) -> Iterator[None]:
    """Inside a transaction: the key is used up with what the form did, and free again where that was refused."""
    key = f"once:{request.agent.pk}:{request.POST.get('once', '')[:40]}"
    if not request.POST.get("once"):
        yield
        return
    if not cache.add(key, 1, DAY_S):
        raise Repeated
    try:
        yield
    except BaseException:
        with suppress(DatabaseError):
            cache.delete(key)
        raise
