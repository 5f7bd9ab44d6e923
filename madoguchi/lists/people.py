"""Contacts and accounts as list rows."""

import unicodedata
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from madoguchi.kit import phones
from madoguchi.kit.addresses import fold
from madoguchi.lists.keyset import Order
from madoguchi.models import Account, Contact, ContactAddress, ContactPhone

NEWEST = Order("id", kind=int)


def contacts(q: str = "") -> QuerySet[Any]:
    """Contacts that are not in the bin, whose name, address, phone or account holds every word of `q`."""
    rows = Contact.objects.filter(trashed_at=None)
    for word in words(q):
        found = Q(last_name__icontains=word) | Q(first_name__icontains=word) | Q(account__name__icontains=word)
        found |= Q(pk__in=ContactAddress.objects.filter(folded__contains=fold(word)).values("contact"))
        if number := phones.fold(word):
            found |= Q(pk__in=ContactPhone.objects.filter(folded__contains=number).values("contact"))
        rows = rows.filter(found)
    own = OuterRef("pk")
    return rows.annotate(
        emails=ArraySubquery(ContactAddress.objects.filter(contact=own).values("address")[:3]),
        numbers=ArraySubquery(ContactPhone.objects.filter(contact=own).values("number")[:3]),
    ).values("id", "last_name", "first_name", "title", "account_id", "account__name", "emails", "numbers", "created_at")


def accounts(q: str = "") -> QuerySet[Any]:
    rows = Account.objects.filter(trashed_at=None)
    for word in words(q):
        rows = rows.filter(
            Q(name__icontains=word) | Q(domains__domain__icontains=word) | Q(email__icontains=word)
        ).distinct()
    return rows.values("id", "name", "email", "phone", "industry", "created_at")


def words(q: str) -> list[str]:
    return unicodedata.normalize("NFKC", q.replace("\x00", ""))[:200].split()[:5]
