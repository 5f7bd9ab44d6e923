"""The grammar of criteria (SPEC D6): a tree of groups of conditions, read from JSON against a whitelist of fields.

    {"match": "any", "groups": [{"match": "all", "conditions": [{"field": …, "operator": …, "value": …}]}]}

It knows kinds of values, not tickets: `lists.criteria` says which fields there are and what they mean in the database.
"""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

MOST_GROUPS, MOST_CONDITIONS, MOST_VALUES, LONGEST, MOST_DAYS = 10, 20, 50, 255, 3660
LARGEST_ID, LARGEST_NUMBER = 2**63 - 1, 1e15
ME = "me"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Match = Literal["all", "any"]
Value = str | int | float | bool | date | datetime | tuple[str | int | float, ...] | None


class Kind(StrEnum):
    """What a field holds. ROW: the id of another row; PERSON: of an agent, or `me`."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    DATE = "date"
    CHOICE = "choice"
    ROW = "row"
    PERSON = "person"
    TAGS = "tags"
    YES_NO = "yes_no"


_EMPTY = ("is_empty", "is_not_empty")
_AMONG = ("is", "is_not", "is_one_of", "is_none_of", *_EMPTY)
_WHEN = ("before", "after", "on", "today", "last_days", "next_days", "more_than_days_ago", *_EMPTY)
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("contains", "does_not_contain", "is", "is_not", "starts_with", "is_one_of", *_EMPTY),
    Kind.NUMBER: ("is", "is_not", "less", "more", *_EMPTY),
    Kind.TIME: _WHEN,
    Kind.DATE: _WHEN,
    Kind.CHOICE: _AMONG,
    Kind.ROW: _AMONG,
    Kind.PERSON: _AMONG,
    Kind.TAGS: _AMONG,
    Kind.YES_NO: ("is",),
}
WITHOUT_VALUE = frozenset([*_EMPTY, "today"])
IN_DAYS = frozenset(["last_days", "next_days", "more_than_days_ago"])
OF_MANY = frozenset(["is_one_of", "is_none_of"])


@dataclass(frozen=True, slots=True)
class Field:
    """`choices` None: any value of the kind."""

    name: str
    kind: Kind
    choices: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    field: str
    operator: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Group:
    match: Match
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    match: Match = "all"
    groups: tuple[Group, ...] = ()

    @property
    def conditions(self) -> list[Condition]:
        return [condition for group in self.groups for condition in group.conditions]


class Unfit(ValueError):
    """`path` is the JSON pointer of the bad part, `code` what is wrong with it, `about` the word or limit it is about."""

    def __init__(self, path: str, code: str, about: object = "") -> None:
        super().__init__(f"{path}: {code} {about}".strip())
        self.path, self.code, self.about = path, code, about


def parse(raw: object, fields: Mapping[str, Field]) -> Tree:
    """The tree of parsed JSON. Raises Unfit: SHAPE, MATCH, TOO_MANY, FIELD, OPERATOR, VALUE, CHOICE, TOO_LONG, EMPTY."""
    tree = _mapping(raw, "", {"match", "groups"})
    groups = _list(tree.get("groups", []), "/groups", MOST_GROUPS)
    found = tuple(_group(group, f"/groups/{n}", fields) for n, group in enumerate(groups))
    if sum(len(group.conditions) for group in found) > MOST_CONDITIONS:
        raise Unfit("/groups", "TOO_MANY", MOST_CONDITIONS)
    return Tree(_match(tree, ""), found)


def _group(raw: object, path: str, fields: Mapping[str, Field]) -> Group:
    group = _mapping(raw, path, {"match", "conditions"})
    conditions = _list(group.get("conditions"), f"{path}/conditions", MOST_CONDITIONS)
    if not conditions:
        raise Unfit(f"{path}/conditions", "EMPTY")
    found = (_condition(each, f"{path}/conditions/{n}", fields) for n, each in enumerate(conditions))
    return Group(_match(group, path), tuple(found))


def _condition(raw: object, path: str, fields: Mapping[str, Field]) -> Condition:
    condition = _mapping(raw, path, {"field", "operator", "value"})
    name, operator = condition.get("field"), condition.get("operator")
    field = fields.get(name) if isinstance(name, str) else None
    if field is None:
        raise Unfit(f"{path}/field", "FIELD", str(name)[:60])
    if not isinstance(operator, str) or operator not in OPERATORS[field.kind]:
        raise Unfit(f"{path}/operator", "OPERATOR", str(operator)[:60])
    return Condition(field.name, operator, _value(condition.get("value"), field, operator, f"{path}/value"))


def _value(raw: object, field: Field, operator: str, path: str) -> Value:
    if operator in WITHOUT_VALUE:
        return None
    if operator in IN_DAYS:
        return _whole(raw, path, 1, MOST_DAYS)
    if operator in OF_MANY:
        values = _list(raw, path, MOST_VALUES)
        if not values:
            raise Unfit(path, "EMPTY")
        return tuple(dict.fromkeys(_among(each, field, f"{path}/{n}") for n, each in enumerate(values)))
    if field.kind == Kind.YES_NO:
        return _yes_or_no(raw, path)
    if field.kind == Kind.NUMBER:
        return _number(raw, path)
    if field.kind in (Kind.TIME, Kind.DATE):
        return _time(raw, path, day_only=field.kind == Kind.DATE or operator == "on")
    return _among(raw, field, path)


def _among(raw: object, field: Field, path: str) -> str | int:
    """One text, choice, id or tag."""
    if field.kind in (Kind.ROW, Kind.PERSON):
        if field.kind == Kind.PERSON and raw == ME:
            return ME
        return _whole(raw, path, 1, LARGEST_ID)
    if not isinstance(raw, str) or _UNSTORABLE.search(raw):
        raise Unfit(path, "VALUE")
    text = raw.strip()
    if not text:
        raise Unfit(path, "EMPTY")
    if len(text) > LONGEST:
        raise Unfit(path, "TOO_LONG", LONGEST)
    if field.choices is not None and text not in field.choices:
        raise Unfit(path, "CHOICE", text[:60])
    return text


def _whole(raw: object, path: str, least: int, most: int) -> int:
    if isinstance(raw, str) and re.fullmatch(r"\s*[0-9]{1,19}\s*", raw, re.ASCII):
        raw = int(raw)
    if not isinstance(raw, int) or isinstance(raw, bool) or not least <= raw <= most:
        raise Unfit(path, "EMPTY" if raw in (None, "") else "VALUE")
    return raw


def _number(raw: object, path: str) -> int | float:
    if isinstance(raw, str) and len(raw) <= 40:
        try:
            typed = float(raw)
        except ValueError:
            raise Unfit(path, "VALUE" if raw.strip() else "EMPTY") from None
        raw = int(typed) if typed.is_integer() else typed
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise Unfit(path, "VALUE")
    if abs(raw) > LARGEST_NUMBER:
        raise Unfit(path, "VALUE")
    return raw


def _yes_or_no(raw: object, path: str) -> bool:
    known: dict[object, bool] = {"true": True, "false": False}
    found = raw if isinstance(raw, bool) else known.get(raw) if isinstance(raw, str) else None
    if found is None:
        raise Unfit(path, "VALUE")
    return found


def _time(raw: object, path: str, *, day_only: bool) -> date | datetime:
    """An ISO date, or an ISO time with its zone."""
    if not isinstance(raw, str) or not 8 <= len(raw.strip()) <= 40:
        raise Unfit(path, "VALUE" if raw else "EMPTY")
    text = raw.strip()
    try:
        found = date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except ValueError:
        raise Unfit(path, "VALUE") from None
    if not 1900 <= found.year <= 9000 or (isinstance(found, datetime) and (day_only or found.tzinfo is None)):
        raise Unfit(path, "VALUE")
    return found


def _mapping(raw: object, path: str, known: Collection[str]) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise Unfit(path, "SHAPE")
    for key in raw:
        if key not in known:
            raise Unfit(path, "SHAPE", str(key)[:60])
    return raw


def _list(raw: object, path: str, most: int) -> list[object]:
    if not isinstance(raw, list | tuple):
        raise Unfit(path, "SHAPE")
    if len(raw) > most:
        raise Unfit(path, "TOO_MANY", most)
    return list(raw)


def _match(raw: Mapping[str, Any], path: str) -> Match:
    match raw.get("match", "all"):
        case "all":
            return "all"
        case "any":
            return "any"
    raise Unfit(f"{path}/match", "MATCH")


def plain(tree: Tree) -> dict[str, Any]:
    """The tree as JSON, the way `parse` reads it."""
    return {
        "match": tree.match,
        "groups": [
            {"match": group.match, "conditions": [_plain(condition) for condition in group.conditions]}
            for group in tree.groups
        ],
    }


def _plain(condition: Condition) -> dict[str, Any]:
    told: dict[str, Any] = {"field": condition.field, "operator": condition.operator}
    value = condition.value
    if value is not None:
        told["value"] = (
            value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
        )
    return told


def all_of(*conditions: Condition) -> Tree:
    """Every one of these; none at all: everything."""
    return Tree("all", (Group("all", conditions),) if conditions else ())


def both(first: Tree, second: Tree) -> Tree | None:
    """What meets both, None where the grammar cannot say it within its limits."""
    if not first.groups or not second.groups:
        return first if first.groups else second
    if first.match == second.match == "all":
        joined = Tree("all", first.groups + second.groups)
        return joined if len(joined.groups) <= MOST_GROUPS and len(joined.conditions) <= MOST_CONDITIONS else None
    return None
