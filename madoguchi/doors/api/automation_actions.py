"""The actions of a rule on the wire: ids as text, statuses and shares by their words, null for nobody."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from madoguchi.doors.api.errors import Unfit
from madoguchi.doors.api.present.words import TYPES
from madoguchi.organisation.current import statuses
from madoguchi.reactions.automation.acts import ACTS
from madoguchi.reactions.automation.slots import NOBODY

VERB = "action"
NAMES = {
    "status": "status",
    "agent": "agentId",
    "assignee": "assigneeId",
    "team": "teamId",
    "department": "departmentId",
    "response": "cannedResponseId",
    "priority": "priority",
    "level": "type",
    "category": "category",
    "hours": "hours",
    "tags": "tags",
    "text": "content",
}
IDS = {"agent", "assignee", "team", "department", "response"}
LEVELS = {word: int(level) for level, word in TYPES.items()}


def read(raw: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The actions as the verbs take them, each with the values it has and no others. Unfit by its pointer."""
    return [_read(action, f"/actions/{n}") for n, action in enumerate(raw)]


def _read(action: Mapping[str, Any], path: str) -> dict[str, Any]:
    act = ACTS.get(action[VERB]) if isinstance(action.get(VERB), str) else None
    if act is None:
        known = ", ".join(ACTS)
        raise Unfit(f"{path}/{VERB}", "invalid", _("Choose one of: %(choices)s") % {"choices": known})
    taken = {NAMES[name]: name for name in act.takes}
    for name in action:
        if name != VERB and name not in taken:
            raise Unfit(f"{path}/{name[:100]}", "invalid", _("There is no such field."))
    for name in taken:
        if name not in action:
            raise Unfit(f"{path}/{name}", "missing", _("This field is required."))
    return {"verb": act.name, **{ours: _value(ours, action[wire], f"{path}/{wire}") for wire, ours in taken.items()}}


def _value(name: str, value: Any, path: str) -> Any:
    if name in ("assignee", "team") and value is None:
        return NOBODY
    if name == "priority" and value is None:
        return ""
    if name == "status":
        return _status(value, path)
    if name == "level":
        if not isinstance(value, str) or value not in LEVELS:
            raise Unfit(path, "invalid", _("Choose one of: %(choices)s") % {"choices": ", ".join(LEVELS)})
        return LEVELS[value]
    if name in ("category", "text", "priority") and not isinstance(value, str):
        raise Unfit(path, "invalid", _("This value is not valid."))
    if name in IDS and (value in (0, "0") or isinstance(value, float)):
        raise Unfit(path, "invalid", _("This choice does not exist (any more)."))
    if name == "tags" and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        raise Unfit(path, "invalid", _("This value is not valid."))
    return value


def _status(value: Any, path: str) -> int:
    folded = value.strip().casefold() if isinstance(value, str) else None
    for row in statuses():
        if row.name.casefold() == folded:
            return row.pk
    choices = ", ".join(row.name for row in statuses() if row.is_active)
    raise Unfit(path, "invalid", _("Choose one of: %(choices)s") % {"choices": choices})


def shown(action: Mapping[str, Any]) -> dict[str, Any]:
    values = {NAMES[name]: _shown(name, value) for name, value in action.items() if name in NAMES}
    return {VERB: action["verb"], **values}


def _shown(name: str, value: Any) -> Any:
    if name == "status":
        return next((row.name for row in statuses() if row.pk == value), None)
    if name == "level":
        return next((word for word, level in LEVELS.items() if level == value), None)
    if (name in ("assignee", "team") and value == NOBODY) or (name == "priority" and value == ""):
        return None
    return str(value) if name in IDS else value


def named(field: str) -> str:
    """A field of a refusal, `actions/2/assignee`, as the wire calls it."""
    steps = field.split("/")
    if steps[0] == "actions" and len(steps) == 3:
        steps[2] = VERB if steps[2] == "verb" else NAMES.get(steps[2], steps[2])
    return "/".join(steps)
