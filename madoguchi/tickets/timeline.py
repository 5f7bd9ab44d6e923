"""What a ticket's conversation shows."""

from django.db.models import QuerySet

from madoguchi.models import Entry, Ticket


def shown(ticket: Ticket | int) -> QuerySet[Entry]:
    """The entries a ticket (or the one with this id) shows, oldest first: its own."""
    return Entry.objects.filter(ticket=ticket, deleted_at=None).order_by("id")


def timeline(ticket: Ticket) -> list[Entry]:
    """The conversation with authors, files and the state of sent mail, in two statements."""
    entries = shown(ticket).select_related("agent", "contact", "outbound").defer("outbound__raw")
    return list(entries.prefetch_related("attachments"))
