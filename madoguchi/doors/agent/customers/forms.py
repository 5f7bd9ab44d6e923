"""The forms of contacts and accounts: filled from the row or from what was typed, read into the verbs' words."""

import re
import zoneinfo
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from madoguchi.doors.agent.answer import Desked, page
from madoguchi.errors import Refused
from madoguchi.models import Account, Contact
from madoguchi.people import moving_tickets

PLACE = ("street", "city", "state", "zip", "country", "description")
CONTACT = ("last_name", "first_name", "title", "language", "time_zone", *PLACE)
ACCOUNT = ("name", "email", "phone", "fax", "website", "industry", "code", *PLACE)
OFFERED = 300
BLANK_PHONES = 2


def contact_form(
    request: Desked, contact: Contact | None, values: Mapping[str, Any], refusal: Refused | None = None
) -> HttpResponse:
    return page(
        request,
        "agent/customers/contact_form.html",
        status=422 if refusal else 200,
        contact=contact,
        values=values,
        tickets_n=moving_tickets.going_along(contact.pk, contact.account_id) if contact else 0,
        moves_tickets=request.method != "POST" or "moves_tickets" in request.POST,
        numbers=typed_numbers(request) if refusal else numbers_of(contact),
        offered=list(Account.objects.filter(trashed_at=None).order_by("-pk").values_list("name", flat=True)[:OFFERED]),
        errors=errors_of(refusal),
    )


def errors_of(refusal: Refused | None) -> dict[str, str]:
    return {refusal.field: str(refusal.text)} if refusal else {}


def contact_values(contact: Contact) -> dict[str, Any]:
    values = {name: getattr(contact, name) for name in CONTACT}
    values["account"] = contact.account.name if contact.account else ""
    values["sees_account"] = contact.sees_account
    values["emails"] = "\n".join(a.address for a in contact.addresses.all())
    return values


def numbers_of(contact: Contact | None) -> list[tuple[str, str]]:
    """(kind, number) of the contact, then empty rows."""
    there = [(p.kind, p.number) for p in contact.phones.all()] if contact else []
    return [*there, *[("phone", "")] * BLANK_PHONES]


def typed_numbers(request: Desked) -> list[tuple[str, str]]:
    return list(zip(request.POST.getlist("phone_kind"), request.POST.getlist("phone_number"), strict=False))


def read_contact(request: Desked, contact: Contact | None) -> tuple[dict[str, Any], list[str], list[tuple[str, str]]]:
    """(fields, addresses, phones). Refused: NOT_FOUND where no account has the name."""
    values: dict[str, Any] = {name: request.POST.get(name, "") for name in CONTACT}
    if values["time_zone"] and values["time_zone"] not in zoneinfo.available_timezones():
        raise Refused("NOT_A_CHOICE", _("There is no such time zone."), "time_zone")
    values["account"] = account_named(request.POST.get("account", "").strip(), contact)
    values["sees_account"] = "sees_account" in request.POST and values["account"] is not None
    emails = [line.strip() for line in re.split(r"[\n,、;]", request.POST.get("emails", "")) if line.strip()]
    numbers = [(kind if kind in ("phone", "mobile") else "other", number) for kind, number in typed_numbers(request)]
    return values, emails, [pair for pair in numbers if pair[1].strip()]


def account_named(name: str, contact: Contact | None) -> Account | None:
    if not name:
        return None
    if contact is not None and contact.account is not None and contact.account.name == name:
        return contact.account
    found = Account.objects.filter(name__iexact=name, trashed_at=None).order_by("pk").first()
    if found is None:
        raise Refused("NOT_FOUND", _("No account has this name. Add the account first."), "account")
    return found


def account_form(
    request: Desked, account: Account | None, values: Mapping[str, Any], refusal: Refused | None = None
) -> HttpResponse:
    return page(
        request,
        "agent/customers/account_form.html",
        status=422 if refusal else 200,
        account=account,
        values=values,
        errors=errors_of(refusal),
    )


def account_values(account: Account) -> dict[str, Any]:
    values = {name: getattr(account, name) for name in ACCOUNT}
    values["domains"] = "\n".join(d.domain for d in account.domains.all())
    return values


def read_account(request: Desked) -> dict[str, Any]:
    return {name: request.POST.get(name, "") for name in ACCOUNT}


def domains(request: Desked) -> list[str]:
    return [part for part in re.split(r"[\s,、;]+", request.POST.get("domains", "")) if part]
