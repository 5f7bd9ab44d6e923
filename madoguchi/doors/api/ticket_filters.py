"""What ticket lists can be narrowed and ordered by (API B2)."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import Field

from madoguchi.doors.api import answers, finders, rows, shared_tickets, ticket_criteria, ticket_views
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.sorting import order
from madoguchi.doors.api.wire import Id, Paged, ids_in, words
from madoguchi.models.organisation import State
from madoguchi.models.ticket import TicketQuerySet

SORT = {
    "createdTime": "created_at",
    "modifiedTime": "modified_at",
    "dueDate": "due_at",
    "recentThread": "last_message_at",
    "customerResponseTime": "last_customer_message_at",
    "responseDueDate": "response_due_at",
    "ticketNumber": "number",
}
NEWEST = ("-created_at", "-id")
STATES = {"${OPEN}": State.OPEN, "${ONHOLD}": State.ON_HOLD, "${CLOSED}": State.CLOSED}


class Listed(Paged):
    """Lists of tickets under something else: a contact, an account, a tag."""

    limit: int = Field(25, ge=1, le=100)
    departmentId: Id | None = None
    departmentIds: str = ""
    include: str = ""
    fields_: str = Field("", alias="fields")
    sortBy: str = ""


class Filtered(Listed):
    assignee: str = Field("", description="agent ids, or Unassigned")
    channel: str = ""
    status: str = ""
    priority: str = ""
    teamIds: str = ""
    receivedInDays: int | None = None
    viewId: Id | None = None
    filters: str = Field("", description='JSON: {"criteria":{"fieldConditions":[{"field":…,"operator":…,"value":…}]}}')


def page(request: Call, found: TicketQuerySet, query: Listed) -> HttpResponse:
    """A page of rows of the live tickets among `found`."""
    by = request.actor
    is_spam = False
    ids = finders.department_ids(query.departmentId, query.departmentIds, by)
    view = ticket_views.find(query.viewId, request, ids) if isinstance(query, Filtered) and query.viewId else None
    if view is not None and view.view.is_shared:
        found = shared_tickets.into(ids or me(request).own_department_ids)
    elif ids:
        found = found.in_departments(ids)
    if isinstance(query, Filtered):
        found = found.filter(criteria(query))
        if view is not None:
            found, is_spam = found.filter(ticket_views.q_of(view, me(request))), not view.view.is_live
        if query.filters:
            found = found.filter(ticket_criteria.q_of(query.filters, me(request), ids))
    found = found.filter(is_spam=is_spam).order_by(*order(query.sortBy, SORT, NEWEST))
    return answers.rows(rows.listed(found[query.cut()], query.include, query.fields_))


def criteria(query: Filtered) -> Q:
    found = Q()
    if query.assignee:
        found &= assigned(query.assignee)
    if query.status:
        found &= statuses(query.status)
    if query.channel:
        found &= one_of("channel", query.channel)
    if query.priority:
        found &= one_of("priority", query.priority)
    if query.teamIds:
        found &= Q(team__in=ids_in(query.teamIds, "teamIds"))
    return found & received(query.receivedInDays)


def received(days: int | None) -> Q:
    """The customer wrote in the last 15, 30 or 90 days."""
    if days is None:
        return Q()
    if days not in (15, 30, 90):
        raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": "receivedInDays"})
    since = timezone.now() - timedelta(days=days)
    return Q(last_customer_message_at__gte=since) | Q(last_customer_message_at=None, created_at__gte=since)


def assigned(text: str) -> Q:
    names = words(text)
    ids = ids_in(",".join(word for word in names if word.casefold() != "unassigned"), "assignee")
    nobody = Q(assignee=None) if len(ids) < len(names) else Q(pk__in=[])
    return Q(assignee__in=ids) | nobody


def statuses(text: str) -> Q:
    """Names of statuses, and the states `${OPEN} ${ONHOLD} ${CLOSED}`."""
    found = Q(pk__in=[])
    for word in words(text):
        if word.upper() in STATES:
            found |= Q(state=STATES[word.upper()])
        else:
            found |= Q(status__name__iexact=word)
    return found


def one_of(column: str, text: str) -> Q:
    found = Q(pk__in=[])
    for word in words(text):
        found |= Q(**{column: ""}) if word == "${empty}" else Q(**{f"{column}__iexact": word})
    return found


def within(column: str, start: Any, end: Any) -> Q:
    return Q(**{f"{column}__gte": start, f"{column}__lte": end})


def due(word: str, time_zone: str) -> Q:
    """`overdue, today, tomorrow, currentWeek, currentMonth`, by the reader's calendar."""
    now = timezone.now()
    if word == "overdue":
        return Q(due_at__lt=now) & ~Q(state=State.CLOSED)
    today = now.astimezone(ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    first = {
        "today": today,
        "tomorrow": today + timedelta(days=1),
        "currentWeek": today - timedelta(days=today.weekday()),
        "currentMonth": today.replace(day=1),
    }.get(word)
    if first is None:
        raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": "dueDate"})
    days = {"currentWeek": 7, "currentMonth": 32}.get(word, 1)
    last = first + timedelta(days=days)
    return Q(due_at__gte=first, due_at__lt=last.replace(day=1) if word == "currentMonth" else last)
