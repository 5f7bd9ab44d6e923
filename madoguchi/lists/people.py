"""Contacts and accounts as list rows."""

import unicodedata
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from madoguchi.kit import grams, phones
from madoguchi.kit.addresses import fold
from madoguchi.lists.keyset import Order
from madoguchi.models import Account, AccountDomain, Contact, ContactAddress, ContactPhone

NEWEST = Order("id", kind=int)


def contacts(q: str = "") -> QuerySet[Any]:
    """Contacts that are not in the bin, whose name, address, phone or account holds every word of `q`."""
    rows = Contact.objects.filter(trashed_at=None)
    for word in words(q):
        found = holds(word, "last_name", "first_name") | Q(account__in=Account.objects.filter(holds(word, "name")))
        found |= Q(pk__in=ContactAddress.objects.filter(folded__contains=fold(word)).values("contact"))
        if number := phones.fold(word):
            found |= Q(pk__in=ContactPhone.objects.filter(folded__contains=number).values("contact"))
        rows = rows.filter(found)
    own = OuterRef("pk")
    return rows.annotate(
        emails=ArraySubquery(ContactAddress.objects.filter(contact=own).values("address")[:3]),
        numbers=ArraySubquery(ContactPhone.objects.filter(contact=own).values("number")[:3]),
    ).values(
        "id", "last_name", "first_name", "title", "account_id", "account__name", "emails", "numbers", "created_at", "crm_class"
    )  # fmt: skip


def accounts(q: str = "") -> QuerySet[Any]:
    rows = Account.objects.filter(trashed_at=None)
    for word in words(q):
        rows = rows.filter(
            holds(word, "name")
            | Q(pk__in=AccountDomain.objects.filter(domain__contains=word.casefold()).values("account"))
            | Q(email__icontains=word)
        )
    return rows.values("id", "name", "email", "phone", "industry", "created_at")


def holds(word: str, *columns: str) -> Q:
    """One of the columns holds the word, whichever way its letters are written (髙橋 and 高橋)."""
    pattern = grams.spellings(word)
    how, value = ("iregex", pattern) if pattern else ("contains" if word.upper() == word.lower() else "icontains", word)
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__{how}": value})
    return found


def words(q: str) -> list[str]:
    return unicodedata.normalize("NFKC", q.replace("\x00", ""))[:200].split()[:5]
