"""Tickets that pass their due date become overdue by themselves (SPEC D5)."""

from django.db import connection, transaction

from madoguchi.actor import Actor
from madoguchi.models import Ticket
from madoguchi.models.organisation import State
from madoguchi.prepared import Prepared
from madoguchi.record import change, now

FALLEN_DUE = Ticket.objects.filter(Ticket.LIVE, is_overdue=False, due_at__isnull=False).exclude(state=State.CLOSED)
# Asked every few seconds: a walk along the index `ticket_falling_due`, which holds nothing that is overdue already.
IDS = Prepared(
    lambda mark: FALLEN_DUE.filter(due_at__lt=mark.time("now")).order_by("due_at").values_list("pk", flat=True)[:1000]
)


def mark_overdue() -> int:
    """Mark what fell due since the last look. Returns how many.

    What somebody is just writing is left for the next look: nobody waits here, and two workers mark each ticket once.
    """
    return sum(_mark(pk) for pk in IDS(now=now()))


def _mark(pk: int) -> bool:
    with transaction.atomic():
        with connection.cursor() as cursor:  # lost in a power cut, it is marked at the next look
            cursor.execute("SET LOCAL synchronous_commit = off")
        ticket = FALLEN_DUE.filter(pk=pk, due_at__lt=now()).select_for_update(skip_locked=True, of=["self"]).first()
        if ticket is None:
            return False
        with change(ticket, "ticket.overdue", by=Actor.desk()):
            ticket.is_overdue = True
    return True
