"""The fields criteria can ask about, and a tree of criteria as one Q on tickets (SPEC D6).

The same trees narrow lists, make custom views, filter the API, and tell automation which tickets a rule is for. A later
area adds its fields to FIELDS: a name, a label, a kind and a meaning.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.errors import Refused
from madoguchi.kit import criteria
from madoguchi.kit.criteria import Condition, Kind, Tree, Unfit
from madoguchi.lists import meanings
from madoguchi.lists.custom_values import KINDS, custom
from madoguchi.lists.meanings import Reader
from madoguchi.models import CrmClass, CustomField, Ticket
from madoguchi.models.organisation import State
from madoguchi.models.ticket import Channel, Priority
from madoguchi.organisation.crm import KEYS

CUSTOM = "cf/"
TRUE_FALSE = (("true", "true"), ("false", "false"))


@dataclass(frozen=True, slots=True)
class Field:
    """`rows` names what a ROW or PERSON is chosen from on a page; without it the field is for programs only."""

    name: str
    label: Any
    kind: Kind
    means: Callable[[Condition, Reader], Q]
    choices: tuple[tuple[str, Any], ...] | None = None
    rows: str = ""

    @property
    def asked(self) -> criteria.Field:
        known = None if self.choices is None else frozenset(value for value, _label in self.choices)
        return criteria.Field(self.name, self.kind, known)

    @property
    def is_for_people(self) -> bool:
        return bool(self.rows) or self.kind not in (Kind.ROW, Kind.PERSON)


Fields = Mapping[str, Field]


def of_column(name: str, label: Any, kind: Kind, means: Any, column: str = "", **more: Any) -> Field:
    return Field(name, label, kind, partial(means, column or name), **more)


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        of_column("state", _("State"), Kind.CHOICE, meanings.choice, choices=tuple(State.choices)),
        of_column("status", _("Status"), Kind.ROW, meanings.row, "status_id", rows="status"),
        of_column("priority", _("Priority"), Kind.CHOICE, meanings.choice, choices=tuple(Priority.choices)),
        of_column("assignee", _("Assignee"), Kind.PERSON, meanings.person, "assignee_id", rows="agent"),
        of_column("team", _("Team"), Kind.ROW, meanings.row, "team_id", rows="team"),
        Field("tags", _("Tags"), Kind.TAGS, meanings.tags),
        of_column("subject", _("Subject"), Kind.TEXT, meanings.text),
        Field("contact_name", _("Contact"), Kind.TEXT, meanings.contact_name),
        Field("account_name", _("Account"), Kind.TEXT, meanings.account_name),
        Field("crm_class", _("Customer class"), Kind.CHOICE, meanings.crm_class, tuple((KEYS[each], each.label) for each in CrmClass)),
        of_column("channel", _("Channel"), Kind.CHOICE, meanings.choice, choices=tuple(Channel.choices)),
        of_column("product", _("Product"), Kind.ROW, meanings.row, "product_id", rows="product"),
        of_column("category", _("Category"), Kind.TEXT, meanings.text),
        of_column("sub_category", _("Subcategory"), Kind.TEXT, meanings.text),
        of_column("classification", _("Classification"), Kind.TEXT, meanings.text),
        of_column("number", pgettext_lazy("ticket", "Number"), Kind.NUMBER, meanings.number),
        of_column("due_at", _("Due date"), Kind.TIME, meanings.moment),
        of_column("created_at", pgettext_lazy("time", "Created"), Kind.TIME, meanings.moment),
        of_column("modified_at", pgettext_lazy("time", "Updated"), Kind.TIME, meanings.moment),
        of_column("closed_at", pgettext_lazy("time", "Closed"), Kind.TIME, meanings.moment),
        of_column("response_due_at", _("Response due"), Kind.TIME, meanings.moment),
        of_column("customer_message_at", _("Last message of the customer"), Kind.TIME, meanings.moment, "last_customer_message_at"),
        of_column("message_at", _("Last message"), Kind.TIME, meanings.moment, "last_message_at"),
        Field("overdue", _("Overdue"), Kind.YES_NO, meanings.overdue),
        of_column("was_overdue", _("Has been overdue"), Kind.YES_NO, meanings.flag, "is_overdue"),
        of_column("waiting", _("Customer waits for an answer"), Kind.YES_NO, meanings.is_set, "waiting_since"),
        Field("followed", _("Followed by me"), Kind.YES_NO, meanings.followed),
        Field("shared", _("Shared with others"), Kind.YES_NO, meanings.shared_out, TRUE_FALSE),
        of_column("attachments", _("Has attachments"), Kind.YES_NO, meanings.is_some, "attachment_n"),
        of_column("threads", _("Number of messages"), Kind.NUMBER, meanings.number, "thread_n"),
        of_column("reopened", _("Times reopened"), Kind.NUMBER, meanings.number, "reopened_n"),
        of_column("first_response", _("First response (hours)"), Kind.NUMBER, meanings.hours, "first_response_s"),
        of_column("created_by", _("Created by"), Kind.PERSON, meanings.person, "created_by_id", rows="agent"),
        of_column("language", _("Language"), Kind.TEXT, meanings.text),
        of_column("email", _("Mail address"), Kind.TEXT, meanings.text),
        of_column("phone", _("Phone"), Kind.TEXT, meanings.text),
        of_column("resolution", _("Resolution"), Kind.TEXT, meanings.text),
        of_column("contact", _("Contact"), Kind.ROW, meanings.row, "contact_id"),
        of_column("account", _("Account"), Kind.ROW, meanings.row, "account_id"),
        of_column("department", _("Department"), Kind.ROW, meanings.row, "department_id"),
    )
}  # fmt: skip

OPERATORS = {
    "is": pgettext_lazy("criterion", "is"),
    "is_not": pgettext_lazy("criterion", "is not"),
    "is_one_of": _("is one of"),
    "is_none_of": _("is none of"),
    "contains": _("contains"),
    "does_not_contain": _("does not contain"),
    "starts_with": _("starts with"),
    "is_empty": _("is empty"),
    "is_not_empty": _("is not empty"),
    "before": _("before"),
    "after": _("after"),
    "on": pgettext_lazy("criterion", "on"),
    "today": pgettext_lazy("criterion", "is today"),
    "last_days": _("within the last … days"),
    "next_days": _("within the next … days"),
    "more_than_days_ago": _("more than … days ago"),
    "less": _("less than"),
    "more": _("more than"),
}

REASONS = {
    "SHAPE": _("Criteria are groups of conditions."),
    "MATCH": _("Choose “all” or “any”."),
    "TOO_MANY": _("At most %(about)s here."),
    "FIELD": _("There is no such field."),
    "OPERATOR": _("This field cannot be compared like that."),
    "VALUE": _("This value does not fit the field."),
    "CHOICE": _("This choice does not exist (any more)."),
    "TOO_LONG": _("At most %(about)s characters."),
    "EMPTY": _("Enter a value."),
}


def custom_field(field: CustomField) -> Field:
    """A field of a department, named `cf/` and its api name."""
    kind = KINDS[field.kind]
    choices = tuple((str(c), str(c)) for c in field.choices) if kind == Kind.CHOICE else None
    return Field(f"{CUSTOM}{field.api_name}", field.label, kind, partial(custom, field.api_name, kind), choices)


def fields_with(customs: Iterable[CustomField]) -> dict[str, Field]:
    """Every field that can be asked about where these custom fields are known."""
    return {**FIELDS, **{f"{CUSTOM}{row.api_name}": custom_field(row) for row in customs}}


def parse(raw: Any, fields: Fields, *, field: str = "criteria") -> Tree:
    """The tree of JSON. Refused: by the pointer of the part that does not fit, e.g. `criteria/groups/0/match`."""
    try:
        return criteria.parse(raw, {name: each.asked for name, each in fields.items()})
    except Unfit as unfit:
        raise Refused(f"CRITERIA_{unfit.code}", reason(unfit), f"{field}{unfit.path}") from None


def reason(unfit: Unfit) -> str:
    """Why a part does not fit, in the reader's words."""
    text = str(REASONS[unfit.code])
    return text % {"about": unfit.about} if "%(" in text else text


def compiled(tree: Tree, fields: Fields, reader: Reader) -> Q:
    """The tickets that meet the tree. A field that is gone (a custom one that was deleted) is met by none."""
    if not tree.groups:
        return Q()
    found = [
        _joined(group.match, [_meaning(condition, fields, reader) for condition in group.conditions])
        for group in tree.groups
    ]
    return _joined(tree.match, found)


def _meaning(condition: Condition, fields: Fields, reader: Reader) -> Q:
    field = fields.get(condition.field)
    return Q(pk__in=[]) if field is None else field.means(condition, reader)


def _joined(match: str, parts: list[Q]) -> Q:
    joined = Q()
    for part in parts:
        joined = joined & part if match == "all" else joined | part
    return joined


def matches(ticket: Ticket, tree: Tree, fields: Fields, reader: Reader | None = None) -> bool:
    """Whether one ticket meets the tree, as it stands in the database."""
    return Ticket.objects.filter(compiled(tree, fields, reader or Reader()), pk=ticket.pk).exists()
