"""The values actions take: which there are, how they are kept, and the row behind them when the rule runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from madoguchi.errors import Refused
from madoguchi.kit.characters import one_line, storable
from madoguchi.models import Agent, CannedResponse, Department, Permission, Status, Team
from madoguchi.models.ticket import Priority
from madoguchi.organisation.current import statuses
from madoguchi.organisation.responses import PLACEHOLDERS, placeholders
from madoguchi.tickets import tagging
from madoguchi.tickets.assigning import refuse_other
from madoguchi.tickets.fields import clean_text

NOBODY = 0
LONGEST_TEXT = 32_000
MOST_HOURS = 24 * 366
NOBODYS = {"agent.name", "agent.lastName"}
Row = TypeVar("Row", bound=Model)
Clean = Callable[[Any, Department], Any]


@dataclass(frozen=True, slots=True)
class Slot:
    """`kind` says what a page shows for it; `clean` makes what is kept of what was typed, for a ticket in a department."""

    name: str
    kind: str
    clean: Clean


def _id(raw: Any) -> int:
    if isinstance(raw, str) and raw.strip().isdecimal() and len(raw) < 19:
        raw = int(raw)
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise Refused("EMPTY", _("Choose one."))
    return raw


def one(rows: QuerySet[Row], raw: Any) -> Row:
    """The row of this id. Refused: GONE."""
    row = rows.filter(pk=_id(raw)).first()
    if row is None:
        raise Refused("GONE", _("This choice does not exist (any more)."))
    return row


# Rows


def status(raw: Any, _department: Department) -> int:
    return the_status(raw).pk


def the_status(raw: Any) -> Status:
    wanted = _id(raw)
    found = next((row for row in statuses() if row.pk == wanted and row.is_active), None)
    if found is None:
        raise Refused("GONE", _("This status is no longer in use."))
    return found


def agent(raw: Any, department: Department) -> int:
    """Someone who can take tickets there."""
    row = one(Agent.objects.select_related("role"), raw)
    refuse_other(row, department)
    return row.pk


def agent_or_nobody(raw: Any, department: Department) -> int:
    return NOBODY if _id(raw) == NOBODY else agent(raw, department)


def team_or_nobody(raw: Any, department: Department) -> int:
    return NOBODY if _id(raw) == NOBODY else one(Team.objects.filter(department=department), raw).pk


def other_department(raw: Any, department: Department) -> int:
    return one(Department.objects.filter(is_enabled=True).exclude(pk=department.pk), raw).pk


def responses_of(department_id: int) -> QuerySet[CannedResponse]:
    """Those a rule may send: shared ones, of the department or of all."""
    return CannedResponse.objects.filter(Q(department=None) | Q(department=department_id), owner=None)


def response(raw: Any, department: Department) -> int:
    row = one(responses_of(department.pk), raw)
    refuse_agents(row.text)
    return row.pk


# Words and figures


def priority(raw: Any, _department: Department) -> str:
    if raw not in ("", *Priority.values):
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."))
    return str(raw)


def level(raw: Any, _department: Department) -> int:
    if _id(raw) not in Permission.values:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."))
    return _id(raw)


def category(raw: Any, _department: Department) -> str:
    return clean_text("category", raw)


def hours(raw: Any, _department: Department) -> int:
    found = _id(raw)
    if not 1 <= found <= MOST_HOURS:
        raise Refused("NOT_A_NUMBER", _("Between 1 and %(n)s hours.") % {"n": MOST_HOURS})
    return found


def tags(raw: Any, _department: Department) -> list[str]:
    words = raw.replace("、", ",").split(",") if isinstance(raw, str) else raw
    if not isinstance(words, list):
        raise Refused("EMPTY", _("Enter at least one tag."))
    names = [one_line(str(word)) for word in words]
    if not any(names):
        raise Refused("EMPTY", _("Enter at least one tag."))
    return tagging.checked(name for name in names if name)


def text(raw: Any, _department: Department) -> str:
    found = storable(str(raw or "").replace("\r\n", "\n")).replace("\x00", "").strip()
    if not found:
        raise Refused("EMPTY", _("Write something first."))
    if len(found) > LONGEST_TEXT:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": LONGEST_TEXT})
    unknown = [name for name in placeholders(found) if name not in PLACEHOLDERS]
    if unknown:
        raise Refused("PLACEHOLDER", _("There is no placeholder “%(name)s”.") % {"name": unknown[0][:60]})
    refuse_agents(found)
    return found


def refuse_agents(words: str) -> None:
    if NOBODYS.intersection(placeholders(words)):
        raise Refused("PLACEHOLDER", _("No agent writes this: take the placeholder for the agent out."))


SLOTS: Mapping[str, Slot] = {
    slot.name: slot
    for slot in (
        Slot("status", "select", status),
        Slot("agent", "select", agent),
        Slot("assignee", "select", agent_or_nobody),
        Slot("team", "select", team_or_nobody),
        Slot("department", "select", other_department),
        Slot("response", "select", response),
        Slot("priority", "select", priority),
        Slot("level", "select", level),
        Slot("category", "text", category),
        Slot("hours", "number", hours),
        Slot("tags", "text", tags),
        Slot("text", "prose", text),
    )
}
