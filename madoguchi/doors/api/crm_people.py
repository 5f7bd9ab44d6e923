"""What calls about leads and about contacts of the built-in CRM have in common (ours)."""

from typing import Any

from django.http import HttpResponse
from pydantic import Field

from madoguchi import crm
from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.present import crm as present
from madoguchi.doors.api.sorting import order
from madoguchi.doors.api.wire import Body, Id, Paged
from madoguchi.kit import addresses, phones
from madoguchi.lists import crm as lists
from madoguchi.models import Agent, CrmPerson

NAMES = {"account_name": "accountName"}
SORT = {"lastName": "last_name", "createdTime": "created_at", "modifiedTime": "modified_at"}
PLAIN = {
    "lastName": "last_name",
    "firstName": "first_name",
    "email": "email",
    "phone": "phone",
    "mobile": "mobile",
    "accountName": "account_name",
    "title": "title",
    "description": "description",
}


class People(Paged):
    email: str | None = Field(None, description="with this address, however it is written")
    phone: str | None = Field(None, description="with this number as phone or mobile, however it is written")
    mobile: str | None = Field(None, description="the same as phone")
    searchStr: str = Field("", description="words in name, company, address or number")
    ownerId: Id | None = None
    sortBy: str = ""


class PersonFields(Body):
    lastName: str | None = None
    firstName: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    accountName: str | None = None
    title: str | None = None
    description: str | None = None
    ownerId: Id | None = None


class NewPerson(PersonFields):
    lastName: str


def listed(kind: str, query: People) -> HttpResponse:
    crm.require_on()
    found = lists.people(kind, query.searchStr, owner=query.ownerId)
    if query.email is not None:
        found = found.filter(email_folded=addresses.fold(query.email)).exclude(email_folded="")
    for number in (query.phone, query.mobile):
        if number is not None:
            found = found.filter(lists.has_number(phones.fold(number)))
    page = found.order_by(*order(query.sortBy, SORT, ("-modified_at", "-id")))[query.cut()]
    return answers.rows([present.person(row) for row in page])


def one(kind: str, person_id: int) -> CrmPerson:
    crm.require_on()
    return finders.one(CrmPerson.objects.filter(kind=kind), person_id)


def values(body: PersonFields) -> dict[str, Any]:
    found: dict[str, Any] = {PLAIN[name]: value for name, value in body.given(*PLAIN).items()}
    if "ownerId" in body.model_fields_set:
        found["owner"] = finders.named(Agent, body.ownerId, "/ownerId")
    return found


def created(request: Call, kind: str, body: NewPerson) -> dict[str, Any]:
    return present.person(crm.create_person(kind, values(body), by=request.actor))


def changed(request: Call, kind: str, person_id: int, body: PersonFields) -> dict[str, Any]:
    return present.person(crm.edit_person(one(kind, person_id), values(body), by=request.actor))


def deleted(request: Call, kind: str, person_id: int) -> HttpResponse:
    crm.delete_person(one(kind, person_id), by=request.actor)
    return answers.nothing()
