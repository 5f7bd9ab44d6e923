"""The work modes (SPEC C1, C3, C8): the columns of each, in order, and what a card dropped into one sets."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from madoguchi.actor import Actor
from madoguchi.errors import Hidden
from madoguchi.models import Agent, CrmClass, Department
from madoguchi.models.organisation import State
from madoguchi.models.people import full_name
from madoguchi.models.ticket import Priority
from madoguchi.organisation.crm import KEYS
from madoguchi.organisation.current import statuses
from madoguchi.prepared import fetch
from madoguchi.record import now

NONE = "none"
FIXED = gettext_lazy(
    "The CRM decides which column a ticket stands in, so cards cannot be dragged here. They move by themselves when a deal is won, lost or opened."
)

# Agents who work in the department, and whoever has its tickets besides; light agents take none.
AGENTS = """
SELECT a.id, a.last_name, a.first_name, a.is_active AND r.base <> 'light' AND (r.base = 'administrator' OR m.id IS NOT NULL)
FROM madoguchi_agent a JOIN madoguchi_role r ON r.id = a.role_id
LEFT JOIN madoguchi_membership m ON m.agent_id = a.id AND m.department_id = %s::bigint
WHERE m.id IS NOT NULL AND a.is_active AND r.base <> 'light' OR a.id = ANY(%s::bigint[]) ORDER BY a.id
"""


@dataclass(frozen=True, slots=True)
class Mode:
    """`verb` is what `access` asks for a drop; '' where cards stay where they are, and `fixed` says why."""

    key: str
    label: Any
    icon: str
    hides_empty: bool = False
    verb: str = ""
    fixed: Any = ""


MODES: Mapping[str, Mode] = {
    mode.key: mode
    for mode in (
        Mode("crm", gettext_lazy("Customer classification mode"), "handshake", hides_empty=True, fixed=FIXED),
        Mode("status", gettext_lazy("By status"), "refresh", verb="set_status"),
        Mode("priority", gettext_lazy("By priority"), "flag", verb="edit"),
        Mode("due", gettext_lazy("By due date"), "calendar", verb="edit"),
        Mode("assignee", gettext_lazy("By assignee"), "people", verb="assign"),
    )
}
OVERDUE, TODAY, LATER = "overdue", "today", "later"
PRIORITIES = (Priority.URGENT, Priority.HIGH, Priority.MEDIUM, Priority.LOW)


@dataclass(frozen=True, slots=True)
class Column:
    """`where` narrows the tickets `t` of the board to it, with `values`; `counted` is its value in the counts.

    `colour` is a class of the style sheet. `is_kept`: shown although it is empty, if its mode shows empty columns.
    """

    key: str
    label: str
    where: str
    values: tuple[Any, ...]
    counted: Any
    hint: str = ""
    colour: str = ""
    may_drop: bool = True
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class Days:
    """The moment a board is read, and the reader's next midnight."""

    now: datetime
    tomorrow: datetime

    @classmethod
    def today(cls) -> "Days":
        moment = now()
        local = timezone.localtime(moment)
        return cls(moment, timezone.make_aware(datetime.combine(local.date() + timedelta(days=1), datetime.min.time())))


def find(key: str) -> Mode:
    """The mode of that key; Hidden where there is none."""
    if key not in MODES:
        raise Hidden
    return MODES[key]


def last(agent: Agent) -> Mode:
    """The one the agent used last; the customer classification mode at first."""
    return MODES.get(agent.work_mode, MODES["crm"])


def remember(mode: Mode, *, by: Actor) -> None:
    """The agent uses this one now."""
    if by.agent is not None and last(by.agent) != mode:
        by.agent.work_mode = mode.key
        by.agent.save(update_fields=["work_mode"])


def columns(mode: Mode, department: Department, *, by: Actor, also: Collection[int] = ()) -> list[Column]:
    """All columns there are, in order. By assignee: nobody's, then the agents of the department; `also` who else has tickets."""
    if mode.key == "assignee":
        mine = by.agent.pk if by.agent else 0
        return [_unassigned(), *_agents(department, mine, also)]
    return FIXED_COLUMNS[mode.key](Days.today())


def _crm(_days: Days) -> list[Column]:
    hints = [_("Has a deal that was won"), _("Has an open deal"), _("No open deal, none won"), _("Not in the CRM")]
    colours = ["customer", "deal", "known", "new"]
    return [
        Column(KEYS[each], str(each.label), "t.crm_class = %s::smallint", (each.value,), each.value, hint, colour, may_drop=False)
        for each, hint, colour in zip(CrmClass, hints, colours, strict=True)
    ]  # fmt: skip


def _status(_days: Days) -> list[Column]:
    """Those in use; one that is no longer as long as it has tickets."""
    return [
        Column(
            str(each.pk), each.label, "t.status_id = %s::bigint", (each.pk,), each.pk,
            "" if each.is_active else _("No longer in use"), "hold" if each.state == State.ON_HOLD else "open",
            may_drop=each.is_active, is_kept=each.is_active,
        )
        for each in statuses() if each.state != State.CLOSED
    ]  # fmt: skip


def _priority(_days: Days) -> list[Column]:
    named = [(str(each.value), str(each.label), str(each.value).lower()) for each in PRIORITIES]
    return [
        Column(value or NONE, label, "t.priority = %s::text", (value,), value, colour=colour)
        for value, label, colour in [*named, ("", pgettext("priority", "None"), "none")]
    ]


def _due(days: Days) -> list[Column]:
    after = "t.due_at >= %s::timestamptz"
    return [
        Column(OVERDUE, _("Overdue"), "t.due_at < %s::timestamptz", (days.now,), 0, _("Past its due date"), "late", may_drop=False),
        Column(TODAY, _("Today"), f"{after} AND t.due_at < %s::timestamptz", (days.now, days.tomorrow), 1, _("Due before midnight"), "soon"),
        Column(LATER, pgettext("due", "Later"), after, (days.tomorrow,), 2, _("Due tomorrow or later"), "calm"),
        Column(NONE, _("No due date"), "t.due_at IS NULL", (), 3, colour="none"),
    ]  # fmt: skip


FIXED_COLUMNS = {"crm": _crm, "status": _status, "priority": _priority, "due": _due}


def _unassigned() -> Column:
    return Column(NONE, _("Unassigned"), "t.assignee_id IS NULL", (), None, colour="none")


def _agents(department: Department, mine: int, also: Collection[int]) -> list[Column]:
    return [
        Column(
            str(pk), full_name(last, first), "t.assignee_id = %s::bigint", (pk,), pk, _("You") if pk == mine else "",
            "me" if pk == mine else "agent", may_drop=takes, is_kept=False,
        )
        for pk, last, first, takes in fetch(AGENTS, [department.pk, sorted(also)])
    ]  # fmt: skip
