"""What a merge makes of families (SPEC F6): main takes over the children of the others, and the place of a merged child."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.access import can
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Event, Ticket
from madoguchi.record import change, told
from madoguchi.tickets.family import MOST, held_by


@dataclass(frozen=True, slots=True)
class Place:
    """What main will be: a child of `parent`, or the parent of `children`, those of the others among them, or neither."""

    parent: Ticket | None
    children: tuple[Ticket, ...]
    taken_over: tuple[Ticket, ...]

    @property
    def parent_id(self) -> int | None:
        return self.parent.pk if self.parent is not None else None


def place(main: Ticket, others: Sequence[Ticket], *, by: Actor) -> Place:
    """Where main will stand. Refused: MERGE_TWO_PARENTS, MERGE_PARENT_AND_CHILD, FAMILY_COUNT.

    Nothing changes where the feature is off in main's department. Relatives that were merged away before stay as they
    are; a parent in the bin gives way to what is live.
    """
    if not main.department.has_families:
        return Place(main.parent, (), ())
    ids = {main.pk, *(other.pk for other in others)}
    parents = {t.parent_id: held_by(t) for t in (main, *others) if t.parent_id not in ids}
    above = [parent for parent in parents.values() if parent is not None]
    rows = Ticket.objects.filter(parent__in=ids, merged_into=None).exclude(pk__in=ids).order_by("pk")
    children = tuple(rows.select_related("parent", "department", "status"))
    live = [child for child in children if child.trashed_at is None]
    if len(above) > 1:
        raise Refused("MERGE_TWO_PARENTS", _two_parents(above, by), "ids")
    if above and live:
        text = _("One of them is a child of another ticket and one has children itself. A ticket cannot be both.")
        raise Refused("MERGE_PARENT_AND_CHILD", text, "ids")
    if len(live) > MOST:
        raise Refused("FAMILY_COUNT", _("A ticket has at most %(n)s children.") % {"n": MOST}, "ids")
    taken = tuple(child for child in children if child.parent_id != main.pk)
    resting = main.parent if main.parent_id not in ids and not live else None
    return Place(above[0] if above else resting, children, taken)


def take_place(main: Ticket, where: Place, event: Event, *, by: Actor) -> None:
    """Inside `record.change` of main; parent and children are locked. Told on both sides."""
    if where.taken_over:
        with ExitStack() as stack:
            for child in where.taken_over:
                stack.enter_context(change(child, "ticket.parent_set", by=by))
                child.parent = main
        event.after["children"] = [told(child) for child in where.taken_over]
    if where.parent_id == main.parent_id:
        return
    main.parent = where.parent
    if where.parent is not None:
        with change(where.parent, "ticket.children_added", by=by) as added:
            added.after["children"] = [told(main)]


def _two_parents(parents: Sequence[Ticket], by: Actor) -> str:
    """With the numbers, where all of them may be seen."""
    if not all(can(by, "read", parent) for parent in parents):
        return _("They are children of different tickets. A ticket has one parent.")
    numbers = ", ".join(f"#{parent.number}" for parent in parents)
    return _("They are children of different tickets (%(numbers)s). A ticket has one parent.") % {"numbers": numbers}
