"""A reply written over a newer message warns before it is sent (SPEC D10)."""

from django.utils.translation import gettext as _

from madoguchi.actor import Actor
from madoguchi.errors import Newer
from madoguchi.models import Ticket
from madoguchi.prepared import Prepared
from madoguchi.tickets.timeline import shown

MOST = 5
NEWER = Prepared(
    lambda mark: (
        shown(mark.number("ticket"))
        .filter(pk__gt=mark.number("seen"))
        .select_related("agent", "contact")
        .order_by("-pk")[: 10 * MOST]
    )
)


def refuse_unseen(ticket: Ticket, seen: int | None, *, by: Actor) -> None:
    """Refused: NEWER where someone else wrote after the entry `seen`, the newest the writer had before them.

    Asked under the lock of the ticket: of two who answer at once, the second is warned. None asks nothing.
    """
    if seen is None:
        return
    newer = NEWER(ticket=ticket.pk, seen=seen)
    if entries := [entry for entry in newer if by.agent is None or entry.agent_id != by.agent.pk][:MOST][::-1]:
        raise Newer(_("Something newer was written on this ticket while you were writing."), entries)
