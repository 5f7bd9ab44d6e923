"""The recycle bin: 60 days, restorable, then gone (SPEC D8)."""

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Hidden, Refused
from madoguchi.models import InboundMail, Ticket
from madoguchi.organisation.current import the_organisation
from madoguchi.record import change, lock, note, now


@transaction.atomic
def trash(ticket: Ticket, *, because: str = "", by: Actor) -> Ticket:
    """Move the ticket to the recycle bin, with the reason shown there."""
    require(by, "trash", ticket)
    with change(ticket, "ticket.trashed", by=by):
        if ticket.trashed_at is None:
            ticket.trashed_at, ticket.trashed_by, ticket.trashed_because = now(), by.agent, because[:200]
    return ticket


@transaction.atomic
def restore(ticket: Ticket, *, by: Actor) -> Ticket:
    """Take the ticket out of the bin with everything it had."""
    require(by, "restore", ticket)
    with change(ticket, "ticket.restored", by=by):
        ticket.trashed_at, ticket.trashed_by, ticket.trashed_because = None, None, ""
    return ticket


@transaction.atomic
def purge(ticket: Ticket, *, by: Actor) -> None:
    """Delete a trashed ticket for good: entries and files with it; its number is not given again.

    The mails it came from leave their digest behind, so that they are not taken in again. Refused: NOT_IN_BIN.
    """
    require(by, "purge", ticket)
    lock(ticket)
    if ticket.trashed_at is None:
        raise Refused("NOT_IN_BIN", _("Only what lies in the recycle bin can be deleted for good."), "ids")
    InboundMail.objects.filter(ticket=ticket).update(raw=b"", detail="", subject="", sender="")
    said = {"number": ticket.number, "subject": ticket.subject}
    note("ticket.purged", by=by, department=ticket.department, after=said)
    ticket.delete()


def purge_old(limit: int = 200) -> int:
    """Purge what lay in the bin longer than the organisation keeps it. Returns how many."""
    before = now() - timedelta(days=the_organisation().bin_days)
    old = Ticket.objects.filter(trashed_at__lt=before).order_by("trashed_at")[:limit]
    done = 0
    for ticket in old:
        with suppress(Hidden, Refused):  # restored or purged by someone meanwhile
            purge(ticket, by=Actor.desk())
            done += 1
    return done
