"""Home: what waits for the agent in the current department."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi import tickets
from madoguchi.board import modes
from madoguchi.doors.agent import history, when
from madoguchi.doors.agent.answer import Desked, page
from madoguchi.lists import waiting
from madoguchi.models import Agent, Department, Event
from madoguchi.organisation.current import statuses
from madoguchi.prepared import Marks, Prepared

TEAM, RECENT, DRAFTS = 8, 6, 5


@require_safe
def show(request: Desked) -> HttpResponse:
    department, agent = request.department, request.agent
    if department is None:
        return page(request, "agent/no_department.html")
    lists: dict[str, Any] = {**waiting.lists(department, agent)}
    return page(
        request,
        "agent/home.html",
        greeting=greeting(agent),
        figures=waiting.figures(department, agent),
        **lists,
        drafts=tickets.drafts_of(request.actor, DRAFTS),
        team=waiting.team(department, TEAM),
        team_cap=waiting.CAP,
        recent=recent(department),
        statuses={s.pk: s for s in statuses()},
        modes=modes.MODES.values(),
        last_mode=modes.last(agent).key,
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


def _recent(mark: Marks) -> QuerySet[Event]:
    department = mark.number("department")
    events = Event.objects.filter(
        department=department,
        ticket__department=department,
        ticket__trashed_at=None,
        ticket__is_spam=False,
        verb__in=history.NEWS,
    )
    return events.select_related("agent", "by_contact", "ticket").order_by("-pk")[:RECENT]


RECENT_EVENTS = Prepared(_recent)


def recent(department: Department) -> list[Any]:
    """The newest things that happened to tickets of the department that are still to be seen."""
    return RECENT_EVENTS(department=department.pk)
