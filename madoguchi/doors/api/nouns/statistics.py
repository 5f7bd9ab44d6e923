"""The figures of a contact or account (API B6, A5)."""

from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi.actor import Actor
from madoguchi.doors.api import finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.wire import Id
from madoguchi.insight import exporting, figures
from madoguchi.insight.asking import kind_of, own_departments
from madoguchi.insight.figures import Figures, Spans, Times
from madoguchi.models import Account, Contact, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import statuses

door = Door("Statistics")
FORMULAS: dict[str, str | Promise] = {
    "first_response": _("Mean of (first reply of an agent − creation of the ticket), over the tickets that have been answered"),
    "response": _("Mean over all messages of the customer of the wait for the agent's next reply"),
    "resolution": _("Mean of (last closing − creation of the ticket), over the tickets that are closed"),
}  # fmt: skip
NAMES = {"first_response": "firstResponseTime", "response": "responseTime", "resolution": "resolutionTime"}
ESCALATED = "Escalated"


class Narrowed(BaseModel):
    departmentId: Id | None = None
    days: int | None = Field(None, ge=1, le=366)

    def departments(self, by: Actor) -> list[int] | None:
        if self.departmentId is None:
            return own_departments(by)
        return [finders.department(self.departmentId, by).pk]


class Asked(Narrowed):
    detail: bool = False


@door.at("GET /contacts/{int:contact_id}/statistics", gives="Statistics")
def get_statistics_of_contact(request: Call, contact_id: int, query: Query[Asked]) -> object:
    """The figures of a contact over the departments one works in, or one of them; of all time or the last `days`.

    Times in milliseconds by the clock; `detail=true` gives mean, median, 90th percentile, business hours and the formula.
    """
    return statistics(finders.contact(contact_id), query, request.actor)


@door.at("GET /accounts/{int:account_id}/statistics", gives="Statistics")
def get_statistics_of_account(request: Call, account_id: int, query: Query[Asked]) -> object:
    """The same figures of an account: of all tickets of its contacts."""
    return statistics(finders.account(account_id), query, request.actor)


@door.at("GET /contacts/{int:contact_id}/statistics.csv", gives="file")
def export_statistics_of_contact(request: Call, contact_id: int, query: Query[Narrowed]) -> HttpResponseBase:
    """The figures of a contact as CSV, times in seconds (ours)."""
    return file(finders.contact(contact_id), query, request.actor)


@door.at("GET /accounts/{int:account_id}/statistics.csv", gives="file")
def export_statistics_of_account(request: Call, account_id: int, query: Query[Narrowed]) -> HttpResponseBase:
    """The figures of an account and of each of its contacts as CSV, times in seconds (ours)."""
    return file(finders.account(account_id), query, request.actor)


def statistics(customer: Contact | Account, query: Asked, by: Actor) -> dict[str, Any]:
    departments = query.departments(by)
    found = figures.read(customer, departments, query.days)
    return {
        **{NAMES[name]: (detailed(name, spans) if query.detail else ms(spans.clock.mean_s) or "0") for name, spans in found.times().items()},
        "openTickets": str(found.open),
        "onholdTickets": str(found.on_hold),
        "closedTickets": str(found.closed),
        "overdueTickets": str(found.overdue),
        "escalatedTickets": str(escalated(customer, departments, query.days)),
        "spamTickets": str(found.spam),
        "totalTickets": str(found.total),
        "channelWiseCount": {channel: str(n) for channel, n in found.by_channel.items() if n},
        "customerHappiness": happiness(found),
    }  # fmt: skip


def happiness(found: Figures) -> dict[str, str]:
    return {"goodCount": str(found.good), "okCount": str(found.okay), "badCount": str(found.bad)}


def detailed(name: str, spans: Spans) -> dict[str, Any]:
    return {**times(spans.clock), "business": times(spans.business), "formula": str(FORMULAS[name])}


def times(of: Times) -> dict[str, str | None]:
    return {"mean": ms(of.mean_s), "median": ms(of.median_s), "p90": ms(of.p90_s), "count": str(of.count)}


def ms(seconds: int | None) -> str | None:
    return None if seconds is None else str(seconds * 1000)


def escalated(customer: Contact | Account, departments: list[int] | None, days: int | None) -> int:
    """Open ones in the status of that name, found among all that are in it."""
    status = next((status for status in statuses() if status.name == ESCALATED), None)
    if status is None:
        return 0
    found = Ticket.objects.filter(Ticket.LIVE, status=status, **{kind_of(customer): customer}).exclude(
        state=State.CLOSED
    )
    found = found if departments is None else found.in_departments(departments)
    return (found if days is None else found.filter(created_at__gte=figures.first_moment(days))).count()


def file(customer: Contact | Account, query: Narrowed, by: Actor) -> HttpResponseBase:
    pieces = exporting.export(customer, query.departments(by), query.days)
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{kind_of(customer)}-{customer.pk}-statistics.csv"'
    response["Cache-Control"] = "no-store"
    return response
