"""A ticket that goes to its place in a family again, or leaves it for good: out of the bin, or out of the desk.

What lies in the bin keeps its relation, but holds no place: its parent may have become a child meanwhile, its children have
found others. What does not fit any more when it comes back is given up, and told.
"""

from madoguchi.actor import Actor
from madoguchi.models import Ticket
from madoguchi.prepared import fetch
from madoguchi.record import change, told
from madoguchi.tickets.family import MOST

AROUND = """
SELECT id FROM madoguchi_ticket WHERE parent_id = %(ticket)s::bigint
UNION SELECT p.id FROM madoguchi_ticket t JOIN madoguchi_ticket p ON p.id = t.parent_id WHERE t.id = %(ticket)s::bigint
UNION SELECT p.merged_into_id FROM madoguchi_ticket t JOIN madoguchi_ticket p ON p.id = t.parent_id
  WHERE t.id = %(ticket)s::bigint AND p.merged_into_id IS NOT NULL
"""
LIVE = "SELECT count(*) FROM madoguchi_ticket WHERE parent_id = %s::bigint AND trashed_at IS NULL AND id <> %s::bigint"
WITH_OWN = """
SELECT c.id FROM madoguchi_ticket c WHERE c.parent_id = %s::bigint
  AND EXISTS (SELECT FROM madoguchi_ticket g WHERE g.parent_id = c.id AND g.trashed_at IS NULL)
"""


def around(ticket: Ticket) -> set[int]:
    """Its parent, what that was merged into, and its children; all of them are locked with it."""
    return {pk for (pk,) in fetch(AROUND, {"ticket": ticket.pk})}


def take_place_again(ticket: Ticket, *, by: Actor) -> None:
    """After it came out of the bin: under its parent, or what that was merged into, unless there would be a second level."""
    if ticket.parent_id is not None:
        _under(ticket, _parent_now(ticket), by)
    for child in Ticket.objects.filter(pk__in=[pk for (pk,) in fetch(WITH_OWN, [ticket.pk])]):
        _part(child, by)


def leave_for_good(ticket: Ticket, *, by: Actor) -> None:
    """Before it is deleted for good: its children are nobody's."""
    for child in Ticket.objects.filter(parent=ticket).order_by("pk"):
        _part(child, by)


def _parent_now(ticket: Ticket) -> Ticket | None:
    """None where it can have none: it would be a second level, its own parent, or one child too many."""
    parent = ticket.parent
    if parent is not None and parent.merged_into is not None:
        parent = parent.merged_into
    if parent is None or parent.pk == ticket.pk or parent.merged_into_id is not None:
        return None
    above = parent.parent
    if above is not None and above.trashed_at is None:
        return None
    return None if _live(ticket, 0) or _live(parent, ticket.pk) >= MOST else parent


def _live(parent: Ticket, but: int) -> int:
    return int(fetch(LIVE, [parent.pk, but])[0][0])


def _under(ticket: Ticket, parent: Ticket | None, by: Actor) -> None:
    if parent is None:
        _part(ticket, by)
    elif parent.pk != ticket.parent_id:
        with change(ticket, "ticket.parent_set", by=by):
            ticket.parent = parent
        with change(parent, "ticket.children_added", by=by) as event:
            event.after["children"] = [told(ticket)]


def _part(child: Ticket, by: Actor) -> None:
    if child.merged_into_id is not None:  # nothing is told of what was merged away
        Ticket.objects.filter(pk=child.pk).update(parent=None)
        return
    with change(child, "ticket.parent_removed", by=by):
        child.parent = None
