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
    "shared": "shared",
}
OF_SHARED = {name: field for name, field in QUICK.items() if name not in ("assignee", "shared")} | {
    "from": "department"
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


def read(asked: QueryDict, *, is_shared: bool = False) -> Filters:
    """Values nobody offered are passed over, as a view that does not exist is."""
    values: dict[str, str] = {}
    found: list[Condition] = []
    for name, field in (OF_SHARED if is_shared else QUICK).items():
        text = ",".join(asked.getlist(name))[:LONGEST].strip(", ")
        if text and (condition := _condition(field, text)):
            values[name] = text
            found.append(condition)
    return Filters(values, grammar.all_of(*found))


def _condition(field: str, text: str) -> Condition | None:
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


def choices(
    beside: Beside, statuses: Mapping[int, Status], agent_id: int, shared_with: int | None = None
) -> list[tuple[str, Any, list[Any]]]:
    """(parameter, label, its choices) of the panel; without choices it is typed. `shared_with`: the department whose
    shared tickets are narrowed; their assignees are others than its agents."""
    others = [(str(pk), name) for pk, name in beside.agents if pk != agent_id]
    owners = [(str(pk), name) for pk, name in beside.departments if pk != shared_with]
    known = OF_SHARED if shared_with else QUICK
    offered: list[tuple[str, Any, list[Any]]] = [
        ("status", _("Status"), [(str(s.pk), s.label) for s in statuses.values() if s.is_active]),
        ("from", _("Owning department"), owners),
        ("assignee", _("Assignee"), [(grammar.ME, _("Me")), (NOBODY, _("Unassigned")), *others]),
        ("priority", _("Priority"), list(Priority.choices)),
        ("channel", _("Channel"), list(Channel.choices)),
        ("tag", _("Tag"), []),
        ("created", pgettext("time", "Created"), created()),
        ("shared", _("Shared with others"), list(criteria.TRUE_FALSE)),
    ]
    return [each for each in offered if each[0] in known]


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
