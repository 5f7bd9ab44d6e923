"""What customers think of answers (API A5)."""

from typing import Literal

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from ninja import Query
from pydantic import BaseModel

from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.present import happiness as present
from madoguchi.doors.api.rows import reach_of
from madoguchi.doors.api.sorting import order, wanted
from madoguchi.doors.api.wire import Id, Paged, to_id
from madoguchi.lists import ratings
from madoguchi.models import Rating
from madoguchi.reactions.post import asking

door = Door("Customer happiness")
SORT = {"ratedTime": "rated_at"}
ALL = "allDepartment"


class Narrowed(BaseModel):
    departmentId: Id | None = None
    contactId: Id | None = None
    accountId: Id | None = None
    rating: Literal["good", "ok", "bad"] | None = None


def found(request: Call, query: Narrowed) -> QuerySet[Rating]:
    """404 for a department, contact or account one may not see."""
    by = request.actor
    return ratings.listed(
        by,
        department=None if query.departmentId is None else finders.department(query.departmentId, by).pk,
        contact=None if query.contactId is None else finders.contact(query.contactId),
        account=None if query.accountId is None else finders.account(query.accountId),
        value=query.rating or "",
    )


class Ratings(Paged, Narrowed):
    include: str = ""
    sortBy: str = ""


@door.at("GET /customerHappiness", gives="CustomerHappiness[]")
def list_ratings(request: Call, query: Query[Ratings]) -> HttpResponse:
    """The ratings of a contact, an account, a department or all one sees, newest first."""
    nested = wanted(query.include, {"contacts", "tickets"})
    rows = found(request, query).order_by(*order(query.sortBy, SORT, ("-rated_at", "-id")))
    page = list(ratings.with_people(rows)[query.cut()])
    emails = reach_of(row.contact_id for row in page) if "contacts" in nested else {}
    return answers.rows([present.row(row, nested, emails) for row in page])


@door.at("GET /customerHappiness/count", gives="Count")
def count_ratings(request: Call, query: Query[Narrowed]) -> object:
    """How many there are."""
    return {"count": str(found(request, query).count())}


class OfDepartment(BaseModel):
    departmentId: Id


@door.at("GET /customerHappinessSetup", gives="CustomerHappinessSetup")
def get_rating_setup(request: Call, query: Query[OfDepartment]) -> object:
    """Whether a department asks for ratings, and how."""
    department = finders.department(query.departmentId, request.actor)
    return present.setup(department, department.language)


class Holder(BaseModel):
    departmentId: str
    languageCode: str = ""


@door.at("GET /customerHappinessLinkHolder", gives="LinkHolder")
def get_rating_links(request: Call, query: Query[Holder]) -> object:
    """What stands for the three links in the content of a reply; sent with `sendReply`, the links take their own place."""
    asks, language = True, me(request).language
    if query.departmentId != ALL:
        try:
            department_id = to_id(query.departmentId)
        except ValueError:
            raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": "departmentId"}) from None
        department = finders.department(department_id, request.actor)
        asks, language = department.asks_for_ratings, department.language
    language = query.languageCode.partition("-")[0].casefold() or language
    if language not in dict(settings.LANGUAGES):
        raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": "languageCode"})
    with override(language):
        return {"linkHolder": asking.holder() if asks else ""}
