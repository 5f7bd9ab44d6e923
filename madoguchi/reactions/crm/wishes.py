"""The contacts that wait to be looked up (`models.Lookup`), for the worker alone.

`not_before` NULL: fresh, nobody has looked at the tickets' copies yet. A time: they are right, and the CRM is to be asked
then. Who asks over the network takes a wish by moving that time a little on; a worker that dies loses none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from madoguchi.prepared import fetch

LEASE = timedelta(minutes=2)
STATE = """
SELECT EXISTS (SELECT FROM madoguchi_lookup WHERE not_before IS NULL),
  EXISTS (SELECT FROM madoguchi_lookup WHERE not_before <= %s::timestamptz)
"""
TAKE_FRESH = """
SELECT id, contact_id, is_forced FROM madoguchi_lookup WHERE not_before IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
TAKE_DUE = """
SELECT id, contact_id, is_forced FROM madoguchi_lookup WHERE not_before IS NULL OR not_before <= %s::timestamptz
ORDER BY not_before NULLS FIRST, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
BORROW = """
WITH due AS (
  SELECT contact_id FROM madoguchi_lookup WHERE not_before <= %(now)s::timestamptz
  ORDER BY not_before, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), those AS (
  SELECT id, contact_id, is_forced, not_before FROM madoguchi_lookup
  WHERE contact_id IN (SELECT contact_id FROM due) AND not_before IS NOT NULL FOR UPDATE SKIP LOCKED
), lent AS (
  UPDATE madoguchi_lookup l SET not_before = %(until)s::timestamptz FROM those t WHERE l.id = t.id RETURNING l.id
)
SELECT id, contact_id, is_forced, not_before FROM those ORDER BY not_before, id
"""
GIVE_BACK = """
UPDATE madoguchi_lookup l SET not_before = b.moment
FROM unnest(%s::bigint[], %s::timestamptz[]) AS b (id, moment) WHERE l.id = b.id RETURNING l.id
"""
GRANTED = "DELETE FROM madoguchi_lookup WHERE id = ANY(%s::bigint[]) RETURNING id"
SETTLED = """
UPDATE madoguchi_lookup l SET not_before = greatest(at, %s::timestamptz), is_forced = l.is_forced OR s.is_forced
FROM unnest(%s::bigint[], %s::bool[]) AS s (id, is_forced) WHERE l.id = s.id RETURNING l.id
"""
WAITING = """
SELECT contact_id, bool_or(is_forced) FROM madoguchi_lookup
WHERE contact_id = ANY(%s::bigint[]) AND not_before <= %s::timestamptz GROUP BY contact_id
"""
POSTPONE = "UPDATE madoguchi_lookup SET not_before = %s::timestamptz WHERE id = ANY(%s::bigint[]) RETURNING id"


@dataclass(slots=True)
class Wish:
    """All wishes for one contact: `ids` of the rows, and when each was due."""

    contact: int
    is_forced: bool = False
    ids: list[int] = field(default_factory=list)
    due: list[datetime] = field(default_factory=list)


def state(now: datetime) -> tuple[bool, bool]:
    """(any is fresh, any is due)."""
    fresh, due = fetch(STATE, [now])[0]
    return fresh, due


def take_fresh(most: int) -> list[Wish]:
    """Fresh ones in nobody else's hands. In a transaction, to whose end they are held."""
    return _gathered(fetch(TAKE_FRESH, [most]))


def take_due(now: datetime, most: int) -> list[Wish]:
    """Fresh and due ones alike, held to the end of the transaction: for who asks nobody else."""
    return _gathered(fetch(TAKE_DUE, [now, most]))


def borrow(now: datetime, most: int) -> list[Wish]:
    """The longest due; after `LEASE` they are due again, unless something was said of them."""
    return _gathered(fetch(BORROW, {"now": now, "until": now + LEASE, "most": most}))


def give_back(those: Iterable[Wish]) -> None:
    """Nothing came of them: they wait where they stood."""
    ids, due = [], []
    for wish in those:
        ids += wish.ids
        due += wish.due
    if ids:
        fetch(GIVE_BACK, [ids, due])


def granted(those: Iterable[Wish]) -> None:
    ids = [pk for wish in those for pk in wish.ids]
    if ids:
        fetch(GRANTED, [ids])


def settled(those: Iterable[Wish], now: datetime) -> None:
    """The copies are right: the CRM is to be asked, of a great number each at its time (`at`).

    One wish for a contact is enough, so that they do not pile up while nobody can be asked. One that is being taken this
    moment is asked after this was read, and so after what the others were wished for.
    """
    those = list(those)
    waiting = dict(fetch(WAITING, [[wish.contact for wish in those], now])) if those else {}
    wanted = [w for w in those if w.contact not in waiting or (w.is_forced and not waiting[w.contact])]
    kept = {wish.ids[0] for wish in wanted}
    if wanted:
        fetch(SETTLED, [now, [wish.ids[0] for wish in wanted], [wish.is_forced for wish in wanted]])
    granted([Wish(wish.contact, ids=[pk for pk in wish.ids if pk not in kept]) for wish in those])


def postpone(those: Iterable[Wish], until: datetime) -> None:
    ids = [pk for wish in those for pk in wish.ids]
    if ids:
        fetch(POSTPONE, [until, ids])


def _gathered(rows: Sequence[tuple[Any, ...]]) -> list[Wish]:
    found: dict[int, Wish] = {}
    for pk, contact, is_forced, *due in rows:
        wish = found.setdefault(contact, Wish(contact))
        wish.is_forced = wish.is_forced or is_forced
        wish.ids.append(pk)
        wish.due += due
    return list(found.values())
