"""Numbers and ids that lead to a ticket, those of tickets merged into it included (SPEC M6)."""

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from madoguchi.models import Ticket, TicketNumber


def final(ticket: Ticket) -> Ticket:
    """Where the ticket leads: the one it was merged into (always the last of a chain), else itself. One look-up."""
    if ticket.merged_into_id is None:
        return ticket
    return Ticket.objects.with_people().get(pk=ticket.merged_into_id)


def behind_number(number: Any) -> QuerySet[TicketNumber]:
    """The id of the ticket a number leads to, as a sub-query."""
    rows = TicketNumber.objects.filter(number=number)
    return rows.values_list(Coalesce(F("ticket__merged_into_id"), F("ticket_id")))[:1]


def behind_id(pk: Any) -> QuerySet[Ticket]:
    """The id of the ticket an id leads to, as a sub-query."""
    return Ticket.objects.filter(pk=pk).order_by().values_list(Coalesce(F("merged_into_id"), F("pk")))[:1]
