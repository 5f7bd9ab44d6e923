"""Merging contacts, merging accounts, and trying it out (API B6, SPEC I1)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi import access, people
from madoguchi.actor import Actor
from madoguchi.doors.api import answers, finders, happiness
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit, invalid, kind_of
from madoguchi.doors.api.nouns.contacts import living
from madoguchi.doors.api.present import contact as present
from madoguchi.doors.api.wire import Body, Ids, to_id
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Account, Contact, Ticket
from madoguchi.people.merging import NotMergeable

door = Door("Contacts")
CONTACT = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "secondaryEmail": "secondary_email",
    "phone": "phone",
    "mobile": "mobile",
    "accountId": "account",
    "title": "title",
    "type": "kind",
    "language": "language",
    "street": "street",
    "city": "city",
    "state": "state",
    "zip": "zip",
    "country": "country",
    "facebook": "facebook",
    "twitter": "twitter",
    "description": "description",
}
ACCOUNT = {
    "email": "email",
    "phone": "phone",
    "fax": "fax",
    "website": "website",
    "industry": "industry",
    "annualrevenue": "annual_revenue",
    "code": "code",
    "street": "street",
    "city": "city",
    "state": "state",
    "country": "country",
    "description": "description",
}
OWN_FIELDS = {"cf", "customFields"}  # records have none of their own: whose they are is the same


class MergingCustomers(Body):
    ids: Ids = Field(description="The records that are merged into the one in the path: one to four")
    source: dict[str, Any] = Field(
        {}, description="Field → id of the record whose value is kept; else that of the one in the path stays"
    )


class TryOut(BaseModel):
    dryRun: bool = Field(False, description="Only tell what would happen; nothing is changed")


@door.at("POST /contacts/{int:contact_id}/merge", gives="ContactMerged")
def merge_contacts(request: Call, contact_id: int, body: MergingCustomers, query: Query[TryOut]) -> HttpResponse:
    """Merge records of one person into this one, for good. With `dryRun` tell what would happen, and change nothing."""
    main = finders.contact(contact_id)
    show = lambda pk: present.full(*happiness.known([living().get(pk=pk)], request.actor))
    return merged(request, body, query.dryRun, main, CONTACT, people.merge_contacts, show)


@door.at("POST /accounts/{int:account_id}/merge", gives="AccountMerged")
def merge_accounts(request: Call, account_id: int, body: MergingCustomers, query: Query[TryOut]) -> HttpResponse:
    """Merge records of one organisation into this one, for good. With `dryRun` tell what would happen, and change nothing."""
    main = finders.account(account_id)
    show = lambda pk: present.account_full(*happiness.known([Account.objects.get(pk=pk)], request.actor))
    return merged(request, body, query.dryRun, main, ACCOUNT, people.merge_accounts, show)


def merged(
    request: Call,
    body: MergingCustomers,
    only_tries: bool,
    main: Any,
    names: Mapping[str, str],
    merge: Callable[..., Any],
    show: Callable[[int], dict[str, Any]],
) -> HttpResponse:
    by: Actor = request.actor
    access.require(by, "edit_customers")
    others = named(type(main), body.ids)
    picks = picked(body.source, {main.pk: main, **{row.pk: row for row in others}}, names)
    try:
        if only_tries:
            return answers.to_json(tried(main, others, picks, names, body.ids, merge, show, by=by))
        main = merge(main, others, picks=picks, by=by)
    except Refused as refusal:
        return invalid(told(refusal, body.ids, names))
    return answers.to_json(show(main.pk))


def named(model: Any, ids: list[int]) -> list[Any]:
    """The records with these ids, in this order; also those in the bin or merged away, for the rules to refuse."""
    found = model.objects.in_bulk([pk for pk in ids if pk <= finders.LARGEST])
    if any(pk not in found for pk in ids):
        raise Hidden
    return [found[pk] for pk in ids]


def picked(source: dict[str, Any], known: Mapping[int, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """`source` as the verb takes it."""
    picks = {}

    def row(value: Any, pointer: str) -> Any:
        try:
            return known[to_id(value)]
        except (ValueError, KeyError):
            raise Unfit(pointer, text=_("This is the id of no record in this merge.")) from None

    for name, value in source.items():
        pointer = f"/source/{name}"[:100]
        if name in OWN_FIELDS:
            if name == "cf":
                if value != {}:
                    raise Unfit(pointer, text=_("There is no such field."))
            else:
                row(value, pointer)
        elif name in names:
            picks[names[name]] = row(value, pointer)
        else:
            raise Unfit(pointer, text=_("This field always stays the main record's, or there is no such field."))
    return picks


def told(refusal: Refused, ids: list[int], names: Mapping[str, str]) -> tuple[str, str, Any]:
    """A refusal as (JSON pointer, kind, text): which of the ids, or which field of the source."""
    if isinstance(refusal, NotMergeable) and refusal.customer is not None:
        places = [n for n, pk in enumerate(ids) if pk == refusal.customer.pk]
        return (f"/ids/{places[-1]}" if places else "/ids"), kind_of(refusal), refusal.text
    pointers = {key: f"/source/{name}" for name, key in names.items()}
    return pointers.get(refusal.field, "/ids"), kind_of(refusal), refusal.text


class _Tried(Exception):
    pass


def tried(
    main: Any,
    others: list[Any],
    picks: dict[str, Any],
    names: Mapping[str, str],
    ids: list[int],
    merge: Callable[..., Any],
    show: Callable[[int], dict[str, Any]],
    *,
    by: Actor,
) -> dict[str, Any]:
    """Merge, look, and take it all back. Refusals of rules are told."""
    kind = "contact" if isinstance(main, Contact) else "account"
    found: dict[str, Any] = {"isMergeable": True, "refusals": [], kind: None, "mergedIds": [], "ticketCount": None}
    try:
        with transaction.atomic():
            main = merge(main, others, picks=picks, by=by)
            found |= {kind: show(main.pk), "mergedIds": [str(pk) for pk in ids]}
            found["ticketCount"] = str(Ticket.objects.filter(**{kind: main.pk}, trashed_at=None).count())
            raise _Tried
    except _Tried:
        pass
    except Refused as refusal:
        pointer, kind_of_it, text = told(refusal, ids, names)
        row = {"fieldName": pointer, "errorType": kind_of_it, "errorMessage": str(text), "code": refusal.code}
        found |= {"isMergeable": False, "refusals": [row]}
    return found
