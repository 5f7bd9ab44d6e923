"""Accounts (API B6)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi import access, people
from madoguchi.doors.api import answers, finders, happiness, mass
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import not_yet
from madoguchi.doors.api.nouns.contacts import SORT as CONTACT_SORT
from madoguchi.doors.api.nouns.contacts import living as contacts
from madoguchi.doors.api.nouns.contacts import with_included
from madoguchi.doors.api.present import contact as present
from madoguchi.doors.api.present.entry import agent_author
from madoguchi.doors.api.present.words import LAYOUT
from madoguchi.doors.api.sorting import order, wanted
from madoguchi.doors.api.wire import Body, Id, Ids, Paged, refuse_unbuilt
from madoguchi.errors import Hidden
from madoguchi.models import Account, Agent

door = Door("Accounts", names={"name": "accountName"})
SORT = {
    "accountName": "name",
    "website": "website",
    "email": "email",
    "phone": "phone",
    "createdTime": "created_at",
    "modifiedTime": "modified_at",
}
PLAIN = {
    "accountName": "name",
    "email": "email",
    "phone": "phone",
    "website": "website",
    "fax": "fax",
    "industry": "industry",
    "annualrevenue": "annual_revenue",
    "code": "code",
    "description": "description",
    "street": "street",
    "city": "city",
    "state": "state",
    "country": "country",
    "zip": "zip",
}


def living() -> QuerySet[Account]:
    return Account.objects.filter(trashed_at=None)


class Accounts(Paged):
    sortBy: str = ""


@door.at("GET /accounts", gives="AccountRow[]")
def list_accounts(request: Call, query: Query[Accounts]) -> HttpResponse:
    """List accounts, newest first."""
    found = living().order_by(*order(query.sortBy, SORT, ("-created_at", "-id")))
    page = happiness.known(list(found[query.cut(first=1)]), request.actor)
    return answers.rows([present.account_row(account) for account in page])


class Included(BaseModel):
    include: str = ""


@door.at("GET /accounts/{int:account_id}", gives="Account")
def get_account(request: Call, account_id: int, query: Query[Included]) -> object:
    """An account. For one that was merged away the main one, with `mergedFrom` naming the id asked for."""
    (account,) = happiness.known([finders.account(account_id)], request.actor)
    found = present.account_full(account)
    if "owner" in wanted(query.include, {"owner"}):
        found["owner"] = agent_author(account.owner) if account.owner else None
    return found if account.pk == account_id else {**found, "mergedFrom": str(account_id)}


class AccountFields(Body):
    accountName: str | None = None
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    fax: str | None = None
    industry: str | None = None
    annualrevenue: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    zip: str | None = None
    code: str | None = None
    description: str | None = None
    ownerId: Id | None = None
    cf: dict[str, Any] | None = None
    customFields: dict[str, Any] | None = None
    layoutId: Id | None = None
    associatedSLAIds: list[Any] | None = None


class NewAccount(AccountFields):
    accountName: str = Field(...)


def values(body: AccountFields) -> dict[str, Any]:
    refuse_unbuilt(body, "cf", "customFields", "associatedSLAIds")
    if body.layoutId is not None and str(body.layoutId) != LAYOUT:
        raise not_yet("/layoutId")
    found: dict[str, Any] = {PLAIN[name]: value for name, value in body.given(*PLAIN).items()}
    if "ownerId" in body.model_fields_set:
        found["owner"] = finders.named(Agent, body.ownerId, "/ownerId")
    return found


@door.at("POST /accounts", gives="Account")
def create_account(request: Call, body: NewAccount) -> object:
    """Add an account."""
    return present.account_full(people.create_account(values(body), by=request.actor))


@door.at("PATCH /accounts/{int:account_id}", gives="Account")
def change_account(request: Call, account_id: int, body: AccountFields) -> object:
    """Change an account."""
    account = people.edit_account(finders.account(account_id), values(body), by=request.actor)
    return present.account_full(*happiness.known([account], request.actor))


class TrashedAccounts(Body):
    accountIds: Ids


@door.at("POST /accounts/moveToTrash", gives="Result[results]?", status=204)
def trash_accounts(request: Call, body: TrashedAccounts) -> HttpResponse:
    """Move accounts to the recycle bin."""
    by = request.actor
    ids = list(dict.fromkeys(body.accountIds))
    found = {account.pk: account for account in living().filter(pk__in=ids)}
    if len(found) != len(ids):
        raise Hidden
    access.require(by, "edit_customers")
    return mass.results_if_refused(
        [mass.attempt(pk, lambda a=found[pk]: people.trash_account(a, by=by)) for pk in ids]  # type: ignore[misc]
    )


@door.at("GET /accounts/count", gives="Count")
def count_accounts(request: Call) -> object:
    """How many accounts there are."""
    return {"count": str(living().count())}


class OfAccount(Paged):
    include: str = ""
    sortBy: str = ""


@door.at("GET /accounts/{int:account_id}/contacts", gives="ContactRow[]")
def list_contacts_of_account(request: Call, account_id: int, query: Query[OfAccount]) -> HttpResponse:
    """The contacts of an account."""
    found = contacts().filter(account=finders.account(account_id))
    page = found.order_by(*order(query.sortBy, CONTACT_SORT, ("-created_at", "-id")))[query.cut()]
    known = happiness.known(list(page), request.actor)
    return answers.rows([with_included(contact, query.include) for contact in known])
