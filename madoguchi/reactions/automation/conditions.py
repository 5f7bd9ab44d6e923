"""The criteria of a rule: those of views, without `me`, and which fields the event changed."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from madoguchi.errors import Refused
from madoguchi.kit.criteria import ME, Condition, Kind, Tree
from madoguchi.lists import criteria, selecting
from madoguchi.lists.beside import GONE
from madoguchi.lists.criteria import CUSTOM, Field, Fields
from madoguchi.lists.meanings import Reader, several, tags_meant
from madoguchi.lists.selecting import EVERYTHING, TABLE, Selection
from madoguchi.lists.views import UNKEPT
from madoguchi.models import CustomField, Event, Rule, Satisfaction
from madoguchi.organisation.current import custom_fields, the_organisation

NOBODYS = {"followed"}  # what only makes sense for a reader
CHANGED, RATED = "changed", "rated"
ASK = (
    f"SELECT {{asked}} FROM {TABLE} WHERE {TABLE}.id = %s AND {TABLE}.department_id = %s"
    f" AND {TABLE}.trashed_at IS NULL AND NOT {TABLE}.is_spam AND {TABLE}.merged_into_id IS NULL"
)
CHANGEABLE = {
    "status": gettext_lazy("Status"),
    "priority": gettext_lazy("Priority"),
    "assignee": gettext_lazy("Assignee"),
    "team": gettext_lazy("Team"),
    "due_at": gettext_lazy("Due date"),
    "category": gettext_lazy("Category"),
    "sub_category": gettext_lazy("Subcategory"),
    "classification": gettext_lazy("Classification"),
    "product": gettext_lazy("Product"),
    "subject": gettext_lazy("Subject"),
    "contact": gettext_lazy("Contact"),
    "account": gettext_lazy("Account"),
    "department": gettext_lazy("Department"),
    "resolution": gettext_lazy("Resolution"),
    "tags": gettext_lazy("Tags"),
}


def fields_of(department_id: int, event: Event | None = None) -> dict[str, Field]:
    """What the rules of a department can ask about. Without an event (the try-out) every field counts as changed."""
    customs = [field for field in custom_fields(department_id) if field.is_active]
    fields = {name: field for name, field in criteria.fields_with(customs).items() if name not in NOBODYS}
    return {**fields, CHANGED: _changed_field(customs, event), RATED: _rated_field(event)}


def _changed_field(customs: Iterable[CustomField], event: Event | None) -> Field:
    choices = (*CHANGEABLE.items(), *((f"{CUSTOM}{field.api_name}", field.label) for field in customs))
    return Field(CHANGED, pgettext_lazy("criterion", "Changed field"), Kind.CHOICE, partial(_changed, event), choices)


def _rated_field(event: Event | None) -> Field:
    """What the customer said of the answer, where that is what happened."""
    choices = tuple(Satisfaction.choices)
    return Field(RATED, pgettext_lazy("criterion", "Rating given"), Kind.CHOICE, partial(_rated, event), choices)


def _rated(event: Event | None, asked: Condition, reader: Reader) -> Q:
    return Q() if event is None else _met(rated_by(event), asked)


def _changed(event: Event | None, asked: Condition, reader: Reader) -> Q:
    return Q() if event is None else _met(changed_by(event), asked)


def _met(there: set[str], asked: Condition) -> Q:
    met = {
        "is_empty": not there,
        "is_not_empty": bool(there),
    }.get(asked.operator)
    if met is None:
        met = bool(there.intersection(several(asked.value))) == (asked.operator in ("is", "is_one_of"))
    return Q() if met else Q(pk__in=[])


def rated_by(event: Event) -> set[str]:
    """What the customer said of an answer by this event, if anything."""
    return {event.after["rating"]} if event.verb == "ticket.rated" else set()


def changed_by(event: Event) -> set[str]:
    """The names of the fields an event changed; custom ones as `cf/…`."""
    names = {name for name in event.after.keys() | event.before.keys() if name in CHANGEABLE}
    old, new = event.before.get("custom") or {}, event.after.get("custom") or {}
    return names | {f"{CUSTOM}{name}" for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def parse(raw: Any, fields: Fields) -> Tree:
    """The tree of what was typed. Refused as by `criteria.parse`, and CRITERIA_ME: nobody reads when a rule runs."""
    tree = criteria.parse(raw, fields)
    for n, group in enumerate(tree.groups):
        for m, condition in enumerate(group.conditions):
            if ME in several(condition.value) and fields[condition.field].kind == Kind.PERSON:
                text = _("A rule runs for nobody: choose an agent.")
                raise Refused("CRITERIA_ME", text, f"criteria/groups/{n}/conditions/{m}/value")
    return tree


def tree_of(rule: Rule, fields: Fields) -> Tree:
    """The tree that is kept. What asks about something that is gone is met by no ticket."""
    try:
        return parse(rule.criteria, fields)
    except Refused:
        return GONE


def met(rules: Sequence[Rule], event: Event) -> list[Rule]:
    """Those of a department's rules that the event's ticket, as it is now, is one for: live, still of the department.

    One statement for all of them, one more where tags are asked for.
    """
    fields = fields_of(event.department_id or 0, event)
    trees = [tree_of(rule, fields) for rule in rules]
    tags = tags_meant([condition for tree in trees for condition in tree.conditions])
    nobody = reader()
    chosen = [_selection(tree, fields, event, nobody, tags) for tree in trees]
    if not chosen:
        return []
    asked = ", ".join(f"({each.where}) IS TRUE" for each in chosen)
    values = [value for each in chosen for value in each.values]
    rows = EVERYTHING.fetch(ASK.format(asked=asked), [*values, event.ticket_id, event.department_id])
    return [rule for row in rows for rule, is_met in zip(rules, row, strict=True) if is_met]


def _selection(tree: Tree, fields: Fields, event: Event, nobody: Reader, tags: tuple[int, ...]) -> Selection:
    """Compiled once for each tree, set of changed fields and rating; not where names are looked up meanwhile."""

    def q() -> Q:
        return criteria.compiled(tree, fields, nobody)

    names = {condition.field for condition in tree.conditions}
    if names & UNKEPT:
        return selecting.selection(q())
    customs = tuple((name, field.kind) for name, field in fields.items() if "/" in name)
    changed = frozenset(changed_by(event)) if CHANGED in names else None
    rated = frozenset(rated_by(event)) if RATED in names else None
    return selecting.kept(("rule", tree, customs, changed, rated, nobody, tags), q)


def reader() -> Reader:
    """Nobody, in the organisation's time zone."""
    return Reader(zone=the_organisation().time_zone)
