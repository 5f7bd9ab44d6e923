"""The standard views (SPEC D6), and how many tickets each holds, counted to 1,000 in one statement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madoguchi.models import Agent, Department, Entry, Ticket
from madoguchi.models.organisation import State

CAP = 1000


@dataclass(frozen=True, slots=True)
class View:
    """`where` narrows the live tickets of a department to what one agent sees there."""

    key: str
    name: Any
    icon: str
    where: Callable[[Agent], Q]
    empty: Any
    is_counted: bool = True
    is_live: bool = True


VIEWS: Mapping[str, View] = {
    view.key: view
    for view in (
        View("open", _("Open tickets"), "ticket", lambda a: Q(state=State.OPEN), _("No open tickets")),
        View("mine", _("My open tickets"), "user", lambda a: Q(state=State.OPEN, assignee=a), _("Nothing is assigned to you")),
        View("unassigned", _("Unassigned"), "flag", lambda a: Q(state=State.OPEN, assignee=None), _("Every ticket has an assignee")),
        View("overdue", _("Overdue"), "clock", lambda a: overdue(), _("Nothing is overdue")),
        View("on_hold", _("On hold"), "note", lambda a: Q(state=State.ON_HOLD), _("Nothing is on hold")),
        View("closed", _("Closed tickets"), "done", lambda a: Q(state=State.CLOSED), _("No closed tickets"), is_counted=False),
        View("all", _("All tickets"), "list", lambda a: Q(), _("No tickets yet"), is_counted=False),
        View("answered", _("Answered by me today"), "reply", lambda a: answered_today(a), _("You have not replied to a ticket today"), is_counted=False),
        View("spam", _("Spam"), "spam", lambda a: Q(), _("No spam"), is_live=False),
    )
}  # fmt: skip


def overdue() -> Q:
    """Past due and not closed."""
    return Q(due_at__lt=timezone.now()) & ~Q(state=State.CLOSED)


def of(view: View, department: Department, agent: Agent) -> QuerySet[Ticket]:
    """The tickets a view holds, of a department the agent works in. Order is the caller's."""
    rows = Ticket.objects.filter(department=department, trashed_at=None, is_spam=not view.is_live)
    return rows.filter(view.where(agent))


def answered_today(agent: Agent) -> Q:
    """Replied to since the reader's midnight. What was replied to was modified: so one index is walked."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    replies = Entry.objects.filter(
        ticket=OuterRef("pk"), agent=agent, direction=Entry.Direction.OUT, is_forward=False, created_at__gte=midnight
    )
    return Q(Exists(replies), modified_at__gte=midnight)


def counts(rows: Mapping[str, QuerySet[Any]], cap: int = CAP) -> dict[str, int]:
    """How many rows each query has, at most `cap` + 1, in one statement."""
    parts: list[str] = []
    values: list[Any] = []
    for key, query in rows.items():
        sql, params = query.order_by().values("pk")[: cap + 1].query.sql_with_params()
        parts.append(f"SELECT %s AS key, (SELECT count(*) FROM ({sql}) AS counted) AS n")
        values += [key, *params]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return dict(cursor.fetchall())


def counts_of(department: Department, agent: Agent, also: Sequence[View] = ()) -> dict[str, int]:
    """The counts beside the views; views that are not counted only where asked for in `also`."""
    return counts({v.key: of(v, department, agent) for v in VIEWS.values() if v.is_counted or v in also})
