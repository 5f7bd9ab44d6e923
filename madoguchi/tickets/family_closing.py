"""What closing means for a family (SPEC F2, F5). Asked by every sentence that closes a ticket, whichever door it came by.

The switches are those of the parent's department: (a) `closes_children`, (b) `waits_for_children`, (c) `closes_parent`.
Whoever closes holds parent, ticket and children, locked in the order of their ids; so the last two children that are
closed at the same moment close their parent once.
"""

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Event, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import default_status
from madoguchi.prepared import fetch
from madoguchi.record import change, now
from madoguchi.tickets import clocks, family
from madoguchi.tickets.locking import held_together

RELATIVES = """
SELECT id FROM madoguchi_ticket WHERE id = ANY(%(ids)s::bigint[])
UNION SELECT id FROM madoguchi_ticket WHERE parent_id = ANY(%(ids)s::bigint[])
UNION SELECT parent_id FROM madoguchi_ticket WHERE id = ANY(%(ids)s::bigint[]) AND parent_id IS NOT NULL
"""


class Related(Exception):
    """The ticket got relatives between the look for them and its lock: look again."""


def hold(ticket: Ticket, *others: int) -> frozenset[int]:
    """Lock the ticket with its relatives, and `others` that are to become some, before its own lock is taken. Returns their
    ids; none where the feature is off."""
    if not ticket.department.has_families:
        return frozenset()
    return held_together(lambda: _relatives([ticket.pk]) | frozenset(others))


def hold_all(tickets: Iterable[Ticket]) -> None:
    """The same for many that are closed in one transaction, one after the other."""
    ids = [ticket.pk for ticket in tickets]
    if any(ticket.department.has_families for ticket in tickets):
        held_together(lambda: _relatives(ids))


def look_again(ticket: Ticket, held: frozenset[int]) -> None:
    """Under the ticket's lock: raise Related where it has relatives that are not held."""
    if ticket.department.has_families and not _relatives([ticket.pk]) <= held:
        raise Related


def refuse_closing(ticket: Ticket, *, but: Iterable[int] = (), by: Actor) -> None:
    """(b) Refused: FAMILY_OPEN where the ticket waits for children that are not closed, `but` those that are merged away."""
    if not (ticket.department.has_families and ticket.department.waits_for_children):
        return
    n = family.children(ticket).exclude(state=State.CLOSED).exclude(pk__in=but).count()
    if not n:
        return
    if by.contact is not None:  # who does not know of families
        raise Refused("FAMILY_OPEN", _("This request cannot be closed yet: we are still working on it."))
    text = ngettext("Close its %(n)s open child ticket first.", "Close its %(n)s open child tickets first.", n)
    raise Refused("FAMILY_OPEN", text % {"n": n})


def closed(ticket: Ticket, event: Event, *, by: Actor) -> None:
    """(a), (c): after the ticket was closed by `event`, close what is to be closed with it, by the desk."""
    desk = Actor.desk(because=event, door=by.door)
    for relative in _follow(ticket):
        with change(relative, "ticket.closed", by=desk):
            if not relative.is_closed:
                clocks.state_changed(relative, State.CLOSED, now())
                relative.status = default_status(State.CLOSED)


def _follow(ticket: Ticket) -> Iterator[Ticket]:
    if not ticket.department.has_families or not ticket.is_live:
        return
    if ticket.department.closes_children:
        yield from family.children(ticket).exclude(state=State.CLOSED).select_related("status", "department")
    parent = family.parent_of(ticket)
    if parent is None or parent.is_closed or not parent.department.closes_parent:
        return
    if not family.children(parent).exclude(state=State.CLOSED).exists():
        yield parent


def _relatives(ids: Sequence[int]) -> frozenset[int]:
    """With the tickets themselves."""
    return frozenset(pk for (pk,) in fetch(RELATIVES, {"ids": ids}))
