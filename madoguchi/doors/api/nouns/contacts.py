"""Contacts (API B6)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel

from madoguchi import access, people
from madoguchi.doors.api import answers, finders, happiness, mass
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.contact_fields import ChangedContact, NewContact, emails, numbers, values
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.present import contact as present
from madoguchi.doors.api.present.entry import agent_author
from madoguchi.doors.api.sorting import order, wanted
from madoguchi.doors.api.wire import Body, Ids, Paged, ids_in
from madoguchi.errors import Hidden
from madoguchi.models import Contact

door = Door("Contacts")
SORT = {
    "firstName": "first_name",
    "lastName": "last_name",
    "createdTime": "created_at",
    "modifiedTime": "modified_at",
    "account": "account__name",
}


def living() -> QuerySet[Contact]:
    rows = Contact.objects.filter(trashed_at=None).select_related("account", "classification")
    return rows.prefetch_related("addresses", "phones")


class Contacts(Paged):
    include: str = ""
    sortBy: str = ""


@door.at("GET /contacts", gives="ContactRow[]")
def list_contacts(request: Call, query: Query[Contacts]) -> HttpResponse:
    """List contacts, newest first."""
    found = living().order_by(*order(query.sortBy, SORT, ("-created_at", "-id")))[query.cut()]
    return answers.rows([with_included(c, query.include) for c in happiness.known(list(found), request.actor)])


def with_included(contact: Contact, include: str, *, full: bool = False) -> dict[str, Any]:
    nested = wanted(include, {"accounts", "owner"})
    found = present.full(contact) if full else present.row(contact)
    if "accounts" in nested:
        found["account"] = present.nested_account(contact.account)
    if "owner" in nested:
        found["owner"] = agent_author(contact.owner) if contact.owner else None
    return found


class Included(BaseModel):
    include: str = ""


@door.at("GET /contacts/{int:contact_id}", gives="Contact")
def get_contact(request: Call, contact_id: int, query: Query[Included]) -> object:
    """A contact. For one that was merged away the main one, with `mergedFrom` naming the id asked for."""
    (contact,) = happiness.known([finders.one(living(), contact_id)], request.actor)
    found = with_included(contact, query.include, full=True)
    return found if contact.pk == contact_id else {**found, "mergedFrom": str(contact_id)}


@door.at("POST /contacts", gives="Contact")
def create_contact(request: Call, body: NewContact) -> object:
    """Add a contact."""
    made = people.create_contact(
        values(body), emails=emails(body, []), phone_numbers=numbers(body, []), by=request.actor
    )
    return present.full(living().get(pk=made.pk))


@door.at("PATCH /contacts/{int:contact_id}", gives="Contact")
def change_contact(request: Call, contact_id: int, body: ChangedContact) -> object:
    """Change a contact."""
    contact = finders.one(living(), contact_id)
    mails = emails(body, [a.address for a in contact.addresses.all()])
    phone_numbers = numbers(body, [(p.kind, p.number) for p in contact.phones.all()])
    people.edit_contact(
        contact,
        values(body),
        emails=mails,
        phone_numbers=phone_numbers,
        moves_tickets=body.moveTickets,
        by=request.actor,
    )
    return present.full(*happiness.known([living().get(pk=contact.pk)], request.actor))


class TrashedContacts(Body):
    contactIds: Ids


@door.at("POST /contacts/moveToTrash", gives="Result[results]?", status=204)
def trash_contacts(request: Call, body: TrashedContacts) -> HttpResponse:
    """Move contacts to the recycle bin."""
    by = request.actor
    ids = list(dict.fromkeys(body.contactIds))
    found = {c.pk: c for c in Contact.objects.filter(trashed_at=None, pk__in=ids).select_related("account")}
    if len(found) != len(ids):
        raise Hidden
    access.require(by, "edit_customers")
    return mass.results_if_refused(
        [mass.attempt(pk, lambda c=found[pk]: people.trash_contact(c, by=by)) for pk in ids]  # type: ignore[misc]
    )


@door.at("GET /contacts/count", gives="Count")
def count_contacts(request: Call) -> object:
    """How many contacts there are."""
    return {"count": str(Contact.objects.filter(trashed_at=None).count())}


class ByIds(BaseModel):
    ids: str


@door.at("GET /contacts/contactsByIds", gives="ContactRow[]")
def list_contacts_by_ids(request: Call, query: Query[ByIds]) -> HttpResponse:
    """Up to 20 contacts by their ids."""
    ids = ids_in(query.ids, "ids")
    if len(ids) > 20:
        raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": "ids"})
    found = happiness.known(list(living().filter(pk__in=ids)), request.actor)
    return answers.rows([present.row(c) for c in found])


@door.at("GET /contacts/{int:contact_id}/accounts", gives="AccountRow[]")
def list_accounts_of_contact(request: Call, contact_id: int, query: Query[Paged]) -> HttpResponse:
    """The account of a contact, as a list."""
    account = finders.contact(contact_id).account
    found = [account] if account is not None and account.trashed_at is None else []
    page = happiness.known(found[query.cut()], request.actor)
    return answers.rows([present.account_row(a) for a in page])
