"""Parents and children (SPEC F): several tickets of one matter, each with its own customer thread. One level.

A relation is in effect while the feature is on in both departments and both tickets are live; else it is kept, unseen.
What lies in the bin keeps its relation, which gives way to a new one meanwhile (`family_returning`). Closing by these rules
is in `family_closing`, what a merge makes of a family in `family_merging`.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from madoguchi.access import can, require
from madoguchi.actor import Actor
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Ticket
from madoguchi.models.organisation import State
from madoguchi.prepared import fetch
from madoguchi.record import change, told
from madoguchi.tickets.locking import locked_together

MOST = 200
IN_EFFECT = Q(Ticket.LIVE, department__has_families=True)
RELATIONS = """
SELECT c.id, c.parent_id FROM madoguchi_ticket c JOIN madoguchi_ticket p ON p.id = c.parent_id
  JOIN madoguchi_department cd ON cd.id = c.department_id JOIN madoguchi_department pd ON pd.id = p.department_id
WHERE %s AND cd.has_families AND pd.has_families
  AND c.trashed_at IS NULL AND NOT c.is_spam AND p.trashed_at IS NULL AND NOT p.is_spam"""
BOTH_WAYS = f"{RELATIONS % 'c.id = ANY(%(ids)s::bigint[])'} UNION {RELATIONS % 'c.parent_id = ANY(%(ids)s::bigint[])'}"
PARENTS = """
SELECT DISTINCT parent_id FROM madoguchi_ticket WHERE parent_id = ANY(%s::bigint[]) AND trashed_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the children in effect are closed."""

    closed: int
    total: int

    @property
    def open(self) -> int:
        return self.total - self.closed


def children(parent: Ticket) -> QuerySet[Ticket]:
    """Its children in effect, the oldest first; whoever shows them asks `access` for each."""
    if not (parent.is_live and parent.department.has_families):
        return Ticket.objects.none()
    return Ticket.objects.filter(IN_EFFECT, parent=parent).order_by("id")


def parent_of(child: Ticket) -> Ticket | None:
    """Its parent, where the relation is in effect."""
    if child.parent_id is None or not (child.is_live and child.department.has_families):
        return None
    return Ticket.objects.with_people().filter(IN_EFFECT, pk=child.parent_id).first()


def progress(parent: Ticket) -> Progress:
    states = list(children(parent).order_by().values_list("state", flat=True))
    return Progress(states.count(State.CLOSED), len(states))


def relations(ids: Iterable[int]) -> dict[int, int]:
    """Child → parent of every relation in effect that one of these tickets has; one statement."""
    return dict(fetch(BOTH_WAYS, {"ids": list(ids)}))


@transaction.atomic
def relate(parent: Ticket, others: Sequence[Ticket], *, by: Actor) -> Ticket:
    """Make `others` children of `parent`; one that is already stays. Hidden, Denied.

    Refused, by the first rule one of them breaks: FAMILY_OFF (of either department), FAMILY_SELF, FAMILY_GONE (bin, spam),
    FAMILY_IS_CHILD (the parent is one), FAMILY_HAS_CHILDREN, FAMILY_OTHER_PARENT, FAMILY_COUNT (more than 200).
    """
    _require_all((parent, *others), by)
    rows = locked_together(lambda: {parent.pk, *(other.pk for other in others)})
    if any(ticket.pk not in rows for ticket in (parent, *others)):
        raise Hidden
    fresh = [rows[pk] for pk in sorted({other.pk for other in others})]
    _require_all((rows[parent.pk], *fresh), by)
    refuse(rows[parent.pk], fresh, by=by)
    new = [other for other in fresh if other.parent_id != parent.pk]
    there = Ticket.objects.filter(parent=parent, trashed_at=None).count()
    if there + len(new) > MOST:
        raise Refused("FAMILY_COUNT", _("A ticket has at most %(n)s children.") % {"n": MOST}, "ids")
    with ExitStack() as stack:
        for other in new:
            stack.enter_context(change(other, "ticket.parent_set", by=by))
            other.parent = rows[parent.pk]
        with change(parent, "ticket.children_added", by=by) as event:
            if new:
                parent.parent = None  # it had one in the bin
                event.after["children"] = [told(other) for other in new]
    return parent


@transaction.atomic
def detach(others: Sequence[Ticket], *, by: Actor) -> None:
    """Take children from their parent; one that has none stays as it is. Told on both. Hidden, Denied. Refused: FAMILY_OFF."""
    _require_all(others, by)
    rows = locked_together(lambda: _with_parents(others))
    gone: dict[int, list[Ticket]] = {}
    for pk in sorted({other.pk for other in others}):
        if pk not in rows:
            raise Hidden
        other, parent_id = rows[pk], rows[pk].parent_id
        if parent_id is not None:
            if (reason := _off(other) or _off(rows[parent_id])) is not None:
                raise reason
            with change(other, "ticket.parent_removed", by=by):
                other.parent = None
            gone.setdefault(parent_id, []).append(other)
    for parent_id, left in gone.items():
        parent = rows[parent_id]
        if parent.merged_into_id is None:
            with change(parent, "ticket.children_removed", by=by) as event:
                event.after["children"] = [told(other) for other in left]


def _require_all(tickets: Sequence[Ticket], by: Actor) -> None:
    """Hidden before Denied: whoever does not see one of them is told of none."""
    for verb in ("read", "relate"):
        for ticket in tickets:
            require(by, verb, ticket)


def _with_parents(others: Iterable[Ticket]) -> set[int]:
    ids = [other.pk for other in others]
    found = fetch(
        "SELECT parent_id FROM madoguchi_ticket WHERE id = ANY(%s::bigint[]) AND parent_id IS NOT NULL", [ids]
    )
    return {*ids, *(pk for (pk,) in found)}


def refuse(parent: Ticket, others: Sequence[Ticket], *, by: Actor) -> None:
    """Raise the first reason against making `others` children of `parent`, as they are now."""
    if (reason := reason_against_parent(parent, by=by)) is not None:
        raise reason
    reasons = reasons_against(parent, others, by=by)
    for other in others:
        if (reason := reasons.get(other.pk)) is not None:
            raise reason


def reason_against_parent(ticket: Ticket, *, by: Actor) -> Refused | None:
    """Why the ticket cannot be a parent, None where it can. Its own parent is named to who may read that."""
    if (reason := _reason_in_itself(ticket)) is not None:
        return reason
    if (above := held_by(ticket)) is None:
        return None
    if can(by, "read", above):
        text = _("#%(n)s is a child of #%(p)s and cannot have children.") % {"n": ticket.number, "p": above.number}
    else:
        text = _("#%(n)s is a child itself and cannot have children.") % {"n": ticket.number}
    return Refused("FAMILY_IS_CHILD", text, "parent")


def held_by(ticket: Ticket) -> Ticket | None:
    """Its parent, which it must be taken from before it has another place; none where that lies in the bin."""
    parent = ticket.parent if ticket.parent_id is not None else None
    return parent if parent is not None and parent.trashed_at is None else None


def reasons_against(parent: Ticket, others: Sequence[Ticket], *, by: Actor) -> dict[int, Refused]:
    """Id → why it cannot be a child of `parent`, for those that cannot; one statement."""
    with_children = {pk for (pk,) in fetch(PARENTS, [[other.pk for other in others]])}
    found = {}
    for other in others:
        if (reason := _reason_against(parent, other, other.pk in with_children, by)) is not None:
            found[other.pk] = reason
    return found


def _reason_against(parent: Ticket, other: Ticket, has_children: bool, by: Actor) -> Refused | None:
    if other.pk == parent.pk:
        return Refused("FAMILY_SELF", _("A ticket cannot be its own child."), "ids")
    if (reason := _reason_in_itself(other)) is not None:
        return reason
    if has_children:
        text = _("#%(n)s has children itself and cannot become a child.")
        return Refused("FAMILY_HAS_CHILDREN", text % {"n": other.number}, "ids")
    if other.parent_id == parent.pk or (above := held_by(other)) is None:
        return None
    if can(by, "read", above):
        text = _("#%(n)s is a child of #%(p)s already.") % {"n": other.number, "p": above.number}
    else:
        text = _("#%(n)s is a child of another ticket already.") % {"n": other.number}
    return Refused("FAMILY_OTHER_PARENT", text, "ids")


def _reason_in_itself(ticket: Ticket) -> Refused | None:
    if (reason := _off(ticket)) is not None:
        return reason
    if ticket.trashed_at is not None:
        return Refused("FAMILY_GONE", _("#%(n)s lies in the recycle bin.") % {"n": ticket.number}, "ids")
    if ticket.is_spam:
        return Refused("FAMILY_GONE", _("#%(n)s is marked as spam.") % {"n": ticket.number}, "ids")
    return None


def _off(ticket: Ticket) -> Refused | None:
    if ticket.department.has_families:
        return None
    text = _("Parent and child tickets are switched off in %(department)s.")
    return Refused("FAMILY_OFF", text % {"department": ticket.department.name}, "department")
