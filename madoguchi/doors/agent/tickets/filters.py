"""What a list is narrowed by, in its address: `status=3&assignee=me&tag=VIP`; the same criteria as views are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from madoguchi.errors import Refused
from madoguchi.kit import criteria as grammar
from madoguchi.kit.criteria import Condition, Kind, Tree
from madoguchi.lists import criteria
from madoguchi.lists.beside import Beside
from madoguchi.models import Status
from madoguchi.models.ticket import Channel, Priority

# parameter → field
QUICK = {
    "status": "status",
    "assignee": "assignee",
    "priority": "priority",
    "channel": "channel",
    "tag": "tags",
    "created": "created_at",
}
NOBODY, LONGEST = "none", 500


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force: what it says, and the parameter that is dropped to take it off."""

    name: str
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Filters:
    """`values` as they stand in the address, those only that mean something."""

    values: dict[str, str]
    tree: Tree

    def __bool__(self) -> bool:
        return bool(self.values)


def read(asked: QueryDict) -> Filters:
    """Values nobody offered are passed over, as a view that does not exist is."""
    values: dict[str, str] = {}
    found: list[Condition] = []
    for name in QUICK:
        text = ",".join(asked.getlist(name))[:LONGEST].strip(", ")
        if text and (condition := _condition(name, text)):
            values[name] = text
            found.append(condition)
    return Filters(values, grammar.all_of(*found))


def _condition(name: str, text: str) -> Condition | None:
    field = QUICK[name]
    words = [word.strip() for word in text.replace("、", ",").split(",") if word.strip()]
    raw: dict[str, Any] = {"field": field, "operator": "is_one_of", "value": words}
    if criteria.FIELDS[field].kind == Kind.TIME:
        raw |= {"operator": "today", "value": None} if text == "today" else {"operator": "last_days", "value": text}
    elif NOBODY in words:
        raw |= {"operator": "is_empty", "value": None}
    elif len(words) == 1:
        raw |= {"operator": "is", "value": words[0]}
    try:
        return criteria.parse({"groups": [{"conditions": [raw]}]}, criteria.FIELDS).conditions[0]
    except Refused:
        return None


def choices(beside: Beside, statuses: Mapping[int, Status], agent_id: int) -> list[tuple[str, Any, list[Any]]]:
    """(parameter, label, its choices) of the panel; without choices it is typed."""
    others = [(str(pk), name) for pk, name in beside.agents if pk != agent_id]
    return [
        ("status", _("Status"), [(str(s.pk), s.label) for s in statuses.values() if s.is_active]),
        ("assignee", _("Assignee"), [(grammar.ME, _("Me")), (NOBODY, _("Unassigned")), *others]),
        ("priority", _("Priority"), list(Priority.choices)),
        ("channel", _("Channel"), list(Channel.choices)),
        ("tag", _("Tag"), []),
        ("created", pgettext("time", "Created"), created()),
    ]


def created() -> list[tuple[str, str]]:
    return [
        ("today", _("Today")),
        ("7", _("Last 7 days")),
        ("30", _("Last 30 days")),
        ("90", _("Last 90 days")),
    ]


def chips(filters: Filters, offered: list[tuple[str, Any, list[Any]]]) -> list[Chip]:
    """The filters in force, in words."""
    found = []
    for name, label, known in offered:
        if text := filters.values.get(name):
            names = {str(value): str(words) for value, words in known}
            words = [names.get(word.strip(), word.strip()) for word in text.replace("、", ",").split(",")]
            found.append(Chip(name, str(label), ", ".join(words)))
    return found
