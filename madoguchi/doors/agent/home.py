"""Home: what waits for the agent in the current department."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi.doors.agent import history, when
from madoguchi.doors.agent.answer import Desked, page
from madoguchi.lists import rows, views
from madoguchi.models import Agent, Department, Event
from madoguchi.models.people import full_name
from madoguchi.organisation.current import statuses

NEXT, WAITING, TEAM, RECENT = 8, 5, 8, 6


@require_safe
def show(request: Desked) -> HttpResponse:
    department, agent = request.department, request.agent
    if department is None:
        return page(request, "agent/no_department.html")
    open_ones = views.of(views.VIEWS["open"], department, agent)
    mine_or_free = open_ones.filter(Q(assignee=agent) | Q(assignee=None))
    held = views.of(views.VIEWS["on_hold"], department, agent)
    return page(
        request,
        "agent/home.html",
        greeting=greeting(agent),
        figures=figures(department, agent),
        next=listed(mine_or_free.exclude(due_at=None).order_by("due_at", "pk"), NEXT),
        waiting=listed(held.order_by("-modified_at", "-pk"), WAITING),
        team=team(open_ones),
        recent=recent(department),
        statuses={s.pk: s for s in statuses()},
    )


def greeting(agent: Agent) -> str:
    """By the reader's time of day, with the family name in Japanese and the given name in English."""
    hour = timezone.localtime().hour
    name = agent.last_name if when.locale() == "ja" else agent.first_name or agent.last_name
    if 4 <= hour < 11:
        return _("Good morning, %(name)s") % {"name": name}
    if 11 <= hour < 18:
        return _("Hello, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}


def figures(department: Department, agent: Agent) -> dict[str, int]:
    counted: dict[str, Any] = {
        key: views.of(views.VIEWS[key], department, agent)
        for key in ("mine", "overdue", "unassigned", "on_hold", "answered")
    }
    soon = timezone.now() + timedelta(days=1)
    counted["due_soon"] = views.of(views.VIEWS["open"], department, agent).filter(due_at__range=(timezone.now(), soon))
    return views.counts(counted)


def listed(tickets: Any, most: int) -> list[dict[str, Any]]:
    return rows.with_names(list(rows.for_list(tickets)[:most]))


def team(open_ones: Any) -> list[dict[str, Any]]:
    """Who has how many open tickets, most first."""
    groups = open_ones.exclude(assignee=None).values("assignee_id", "assignee__last_name", "assignee__first_name")
    found = list(groups.annotate(n=Count("pk")).order_by("-n", "assignee_id")[:TEAM])
    for row in found:
        row["name"] = full_name(row["assignee__last_name"], row["assignee__first_name"])
    return found


def recent(department: Department) -> list[Any]:
    """The newest things that happened to tickets of the department that are still to be seen."""
    events = Event.objects.filter(
        department=department,
        ticket__department=department,
        ticket__trashed_at=None,
        ticket__is_spam=False,
        verb__in=history.NEWS,
    )
    return list(events.select_related("agent", "by_contact", "ticket").order_by("-pk")[:RECENT])
