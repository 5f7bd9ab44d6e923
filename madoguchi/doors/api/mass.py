"""Calls on many tickets: permission is all or nothing, rules refuse one by one (API, said once for all)."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.doors.api import finders
from madoguchi.doors.api.answers import nothing, to_json
from madoguchi.doors.api.errors import kind_of, pointer
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Ticket
from madoguchi.tickets import bulk
from madoguchi.tickets.family_closing import hold_all

Result = dict[str, Any]


def each(ids: Iterable[int], verb: str, act: Callable[[Ticket], Any], *, by: Actor) -> list[Result]:
    """Act on every ticket in the order of ids; the results in the order asked. Hidden and Denied before any is touched.

    The id of a ticket that was merged away stands for the main one.
    """
    found = allowed(ids, verb, by=by)
    in_order = sorted(found, key=lambda t: (t.parent_id is None, t.pk))  # parents last: they may wait for children (F5)
    if verb == "set_status":
        hold_all(found)
    results = {ticket.pk: result_of(bulk.attempt(ticket, act)) for ticket in in_order}
    return [results[ticket.pk] for ticket in found]


def allowed(ids: Iterable[int], verb: str, *, by: Actor) -> list[Ticket]:
    """The tickets the ids lead to, each once and in this order. Hidden where one is not seen, else Denied where one may not."""
    wanted = list(dict.fromkeys(finders.leading(list(ids)).values()))
    found = {ticket.pk: ticket for ticket in finders.tickets(wanted, by)}
    for ticket in found.values():
        access.require(by, verb, ticket)
    return [found[pk] for pk in wanted]


def result_of(outcome: bulk.Outcome) -> Result:
    refusal = outcome.refusal
    if refusal is None:
        return {"id": str(outcome.ticket_id), "success": True, "errors": None}
    if isinstance(refusal, Refused):
        return refusal_of(outcome.ticket_id, refusal)
    known = ("403", "FORBIDDEN") if isinstance(refusal, Denied) else ("404", "URL_NOT_FOUND")
    return {"id": str(outcome.ticket_id), "success": False, "errors": {"errorCode": known[1], "httpCode": known[0]}}


def attempt(row_id: int | str, act: Callable[[], Any]) -> Result:
    """One of many, in its own savepoint."""
    try:
        with transaction.atomic():
            act()
    except Refused as refusal:
        return refusal_of(row_id, refusal)
    except Hidden:
        return {"id": str(row_id), "success": False, "errors": {"errorCode": "URL_NOT_FOUND", "httpCode": "404"}}
    return {"id": str(row_id), "success": True, "errors": None}


def refusal_of(row_id: int | str, refusal: Refused) -> Result:
    told: Result = {"errorCode": "UNPROCESSABLE_ENTITY", "httpCode": "422", "message": str(refusal.text)}
    if refusal.field:
        told |= {"errorCode": "INVALID_DATA", "fieldName": pointer(refusal.field, {}), "errorType": kind_of(refusal)}
    return {"id": str(row_id), "success": False, "errors": told}


def results(found: list[Result]) -> HttpResponse:
    return to_json({"results": found})


def results_if_refused(found: list[Result]) -> HttpResponse:
    """204 where all went well, as clients expect; else what happened to each."""
    return nothing() if all(result["success"] for result in found) else results(found)
