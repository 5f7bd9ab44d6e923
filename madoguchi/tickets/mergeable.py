"""Which tickets can be merged, and by whom (SPEC M1, M2)."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from madoguchi.access import Level, can, grants, level
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Ticket

FEWEST, MOST = 2, 5


class NotMergeable(Refused):
    """`ticket` is the one it fails for, None where it is their number."""

    def __init__(self, code: str, text: str, ticket: Ticket | None = None) -> None:
        super().__init__(code, text, "ids")
        self.ticket = ticket


def refuse_count(n: int) -> None:
    """Refused: MERGE_COUNT. `n` with the main ticket."""
    if not FEWEST <= n <= MOST:
        raise NotMergeable("MERGE_COUNT", _("Choose between two and five tickets."))


def require_all(main: Ticket, others: Sequence[Ticket], *, by: Actor) -> None:
    """May the actor merge each of them, and move the others to the bin? What lies in the bin is a matter of the rules."""
    for ticket in (main, *others):
        if not can(by, "read", ticket):
            raise Hidden
    if by.is_desk:
        return
    allowed = grants(by.agent) if by.agent is not None else set()
    if not {"merge", "trash"} <= allowed or any(level(by, ticket) < Level.OWN for ticket in (main, *others)):
        raise Denied("merge")


def refuse_unmergeable(main: Ticket, others: Sequence[Ticket]) -> None:
    """Refused, by the first rule that one of them breaks: MERGE_TWICE, MERGE_GONE, MERGE_TRASHED, MERGE_CONTACT.

    `main` is the last of its chain already.
    """
    met = {main.pk}
    for ticket in others:
        if ticket.pk in met:
            raise NotMergeable("MERGE_TWICE", _("#%(n)s is named twice.") % {"n": ticket.number}, ticket)
        if ticket.merged_into_id == main.pk:
            text = _("#%(n)s is part of #%(main)s already.") % {"n": ticket.number, "main": main.number}
            raise NotMergeable("MERGE_TWICE", text, ticket)
        met.add(ticket.pk)
    for ticket in others:
        if ticket.merged_into is not None:
            text = _("#%(n)s was merged into #%(main)s before.")
            raise NotMergeable("MERGE_GONE", text % {"n": ticket.number, "main": ticket.merged_into.number}, ticket)
    for ticket in (main, *others):
        if ticket.trashed_at is not None:
            raise NotMergeable("MERGE_TRASHED", _("#%(n)s lies in the recycle bin.") % {"n": ticket.number}, ticket)
    for ticket in others:
        if ticket.contact_id != main.contact_id:
            text = _("#%(n)s is of another contact. Only tickets of the same contact can be merged.")
            raise NotMergeable("MERGE_CONTACT", text % {"n": ticket.number}, ticket)
