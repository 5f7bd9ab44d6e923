"""The recycle bin: what was deleted, restore it, delete it for good (API B8, SPEC D8). For supervisors.

A row's id is the id of the thing with one more digit for its module; `moduleId` is the id of the thing.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, F, IntegerField, QuerySet, Value, When
from django.db.models.functions import Concat
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from madoguchi import access, people, tickets
from madoguchi.actor import Actor
from madoguchi.doors.api import answers, finders, mass
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.present.entry import agent_author
from madoguchi.doors.api.present.words import ref, time
from madoguchi.doors.api.sorting import wanted
from madoguchi.doors.api.wire import Body, Id, Ids, Paged
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Account, Agent, Contact, Department, Ticket
from madoguchi.tickets.merging import MERGED

door = Door("Recycle bin")
TYPES = {1: "Tickets", 2: "Contacts", 3: "Accounts"}
MODULES = {"tickets": 1, "contacts": 2, "accounts": 3}
COLUMNS = ["digit", "pk", "label", "section", "trashed_by_id", "trashed_at", "why"]
SORT = {"name": "label", "type": "digit", "department": "section", "deletedBy": "trashed_by_id"}


def things(by: Actor, digit: int) -> QuerySet[Any]:
    """What lies in the bin of a module and may be seen."""
    if digit == 1:
        return Ticket.objects.filter(access.scope(by), trashed_at__isnull=False, purged_at=None)
    model: Any = {2: Contact, 3: Account}[digit]
    return model._default_manager.filter(trashed_at__isnull=False, merged_into=None)


def lines(by: Actor, digit: int, query: "Bin") -> Any:
    """The same columns for every module."""
    found = things(by, digit).order_by()
    if query.moduleId is not None:
        found = found.filter(pk=query.moduleId)
    nobody, nothing = Value(None, output_field=BigIntegerField()), Value("", output_field=CharField())
    name = Concat("last_name", Value(" "), "first_name", output_field=CharField())
    label: Any = {1: F("subject"), 2: name, 3: F("name")}[digit]
    merged = Concat(Value(MERGED), "merged_into__number", output_field=CharField())
    reason = Case(When(merged_into=None, then=F("trashed_because")), default=merged)
    owner, why = (F("department_id"), reason) if digit == 1 else (nobody, nothing)
    if query.departmentId is not None:
        found = found.filter(department=query.departmentId) if digit == 1 else found.none()
    columns = {"digit": Value(digit, output_field=IntegerField()), "label": label, "section": owner, "why": why}
    return found.annotate(**columns).values(*COLUMNS)


class Bin(Paged):
    limit: int = Field(10, ge=1, le=100)
    departmentId: Id | None = None
    module: str = ""
    moduleId: Id | None = None
    include: str = ""
    sortBy: str = ""


@door.at("GET /recycleBin", gives="BinRow[]")
def list_recycle_bin(request: Call, query: Query[Bin]) -> HttpResponse:
    """What lies in the recycle bin, the newest first."""
    by = request.actor
    access.require(by, "see_bin")
    if query.departmentId is not None:
        finders.department(query.departmentId, by)
    if query.module and query.module not in MODULES:
        raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": "module"})
    digits = [MODULES[query.module]] if query.module else list(TYPES)
    first, *rest = [lines(by, digit, query) for digit in digits]
    found = first.union(*rest, all=True) if rest else first
    page = list(found.order_by(*ordered(query.sortBy))[query.cut()])
    return answers.rows(presented(page, wanted(query.include, {"department", "deletedBy"})))


def ordered(sort_by: str) -> list[str]:
    if not sort_by or sort_by.removeprefix("-") == "deletedTime":
        return ["trashed_at", "pk"] if sort_by == "deletedTime" else ["-trashed_at", "-pk"]
    name = SORT.get(sort_by.removeprefix("-"))
    if name is None:
        raise unprocessable(_("Cannot sort by “%(name)s”.") % {"name": sort_by[:50]})
    return ["-" + name, "-pk"] if sort_by.startswith("-") else [name, "pk"]


def presented(page: list[dict[str, Any]], nested: set[str]) -> list[dict[str, Any]]:
    departments = (
        Department.objects.in_bulk({v["section"] for v in page if v["section"]}) if "department" in nested else {}
    )
    agents = Agent.objects.in_bulk({v["trashed_by_id"] for v in page}) if "deletedBy" in nested else {}
    found = []
    for v in page:
        row = {
            "id": f"{v['pk']}{v['digit']}",
            "moduleId": str(v["pk"]),
            "displayName": v["label"].strip(),
            "type": TYPES[v["digit"]],
            "departmentId": ref(v["section"]),
            "deletedById": ref(v["trashed_by_id"]),
            "deletedTime": time(v["trashed_at"]),
            "reason": tickets.reason(v["why"]) or None,
        }
        if "department" in nested:
            owner = departments.get(v["section"])
            row["department"] = {"id": str(owner.pk), "name": owner.name} if owner else None
        if "deletedBy" in nested:
            agent = agents.get(v["trashed_by_id"])
            row["deletedBy"] = agent_author(agent) if agent else None
        found.append(row)
    return found


class ChosenRows(Body):
    ids: Ids


def thing(by: Actor, row_id: int) -> tuple[int, Any]:
    """(digit, thing) of a row, or Hidden."""
    pk, digit = divmod(row_id, 10)
    if digit not in TYPES:
        raise Hidden
    return digit, finders.one(things(by, digit), pk)


def restore(by: Actor, row_id: int) -> None:
    digit, found = thing(by, row_id)
    {1: tickets.restore, 2: people.restore_contact, 3: people.restore_account}[digit](found, by=by)  # type: ignore[operator]


def each(ids: list[int], act: Callable[[int], None]) -> list[mass.Result]:
    """Act on every row in the order of ids, so that two calls never wait for each other; the results as asked."""
    results = {pk: mass.attempt(pk, lambda pk=pk: act(pk)) for pk in sorted(set(ids))}  # type: ignore[misc]
    return [results[pk] for pk in dict.fromkeys(ids)]


def purge(by: Actor, row_id: int) -> None:
    digit, found = thing(by, row_id)
    if digit != 1:
        raise Refused("NOT_YET", _("not supported yet"))
    tickets.purge(found, by=by)


@door.at("POST /recycleBin/restore", gives="Result[results]")
def restore_from_bin(request: Call, body: ChosenRows) -> HttpResponse:
    """Take things out of the bin."""
    by = request.actor
    access.require(by, "see_bin")
    return mass.results(each(body.ids, lambda pk: restore(by, pk)))


@door.at("POST /recycleBin/delete", gives="Result[results]")
def delete_from_bin(request: Call, body: ChosenRows) -> HttpResponse:
    """Delete things for good."""
    by = request.actor
    access.require(by, "see_bin")
    return mass.results(each(body.ids, lambda pk: purge(by, pk)))
