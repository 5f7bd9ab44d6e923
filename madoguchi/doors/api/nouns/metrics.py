"""How long things took on a ticket (API B2)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from madoguchi.doors.api import finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.present.words import hours
from madoguchi.models import Entry, Event, Ticket
from madoguchi.organisation.current import statuses
from madoguchi.tickets.timeline import shown

door = Door("Tickets")


@door.at("GET /tickets/{int:ticket_id}/metrics", gives="Metrics")
def get_metrics(request: Call, ticket_id: int) -> object:
    """First response, response and resolution times; who handled the ticket and in which status, for how long."""
    ticket = finders.ticket(ticket_id, request.actor)
    events = list(Event.objects.filter(ticket=ticket).order_by("id"))
    outgoing = shown(ticket).filter(kind=Entry.Kind.THREAD, direction=Entry.Direction.OUT)
    return {
        "firstResponseTime": hours(ticket.first_response_s),
        "totalResponseTime": hours(ticket.response_s) if ticket.response_n else None,
        "resolutionTime": hours(ticket.resolution_s),
        "business": {
            "firstResponseTime": hours(business(ticket.first_response_business_s, ticket.first_response_s)),
            "totalResponseTime": hours(business(response_business_s(ticket), ticket.response_s))
            if ticket.response_n
            else None,
            "resolutionTime": hours(business(ticket.resolution_business_s, ticket.resolution_s)),
            "onHoldTime": hours(business(ticket.on_hold_business_s, ticket.on_hold_s)),
        },
        "onHoldTime": hours(ticket.on_hold_s),
        "reassignCount": str(max(0, sum(1 for e in events if (e.before.get("assignee") or None) is not None))),
        "outgoingCount": str(outgoing.count()),
        "threadCount": str(ticket.thread_n),
        "responseCount": str(ticket.response_n),
        "reopenCount": str(ticket.reopened_n),
        "agentsHandled": agents_handled(ticket, events),
        "stagingData": staging(ticket, events),
    }


def business(counted: int | None, clock: int | None) -> int | None:
    """What was never counted in business time is as by the clock."""
    return clock if counted is None else counted


def response_business_s(ticket: Ticket) -> int:
    """By the steps: in part counted, in part of before."""
    return sum(figure[-1] for figure in ticket.response_buckets.values())


def spans(ticket: Ticket, events: Iterable[Event], field: str, now_is: Any) -> list[tuple[Any, int]]:
    """(value, seconds) for each stretch of time in which the field had a value."""
    end, found, start = ticket.closed_at or timezone.now(), [], ticket.created_at
    changes = [event for event in events if field in event.after]
    for event in changes:
        found.append((event.before.get(field), seconds(start, min(event.at, end))))
        start = event.at
    return [*found, (now_is, seconds(start, end))]


def seconds(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()))


def summed(stretches: Iterable[tuple[Any, int]]) -> dict[tuple[str, str], int]:
    total: dict[tuple[str, str], int] = {}
    for value, length in stretches:
        if value:
            key = (value["id"], value["label"])
            total[key] = total.get(key, 0) + length
    return total


def agents_handled(ticket: Ticket, events: list[Event]) -> list[dict[str, Any]]:
    now_is = {"id": str(ticket.assignee_id), "label": ticket.assignee.name} if ticket.assignee else None
    return [
        {"agentId": pk, "agentName": name, "handlingTime": hours(length)}
        for (pk, name), length in summed(spans(ticket, events, "assignee", now_is)).items()
    ]


def staging(ticket: Ticket, events: list[Event]) -> list[dict[str, Any]]:
    names = {str(status.pk): status.name for status in statuses()}
    now_is = {"id": str(ticket.status_id), "label": ticket.status.name}
    return [
        {"status": names.get(pk, label), "handledTime": hours(length)}
        for (pk, label), length in summed(spans(ticket, events, "status", now_is)).items()
    ]
