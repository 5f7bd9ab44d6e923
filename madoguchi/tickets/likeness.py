"""Possibly the same matter: other open tickets of the same contact, ranked by likeness (SPEC M12).

Of a contact with many open tickets the newest thousand are looked at, in three sieves, each finer and dearer than the last:
two-character grams of all subjects, the notions of the best subjects, the first messages of the best of those. A ticket that
names the same order number or error code stays in, whatever its subject.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection

from madoguchi import prepared
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.kit import grams
from madoguchi.kit.likeness import ALIKE, LONGEST, Features, features, likeness, rarity, shared
from madoguchi.models import Ticket

LOOKED_AT, NEWEST = 3_000, 1_000
BY_SUBJECT, BY_TEXT = 40, 10
MOST_MARKS, MOST_MARKED = 5, 200

OPEN = """
SELECT id, subject FROM (
  SELECT id, subject, state, department_id, trashed_at, is_spam FROM madoguchi_ticket
  WHERE contact_id = %(contact)s::bigint AND id <> %(ticket)s::bigint ORDER BY id DESC LIMIT %(looked_at)s::bigint) t
WHERE state <> 'Closed' AND trashed_at IS NULL AND NOT is_spam
  AND (department_id = ANY(%(departments)s::bigint[]) OR %(departments)s::bigint[] IS NULL)
ORDER BY id DESC LIMIT %(newest)s::bigint
"""
# By the word index, whatever the planner thinks (`lists.search`).
MARKED = f"""
SET LOCAL enable_seqscan = off;
SELECT ticket_id FROM madoguchi_searchdocument WHERE vector @@ %s::tsquery LIMIT {MOST_MARKED};
SET LOCAL enable_seqscan = on
"""
TEXTS = """
SELECT t.id, (SELECT left(e.text, %(length)s::int) FROM madoguchi_entry e
  WHERE e.ticket_id = t.id AND e.direction = 'in' AND e.deleted_at IS NULL ORDER BY e.id LIMIT 1)
FROM unnest(%(ids)s::bigint[]) AS t (id)
"""


@dataclass(frozen=True, slots=True)
class Similar:
    """`score` from 0 to 1; `shared` are the order numbers and words both name."""

    ticket: Ticket
    score: float
    shared: list[str]


def similar(ticket: Ticket, *, by: Actor, limit: int = 5) -> list[Similar]:
    """The tickets most like it, the likeliest first, of the departments the actor works in."""
    require(by, "read", ticket)
    subjects = dict(
        prepared.fetch(
            OPEN,
            {
                "contact": ticket.contact_id,
                "ticket": ticket.pk,
                "departments": None if by.is_desk or by.is_administrator else list(own_departments(by)),
                "looked_at": LOOKED_AT,
                "newest": NEWEST,
            },
        )
    )
    if not subjects:
        return []
    own = features(ticket.subject, texts([ticket.pk])[ticket.pk])
    marked = with_marks(own.marks) & subjects.keys()
    near = nearest(ticket.subject, subjects, BY_SUBJECT) | marked
    by_subject = {pk: features(subjects[pk]) for pk in near}
    rare = rarity([own, *by_subject.values()])
    ranked = sorted(near, key=lambda pk: (pk in marked, likeness(own, by_subject[pk], rare), pk), reverse=True)
    told = texts(ranked[: BY_TEXT + limit])
    known = {pk: features(subjects[pk], text) for pk, text in told.items()}
    scored = sorted(((likeness(own, each, rare), pk) for pk, each in known.items()), reverse=True)
    best = [(score, pk) for score, pk in scored if score >= ALIKE][:limit]
    rows = Ticket.objects.with_people().in_bulk([pk for _score, pk in best]) if best else {}
    return [Similar(rows[pk], round(score, 2), said(own, known[pk])) for score, pk in best if pk in rows]


def own_departments(by: Actor) -> Sequence[int]:
    return by.agent.own_department_ids if by.agent is not None else ()


def said(own: Features, other: Features) -> list[str]:
    """What both name, numbers as they are written on orders."""
    return [word.upper() if word in own.marks else word for word in shared(own, other)]


@lru_cache(maxsize=20_000)
def _grams(subject: str) -> frozenset[str]:
    folded = grams.fold(subject)
    return frozenset(folded[i : i + 2] for i in range(len(folded) - 1))


def nearest(subject: str, subjects: dict[int, str], most: int) -> set[int]:
    """Those whose subjects have most grams in common with it; all of them if they are few."""
    if len(subjects) <= most:
        return set(subjects)
    own = _grams(subject)
    return set(sorted(subjects, key=lambda pk: (len(own & _grams(subjects[pk])), pk), reverse=True)[:most])


def with_marks(marks: frozenset[str]) -> set[int]:
    """Tickets of anyone that name one of these numbers."""
    asked = [query for mark in sorted(marks, key=len, reverse=True)[:MOST_MARKS] if (query := grams.query(f'"{mark}"'))]
    if not asked:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(MARKED, [" | ".join(asked)])
        cursor.nextset()
        return {row[0] for row in cursor.fetchall()}


def texts(ids: Sequence[int]) -> dict[int, str]:
    """What the customer wrote first."""
    found = prepared.fetch(TEXTS, {"ids": list(ids), "length": LONGEST})
    return {pk: text or "" for pk, text in found}
