"""Notes on customers, newest first: on their tab, and the latest beside a ticket."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from madoguchi.models import Account, Contact, CustomerNote

PAGE = 30


def of(customer: Contact | Account) -> QuerySet[CustomerNote]:
    """Of this contact or this account, with who wrote them."""
    own: dict[str, Any] = {"contact": customer} if isinstance(customer, Contact) else {"account": customer}
    return CustomerNote.objects.filter(**own).select_related("agent__role", "contact", "account").order_by("-pk")


def page(customer: Contact | Account, before: int | None = None) -> tuple[list[CustomerNote], int | None]:
    """(the notes written before that one, the id to go on with or None)."""
    rows = of(customer) if before is None else of(customer).filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def latest(contact_id: int, account_id: int | None = None, most: int = 3) -> list[CustomerNote]:
    """The latest on the contact and on its account together."""
    whose = Q(contact_id=contact_id) | Q(account_id=account_id) if account_id else Q(contact_id=contact_id)
    return list(CustomerNote.objects.filter(whose).select_related("agent").order_by("-pk")[:most])


def count(*, contact_ids: Iterable[int] = (), account_ids: Iterable[int] = ()) -> int:
    return CustomerNote.objects.filter(Q(contact__in=contact_ids) | Q(account__in=account_ids)).count()
