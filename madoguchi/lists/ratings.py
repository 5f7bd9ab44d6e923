"""Ratings as agents list them: those that count with live tickets of the departments they work in, so that figure = list."""

from django.db.models import QuerySet

from madoguchi.access import departments
from madoguchi.actor import Actor
from madoguchi.models import Account, Contact, Rating


def listed(
    by: Actor,
    *,
    contact: Contact | int | None = None,
    account: Account | int | None = None,
    department: int | None = None,
    value: str = "",
) -> QuerySet[Rating]:
    """Newest first, by a walk of an index. `counts_for` is the ticket to show: the main one of a merge."""
    rows = Rating.objects.filter(counts_for__trashed_at=None, counts_for__is_spam=False)
    if not by.is_desk and not by.is_administrator:
        rows = rows.filter(department__in=[row.pk for row in departments(by)])
    if department is not None:
        rows = rows.filter(department=department)
    if contact is not None:
        rows = rows.filter(contact=contact)
    if account is not None:
        rows = rows.filter(account=account)
    if value:
        rows = rows.filter(value=value)
    return rows.order_by("-rated_at", "-id")


def with_people(rows: QuerySet[Rating]) -> QuerySet[Rating]:
    """With the ticket, its status, and who rated whom."""
    return rows.select_related("counts_for__status", "contact", "agent")


def of_entries(entry_ids: list[int]) -> dict[int, Rating]:
    """The ratings of these answers, by entry."""
    return {row.entry_id: row for row in Rating.objects.filter(entry__in=entry_ids)} if entry_ids else {}
