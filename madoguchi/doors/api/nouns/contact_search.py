"""Search contacts by field (API B6)."""

from django.db.models import Q, Subquery
from django.http import HttpResponse
from ninja import Query
from pydantic import Field

from madoguchi.doors.api import answers, finders, happiness
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.nouns.contacts import SORT, living
from madoguchi.doors.api.present import contact as present
from madoguchi.doors.api.sorting import order
from madoguchi.doors.api.text_tokens import matches
from madoguchi.doors.api.wire import Paged, ids_in
from madoguchi.kit import addresses, phones
from madoguchi.lists import people
from madoguchi.models import Account, ContactAddress, ContactPhone

door = Door("Contacts")


class Search(Paged):
    limit: int = Field(10, ge=1, le=100)
    id: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    firstName: str | None = None
    lastName: str | None = None
    fullName: str | None = None
    accountId: str | None = None
    accountName: str | None = None
    all_: str | None = Field(None, alias="_all")
    sortBy: str = ""


@door.at("GET /contacts/search", gives="ContactRow[]#")
def search_contacts(request: Call, query: Query[Search]) -> HttpResponse:
    """Search contacts by field, and by words in name, address, phone or account, `_all`; all conditions must hold."""
    found = living().filter(conditions(query))
    if query.all_ is not None:
        found = found.filter(pk__in=people.contacts(query.all_.strip("*")).values("pk"))
    sort_by = "" if query.sortBy == "relevance" else query.sortBy
    page = found.order_by(*order(sort_by, SORT, ("-created_at", "-id")))[query.cut()]
    known = happiness.known(list(page), request.actor)
    return answers.rows([present.row(contact) for contact in known], count=found.count())


def conditions(query: Search) -> Q:
    found = Q()
    for name, column in (("firstName", "first_name"), ("lastName", "last_name"), ("accountName", "account__name")):
        if (word := getattr(query, name)) is not None:
            found &= matches([column], word)
    if query.id is not None:
        found &= Q(pk__in=ids_in(query.id, "id"))
    if query.accountId is not None:
        found &= Q(account__in=finders.led_all(Account, ids_in(query.accountId, "accountId")))
    if query.fullName is not None:
        for part in query.fullName.split() or [query.fullName]:
            found &= matches(["last_name", "first_name"], part)
    if query.email is not None:
        found &= by_email(query.email)
    for number in (query.phone, query.mobile):
        if number is not None:
            rows = ContactPhone.objects.filter(folded=phones.fold(number)).exclude(folded="")
            found &= Q(pk__in=Subquery(rows.values("contact")))
    return found


def by_email(text: str) -> Q:
    how = matches(["address"], text) if "*" in text else Q(folded=addresses.fold(text))
    return Q(pk__in=Subquery(ContactAddress.objects.filter(how).values("contact")))
