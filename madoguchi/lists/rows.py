"""Tickets as list rows: plain dicts, one statement. (The list page itself reads by `selecting`.)"""

from typing import Any

from django.db.models import QuerySet

from madoguchi.lists.columns import ORDERS
from madoguchi.models import Ticket
from madoguchi.models.people import full_name

__all__ = ["COLUMNS", "ORDERS", "for_list", "with_names"]
COLUMNS = (
    "id number subject channel priority state status_id due_at due_left_s modified_at created_at waiting_since is_overdue contact_id"
    " contact__last_name contact__first_name account__name assignee_id assignee__last_name assignee__first_name"
).split()


def for_list(tickets: QuerySet[Ticket]) -> QuerySet[Any]:
    return tickets.values(*COLUMNS)


def with_names(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add `contact`, and `assignee` and `sharer` where they were read, as people read them."""
    for row in rows:
        row["contact"] = full_name(row["contact__last_name"], row["contact__first_name"])
        if "assignee__last_name" in row:
            row["assignee"] = full_name(row["assignee__last_name"] or "", row["assignee__first_name"] or "")
        if "sharer__last_name" in row:
            row["sharer"] = full_name(row["sharer__last_name"] or "", row["sharer__first_name"] or "")
    return rows
