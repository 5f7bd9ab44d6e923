"""What the head of a ticket says of its family: its parent, how far its children are (SPEC F3, F7)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madoguchi import prepared
from madoguchi.access import can, reach
from madoguchi.actor import Actor
from madoguchi.models import Event, Ticket
from madoguchi.tickets import family_telling
from madoguchi.tickets.family import Progress

RELATIVE = """json_build_object('id', r.id, 'number', r.number, 'subject', r.subject, 'state', r.state,
             'department', r.department_id, 'shared', r.shared)"""
IN_EFFECT = """madoguchi_ticket r JOIN madoguchi_department d ON d.id = r.department_id
           WHERE %(has_families)s::boolean AND d.has_families AND r.trashed_at IS NULL AND NOT r.is_spam"""
# Two lists of the statement beside a ticket (`finding.ASIDE`); a statement of their own on its other tabs.
LISTS = f"""
  'parent_row', (SELECT {RELATIVE} FROM {IN_EFFECT} AND r.id = %(parent)s::bigint),
  'child_rows', (SELECT coalesce(json_agg({RELATIVE} ORDER BY r.id), '[]') FROM {IN_EFFECT} AND r.parent_id = %(ticket)s::bigint)
"""
ALONE = f"SELECT json_build_object({LISTS})::text"


@dataclass(frozen=True, slots=True)
class Head:
    """`parent` is None where there is none; `is_hidden` where the reader may not see it. `numbers` and ids
    of the relatives `seen`."""

    parent: Mapping[str, Any] | None
    is_hidden: bool
    progress: Progress
    numbers: list[int]
    seen: frozenset[str]

    @classmethod
    def of(cls, found: Mapping[str, Any], actor: Actor) -> "Head":
        parent, children = found["parent_row"], found["child_rows"]
        rows = [*children, *([parent] if parent else [])]
        seen = {row["id"]: is_seen(row, actor) for row in rows}
        return cls(
            parent=parent,
            is_hidden=parent is not None and not seen[parent["id"]],
            progress=Progress(sum(row["state"] == "Closed" for row in children), len(children)),
            numbers=[row["number"] for row in rows if seen[row["id"]]],
            seen=frozenset(str(pk) for pk, is_seen in seen.items() if is_seen),
        )


def asked(ticket: Ticket) -> dict[str, Any]:
    """The values of `LISTS`."""
    has = ticket.department.has_families and ticket.is_live
    return {"ticket": ticket.pk, "parent": ticket.parent_id, "has_families": has}


def read(ticket: Ticket, actor: Actor) -> Head | None:
    """None where the department has no families."""
    if not ticket.department.has_families:
        return None
    return Head.of(json.loads(prepared.fetch(ALONE, asked(ticket))[0][0]), actor)


def hidden_in(events: Sequence[Event], ticket: Ticket, actor: Actor) -> frozenset[str]:
    """Of the relatives these events name, the ids of those the actor may not read. Asked only for those the head does not know."""
    head: Head | None = ticket.__dict__.get("family")
    unknown = family_telling.relatives(events) - (head.seen if head else frozenset())
    if not unknown:
        return frozenset()
    ids = [int(pk) for pk in unknown]
    return frozenset(unknown) - {
        str(pk) for pk in Ticket.objects.filter(reach(actor), pk__in=ids).values_list("pk", flat=True)
    }


def is_seen(row: Mapping[str, Any], actor: Actor) -> bool:
    """Whether the actor may read the ticket of a row with `department` and `shared`."""
    if actor.agent is not None and row["department"] in actor.agent.own_department_ids:
        return True  # without a row of sixty fields for each of two hundred children
    return can(actor, "read", Ticket(pk=row["id"], department_id=row["department"], shared=row["shared"]))
