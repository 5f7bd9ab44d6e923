"""Leads, contacts and deals of the built-in CRM as list rows."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from madoguchi.kit import phones
from madoguchi.kit.addresses import fold
from madoguchi.lists.keyset import Order
from madoguchi.lists.people import holds, words
from madoguchi.models import CrmDeal, CrmPerson, CrmStage

NUMBER = re.compile(r"\s*[+(]?\d[\d\s()+.・ー−‐–—-]{4,30}")  # 03 1234 5678: one number, not three words
PERSON_ORDERS = {
    "changed": Order("modified_at"),
    "name": Order("last_name", descending=False, kind=str),
}
DEAL_ORDERS = {
    "changed": Order("modified_at"),
    "closing": Order("closing_date", descending=False, nullable=True, kind=date),
    "amount": Order("amount", nullable=True, kind=Decimal),
}


def people(kind: str, q: str = "", *, category: str = "", owner: int | None = None) -> QuerySet[CrmPerson]:
    """Leads or contacts that hold every word of `q` in name, company, address or number; `category`: with such a deal."""
    rows = CrmPerson.objects.filter(kind=kind, **({} if owner is None else {"owner": owner}))
    rows = rows.filter(_with_number(q)) if NUMBER.fullmatch(q) else rows.filter(*map(_person_holds, words(q)))
    if category:
        stages = stages_of(category)
        rows = rows.filter(Exists(CrmDeal.objects.filter(person=OuterRef("pk"), stage__in=stages).order_by()))
    return rows


def deals(q: str = "", *, category: str = "", owner: int | None = None) -> QuerySet[CrmDeal]:
    """Deals that hold every word of `q` in their name or in that of their contact or the company."""
    rows = CrmDeal.objects.filter(**({} if owner is None else {"owner": owner}))
    for word in words(q):
        rows = rows.filter(holds(word, "name") | Q(person__in=CrmPerson.objects.filter(_person_holds(word))))
    return rows.filter(stage__in=stages_of(category)) if category else rows


def stages_of(category: str) -> list[int]:
    """The stages of a category by id, so that the database knows how many rows they are."""
    return list(CrmStage.objects.filter(category=category).values_list("pk", flat=True))


def _person_holds(word: str) -> Q:
    found = holds(word, "last_name", "first_name", "account_name")
    if address := fold(word):
        found |= Q(email_folded__contains=address)
    return found | _with_number(word)


def _with_number(text: str) -> Q:
    number = phones.fold(text)
    return Q(phone_folded__contains=number) | Q(mobile_folded__contains=number) if number else Q(pk__in=[])


def has_number(folded: str) -> Q:
    """Exactly this number, as phone or mobile."""
    return Q(phone_folded=folded) | Q(mobile_folded=folded) if folded else Q(pk__in=[])


def person_rows(rows: QuerySet[CrmPerson]) -> QuerySet[Any]:
    names = ("id", "last_name", "first_name", "account_name", "email", "phone", "mobile", "owner_id", "modified_at")
    return rows.values(*names)


def deal_rows(rows: QuerySet[CrmDeal]) -> QuerySet[Any]:
    names = ("id", "name", "stage_id", "amount", "currency", "closing_date", "owner_id", "modified_at", "person_id")
    return rows.values(*names, "person__last_name", "person__first_name", "person__account_name")


def deals_of(people: list[int]) -> dict[int, list[CrmDeal]]:
    """Of each of these contacts the deals, latest change first: one statement."""
    found: dict[int, list[CrmDeal]] = {}
    for deal in CrmDeal.objects.filter(person__in=people).order_by("-modified_at", "-id"):
        found.setdefault(deal.person_id, []).append(deal)
    return found
