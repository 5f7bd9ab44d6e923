"""Which tickets belong to the same matter as this one: those that name the same order number (SPEC F8).

Whose they are does not matter, other than in `likeness`. The earliest is the parent; to relate a child means: to its parent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from madoguchi.access import can, require
from madoguchi.actor import Actor
from madoguchi.kit.likeness import features
from madoguchi.models import Ticket
from madoguchi.prepared import fetch
from madoguchi.tickets import family
from madoguchi.tickets.likeness import own_departments, texts, with_marks

LOOKED_AT, MOST = 40, 5
NAMING = """
SELECT t.id FROM madoguchi_ticket t JOIN madoguchi_department d ON d.id = t.department_id
WHERE t.id = ANY(%(ids)s::bigint[]) AND t.id <> %(ticket)s::bigint AND d.has_families
  AND t.state <> 'Closed' AND t.trashed_at IS NULL AND NOT t.is_spam
  AND t.id IS DISTINCT FROM %(parent)s::bigint
  AND (t.parent_id IS NULL OR t.parent_id <> %(ticket)s::bigint AND %(parent)s::bigint IS NULL)
  AND (t.department_id = ANY(%(departments)s::bigint[]) OR %(departments)s::bigint[] IS NULL)
ORDER BY t.created_at DESC, t.id DESC LIMIT %(most)s::bigint
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """What relating two tickets would make of them."""

    parent: Ticket
    child: Ticket


@dataclass(frozen=True, slots=True)
class Suggested:
    """`other` names the same `marks`; `pair` is what relating them would make."""

    other: Ticket
    pair: Pair
    marks: list[str]


def marks_of(ticket: Ticket) -> frozenset[str]:
    """The order numbers and codes a ticket names: in its subject, its fields, and what was written first."""
    return _marks(ticket, texts([ticket.pk])[ticket.pk])


def _marks(ticket: Ticket, text: str) -> frozenset[str]:
    custom = " ".join(value for value in ticket.custom.values() if isinstance(value, str))
    return features(ticket.subject, text).marks | features(custom).marks


def suggestions(ticket: Ticket, *, by: Actor) -> list[Suggested]:
    """Open tickets that name a number of this one and can be related to it, the newest first; with a ticket that could be
    its parent that one alone. None where the feature is off or the actor may not relate it."""
    require(by, "read", ticket)
    if not (ticket.is_live and ticket.department.has_families and can(by, "relate", ticket)):
        return []
    marks = marks_of(ticket)
    found = with_marks(marks) if marks else set()
    if not found - {ticket.pk}:
        return []
    asked = {
        "ids": list(found),
        "ticket": ticket.pk,
        "parent": ticket.parent_id,
        "departments": None if by.is_desk or by.is_administrator else list(own_departments(by)),
        "most": LOOKED_AT,
    }
    rows = Ticket.objects.with_people().select_related("parent__department")
    others = sorted(rows.in_bulk([pk for (pk,) in fetch(NAMING, asked)]).values(), key=_age, reverse=True)
    pairs = pairs_of(ticket, others, by=by)
    said = texts(list(pairs)) if pairs else {}
    known = {o.pk: sorted(mark.upper() for mark in marks & _marks(o, said[o.pk])) for o in others if o.pk in pairs}
    made = [Suggested(other, pairs[other.pk], known[other.pk]) for other in others if known.get(other.pk)]
    above = [each for each in made if each.pair.child.pk == ticket.pk]
    return above[-1:] or made[:MOST]


def pairs_of(ticket: Ticket, others: Sequence[Ticket], *, by: Actor) -> dict[int, Pair]:
    """Other's id → what relating it with the ticket would make, for those that can be related; they have `parent` loaded."""
    if not others or not can(by, "relate", ticket):
        return {}
    if ticket.parent_id is not None and family.parent_of(ticket) is None:
        return {}
    with_children = {pk for (pk,) in fetch(family.PARENTS, [[ticket.pk, *(other.pk for other in others)]])}
    found = {}
    for other in others:
        pair = _pair(ticket, other, with_children)
        if pair is None or pair.parent.pk == pair.child.pk or not _may(pair, by):
            continue
        if family.reason_against_parent(pair.parent, by=by) is None and _reason(pair, with_children) is None:
            found[other.pk] = pair
    return found


def _pair(a: Ticket, b: Ticket, with_children: set[int]) -> Pair | None:
    """The one that is a parent, else the parent of the one that is a child, else the earliest is the parent."""
    if a.parent is not None or b.parent is not None:
        if a.parent is not None and b.parent is not None:
            return None
        child, lone = (a, b) if a.parent is not None else (b, a)
        assert child.parent is not None
        return None if lone.pk == child.parent_id else Pair(child.parent, lone)
    first, second = sorted((a, b), key=_age)
    if second.pk in with_children and first.pk not in with_children:
        first, second = second, first
    return Pair(first, second)


def _reason(pair: Pair, with_children: set[int]) -> object:
    if pair.child.pk in with_children or not pair.child.is_live or not pair.child.department.has_families:
        return pair
    return None


def _may(pair: Pair, by: Actor) -> bool:
    return can(by, "relate", pair.parent) and can(by, "relate", pair.child)


def _age(ticket: Ticket) -> tuple[object, int]:
    return ticket.created_at, ticket.pk


def earliest(tickets: Iterable[Ticket]) -> Ticket:
    """The one proposed as parent (SPEC F4)."""
    return min(tickets, key=lambda ticket: (ticket.created_at, ticket.pk))
