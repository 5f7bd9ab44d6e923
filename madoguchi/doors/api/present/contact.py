"""Contacts and accounts (API B6). Contacts come with account, classification, addresses and phones."""

from typing import Any

from madoguchi.doors.api.present import board
from madoguchi.doors.api.present.words import LAYOUT, layout_details, page, ref, time
from madoguchi.insight.asking import rate
from madoguchi.insight.many import Summary
from madoguchi.models import Account, Contact

Values = dict[str, Any]


def row(contact: Contact) -> Values:
    addresses = [a.address for a in contact.addresses.all()]
    return {
        "id": str(contact.pk),
        "firstName": contact.first_name or None,
        "lastName": contact.last_name,
        "accountCount": "1" if contact.account_id else "0",
        "email": addresses[0] if addresses else None,
        "secondaryEmail": addresses[1] if len(addresses) > 1 else None,
        "mobile": contact.phone_of("mobile") or None,
        "phone": contact.phone_of("phone") or None,
        "type": contact.kind or None,
        "createdTime": time(contact.created_at),
        "ownerId": ref(contact.owner_id),
        "accountId": ref(contact.account_id),
        "zohoCRMContact": crm_contact(contact),
        "isAnonymous": False,
        "isEndUser": False,
        "photoURL": None,
        "isSpam": contact.is_spam,
        "webUrl": page(f"/contacts/{contact.pk}"),
        "customerHappiness": happiness(contact),
    }


def happiness(customer: Contact | Account) -> Values:
    """Of a hundred ratings, as text; looked up for the whole page (`doors.api.happiness`)."""
    found: Summary = customer.__dict__.get("happiness") or Summary()
    shares = {"badPercentage": found.bad, "okPercentage": found.okay, "goodPercentage": found.good}
    return {name: str(rate(n, found.rated) or 0) for name, n in shares.items()}


def crm_contact(contact: Contact) -> Values | None:
    """The contact's record in the CRM; null where it knows nobody, or was not asked yet."""
    known = getattr(contact, "classification", None)
    return board.crm_contact(contact.crm_class, known.module, known.record) if known else None


def full(contact: Contact) -> Values:
    return {
        **row(contact),
        **_postal(contact),
        "facebook": contact.facebook or None,
        "twitter": contact.twitter or None,
        "title": contact.title or None,
        "language": contact.language or None,
    }


def _postal(thing: Contact | Account) -> Values:
    return {
        "layoutId": LAYOUT,
        "street": thing.street or None,
        "city": thing.city or None,
        "state": thing.state or None,
        "country": thing.country or None,
        "zip": thing.zip or None,
        "description": thing.description or None,
        "modifiedTime": time(thing.modified_at),
        "customFields": {},
        "cf": {},
        "layoutDetails": layout_details(),
        "isTrashed": thing.trashed_at is not None,
        "isDeleted": False,
        "isFollowing": False,
    }


def account_row(account: Account) -> Values:
    return {
        "id": str(account.pk),
        "accountName": account.name,
        "email": account.email or None,
        "website": account.website or None,
        "phone": account.phone or None,
        "createdTime": time(account.created_at),
        "zohoCRMAccount": None,
        "webUrl": page(f"/accounts/{account.pk}"),
        "customerHappiness": happiness(account),
    }


def account_full(account: Account) -> Values:
    return {
        **account_row(account),
        **_postal(account),
        "fax": account.fax or None,
        "industry": account.industry or None,
        "annualrevenue": account.annual_revenue or None,
        "code": account.code or None,
        "ownerId": ref(account.owner_id),
        "associatedSLAIds": [],
    }


def nested_account(account: Account | None) -> Values | None:
    if account is None:
        return None
    return {"id": str(account.pk), "accountName": account.name, "website": account.website or None}
