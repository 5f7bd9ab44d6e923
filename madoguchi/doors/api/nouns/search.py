"""Search one module, or all of them, by words (API B8)."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from madoguchi.doors.api import answers, finders, happiness, rows
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.nouns.accounts import living as living_accounts
from madoguchi.doors.api.nouns.contacts import living as living_contacts
from madoguchi.doors.api.nouns.ticket_search import MOST_COUNTED
from madoguchi.doors.api.present import contact as present
from madoguchi.doors.api.sorting import order
from madoguchi.doors.api.wire import Id, Paged
from madoguchi.lists import people, search

door = Door("Search")
NEWEST = ("-created_at", "-id")
SORT = {"createdTime": "created_at", "modifiedTime": "modified_at"}
Rows = list[dict[str, Any]]


class Words(Paged):
    from_: int = Field(0, alias="from", ge=0, le=999)
    limit: int = Field(10, ge=1, le=100)
    searchStr: str = Field(min_length=1, max_length=1000)
    module: str = ""
    departmentId: Id | None = None
    sortBy: str = "relevance"


@door.at("GET /search", gives="Found[]#")
def search_all(request: Call, query: Query[Words]) -> HttpResponse:
    """Search tickets, contacts or accounts by words; without `module` all three, tickets first.

    `count` is exact up to 2,000 of each. Tickets are those one may see, spam left out.
    """
    modules = [query.module] if query.module else list(MODULES)
    if query.module and query.module not in MODULES:
        raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": "module"})
    found: Rows = []
    skip, total = query.from_, 0
    for module in modules:
        fit = MODULES[module](request, query)
        count = fit.order_by()[:MOST_COUNTED].count()
        total += count
        left = query.limit - len(found)
        if left and skip < count:
            asked = "" if query.sortBy == "relevance" else query.sortBy
            page = fit.order_by(*order(asked, SORT, NEWEST))[skip : skip + left]
            found += [{**row, "module": module} for row in SHOWN[module](page, request.actor)]
        skip = max(0, skip - count)
    return answers.rows(found, count=total)


def tickets(request: Call, query: Words) -> Any:
    found = finders.found_tickets(request.actor)
    if query.departmentId is not None:
        found = found.in_departments([finders.department(query.departmentId, request.actor).pk])
    return search.narrow(found, query.searchStr.strip("*"))


def contacts(request: Call, query: Words) -> Any:
    return living_contacts().filter(pk__in=people.contacts(query.searchStr.strip("*")).values("pk"))


def accounts(request: Call, query: Words) -> Any:
    return living_accounts().filter(pk__in=people.accounts(query.searchStr.strip("*")).values("pk"))


MODULES = {"tickets": tickets, "contacts": contacts, "accounts": accounts}
SHOWN: dict[str, Any] = {
    "tickets": lambda page, by: rows.searched(page),
    "contacts": lambda page, by: [present.row(contact) for contact in happiness.known(list(page), by)],
    "accounts": lambda page, by: [present.account_row(account) for account in happiness.known(list(page), by)],
}
