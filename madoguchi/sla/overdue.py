"""Tickets that pass their due date become overdue by themselves (SPEC D5)."""

from django.db import transaction

from madoguchi.actor import Actor
from madoguchi.models import Ticket
from madoguchi.models.organisation import State
from madoguchi.record import change, now


def mark_overdue(limit: int = 500) -> int:
    """Mark what fell due since the last look. Returns how many."""
    due = Ticket.objects.filter(Ticket.LIVE, is_overdue=False, due_at__lt=now()).exclude(state=State.CLOSED)
    marked = 0
    for ticket in due.order_by("due_at")[:limit]:
        with transaction.atomic(), change(ticket, "ticket.overdue", by=Actor.desk()):
            still = ticket.due_at is not None and ticket.due_at < now() and not ticket.is_closed
            ticket.is_overdue = ticket.is_overdue or still
        marked += 1
    return marked
