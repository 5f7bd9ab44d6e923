"""Tickets by how they are shared: into departments, and out of them (API A2, associatedTickets)."""

from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef, QuerySet

from madoguchi import access
from madoguchi.models import Ticket
from madoguchi.models.ticket import TicketQuerySet

LATEST = ("-modified_at", "-id")


def into(department_ids: Collection[int]) -> TicketQuerySet:
    """Live tickets shared with these departments, each once, the last changed first."""
    if len(department_ids) != 1:
        there = access.shares(department_ids).filter(ticket=OuterRef("pk"))
        return Ticket.objects.live().filter(Exists(there)).order_by(*LATEST)
    found = Ticket.objects.live().filter(access.in_force("shares__"), shares__department__in=department_ids)
    return found.order_by("-shares__changed_at", "-shares__ticket_id")  # along share_by_department


def out_of(department_id: int, to_id: int | None = None) -> TicketQuerySet:
    """Live tickets of a department that are shared with another one, or with that one, the last changed first."""
    there = access.shares(None if to_id is None else [to_id]).filter(ticket=OuterRef("pk"))
    found = Ticket.objects.live().filter(department=department_id).exclude(shared={})
    return found.filter(Exists(there)).order_by(*LATEST)  # along ticket_shared_out


def page(parts: Sequence[TicketQuerySet], cut: slice) -> QuerySet[Ticket]:
    """A page of several lists together, each read along its own index; a ticket that stands in two comes once."""
    if len(parts) < 2:
        return parts[0][cut] if parts else Ticket.objects.none()
    first, *others = [part.values_list("modified_at", "pk")[: cut.stop] for part in parts]
    found = first.union(*others).order_by("-modified_at", "-id")[cut]
    return Ticket.objects.filter(pk__in=[pk for _at, pk in found]).order_by(*LATEST)
