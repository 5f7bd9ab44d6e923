"""Tickets as list rows: plain dicts, one statement."""

import re
import unicodedata
from typing import Any

from django.db.models import Q, QuerySet

from madoguchi.kit.addresses import fold
from madoguchi.lists.keyset import Order
from madoguchi.models import Contact, Ticket, TicketNumber
from madoguchi.models.people import full_name

ORDERS = {
    "updated": Order("modified_at"),
    "due": Order("due_at", descending=False, nullable=True),
    "created": Order("created_at"),
}
COLUMNS = (
    "id number subject channel priority state status_id due_at modified_at created_at waiting_since is_overdue contact_id"
    " contact__last_name contact__first_name account__name assignee_id assignee__last_name assignee__first_name"
).split()
MOST_CONTACTS = 200


def for_list(tickets: QuerySet[Ticket]) -> QuerySet[Any]:
    return tickets.values(*COLUMNS)


def with_names(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add `contact` and `assignee` as people read them."""
    for row in rows:
        row["contact"] = full_name(row["contact__last_name"], row["contact__first_name"])
        row["assignee"] = full_name(row["assignee__last_name"] or "", row["assignee__first_name"] or "")
    return rows


def narrowed(tickets: QuerySet[Ticket], q: str) -> QuerySet[Ticket]:
    """Tickets whose number is `q`, or whose subject, contact or address holds it. (The real search comes later.)"""
    q = unicodedata.normalize("NFKC", q.replace("\x00", "")).strip()[:200]
    if not q:
        return tickets
    named = Contact.objects.all()
    for word in q.split()[:5]:
        named = named.filter(Q(last_name__icontains=word) | Q(first_name__icontains=word))
    addressed = Contact.objects.filter(addresses__folded__contains=fold(q))
    found = (
        Q(subject__icontains=q)
        | Q(contact__in=named.order_by().values("pk")[:MOST_CONTACTS])
        | Q(contact__in=addressed.order_by().values("pk")[:MOST_CONTACTS])
    )
    number = re.fullmatch(r"#?(\d{1,18})", q)
    return tickets.filter(
        found | Q(pk__in=TicketNumber.objects.filter(number=int(number[1])).values("ticket")) if number else found
    )
