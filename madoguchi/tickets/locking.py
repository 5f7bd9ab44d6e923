"""Locking several tickets: always in the order of their ids, so that nobody waits for each other."""

from collections.abc import Callable, Collection
from typing import TypeVar

from django.db import transaction
from django.db.models import F
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from madoguchi.errors import Refused
from madoguchi.models import Ticket
from madoguchi.prepared import Prepared, fetch
from madoguchi.tickets.timeline import OneOf

T = TypeVar("T")
ROUNDS = 5
LOCK = "SELECT id FROM madoguchi_ticket WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE"
ROWS = Prepared(
    lambda mark: Ticket.objects.with_people().filter(
        OneOf(F("pk"), RawSQL("string_to_array(%s, ',')::bigint[]", [mark.text("ids")]))
    )
)


class _Changed(Exception):
    pass


def locked_together(wanted: Callable[[], Collection[int]]) -> dict[int, Ticket]:
    """Lock the tickets that `wanted` names, and bring them; it is asked again under the locks, until it names the same.

    A round that named others gives its locks back first (the savepoint): they would be out of order.
    Refused: OVERTAKEN after a few rounds.
    """
    return _hold(wanted, lambda ids: {row.pk: row for row in ROWS(ids=",".join(map(str, ids)))})


def held_together(wanted: Callable[[], Collection[int]]) -> frozenset[int]:
    """The same without bringing them: their ids."""
    return frozenset(_hold(wanted, lambda ids: ids))


def _hold(wanted: Callable[[], Collection[int]], then: Callable[[set[int]], T]) -> T:
    for _round in range(ROUNDS):
        ids = set(wanted())
        try:
            with transaction.atomic():
                fetch(LOCK, [sorted(ids)])
                if set(wanted()) != ids:
                    raise _Changed
                return then(ids)
        except _Changed:
            continue
    raise Refused("OVERTAKEN", _("Someone else changed it at this moment. Try again."))
