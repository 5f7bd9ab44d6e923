"""Leads, contacts and deals of the built-in CRM on the wire (ours)."""

from decimal import Decimal
from typing import Any

from orjson import Fragment

from madoguchi.doors.api.present.words import page, ref, time
from madoguchi.models import CrmDeal, CrmPerson

Values = dict[str, Any]


def person(row: CrmPerson) -> Values:
    return {
        "id": str(row.pk),
        "lastName": row.last_name,
        "firstName": row.first_name or None,
        "email": row.email or None,
        "phone": row.phone or None,
        "mobile": row.mobile or None,
        "accountName": row.account_name or None,
        "title": row.title or None,
        "description": row.description or None,
        "ownerId": ref(row.owner_id),
        "createdTime": time(row.created_at),
        "modifiedTime": time(row.modified_at),
        "webUrl": page(f"/crm/people/{row.pk}/"),
    }


def deal(row: CrmDeal) -> Values:
    """`row` comes with its stage. The stage has its stable English name, like a status."""
    return {
        "id": str(row.pk),
        "dealName": row.name,
        "contactId": str(row.person_id),
        "stage": row.stage.name,
        "stageCategory": row.stage.category,
        "amount": number(row.amount),
        "currency": row.currency,
        "closingDate": row.closing_date.isoformat() if row.closing_date else None,
        "description": row.description or None,
        "ownerId": ref(row.owner_id),
        "createdTime": time(row.created_at),
        "modifiedTime": time(row.modified_at),
        "webUrl": page(f"/crm/deals/{row.pk}/"),
    }


def number(amount: Decimal | None) -> Any:
    """A JSON number, exact: 1200000 or 1200.5."""
    if amount is None:
        return None
    text = f"{amount:f}"
    return Fragment((text.rstrip("0").rstrip(".") if "." in text else text).encode())
