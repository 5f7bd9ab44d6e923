"""Finding the entries a ticket shows, with all that is presented of them: two statements."""

from django.db.models import QuerySet

from madoguchi.doors.api import finders
from madoguchi.errors import Hidden
from madoguchi.models import Entry, Ticket
from madoguchi.tickets.timeline import shown

HEAVY = ["outbound__raw", "quoted"]


def of(ticket: Ticket) -> QuerySet[Entry]:
    rows = shown(ticket).select_related("agent__role", "contact", "outbound")
    return rows.defer(*HEAVY).prefetch_related("attachments")


def threads(ticket: Ticket) -> QuerySet[Entry]:
    return of(ticket).filter(kind=Entry.Kind.THREAD)


def comments(ticket: Ticket) -> QuerySet[Entry]:
    return of(ticket).filter(kind=Entry.Kind.COMMENT)


def one(ticket: Ticket, rows: QuerySet[Entry], entry_id: int) -> Entry:
    """An entry the ticket shows, to do something with it there: also one that was written on a ticket merged into it."""
    found = finders.one(rows, entry_id)
    found.ticket = ticket
    return found


def again(entry: Entry) -> Entry:
    """The entry as it is now, with what is presented of it."""
    rows = Entry.objects.select_related("agent__role", "contact", "outbound").defer(*HEAVY)
    found = rows.prefetch_related("attachments").filter(pk=entry.pk).first()
    if found is None:
        raise Hidden
    return found
