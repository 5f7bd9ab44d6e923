"""What a condition means for a ticket, by kind of field, as a Q that stands on the ticket's own row.

Relative days and "today" are counted by the database's clock, so that a compiled statement can be kept. Other tables are
asked by sub-query, never by join.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import DateTimeField, Exists, F, Func, OuterRef, Q, TextField, Value
from django.db.models.functions import Now
from django.db.models.lookups import IContains, IExact, IStartsWith
from django.utils import timezone

from madoguchi.kit.criteria import ME, Condition
from madoguchi.models import Account, Agent, Contact, CrmClass, Follower, TicketTag
from madoguchi.models.organisation import State
from madoguchi.organisation.crm import KEYS
from madoguchi.prepared import fetch
from madoguchi.tickets.tagging import fold

SECONDS_AN_HOUR = 3600
FEW = 300


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose `me` and whose midnight. Nobody (automation): `me` is no one."""

    agent_id: int = 0
    zone: str = "Asia/Tokyo"

    @classmethod
    def of(cls, agent: Agent | None) -> "Reader":
        return cls(agent.pk if agent else 0, str(timezone.get_current_timezone()))


# Words, choices, rows


def text(column: str, asked: Condition, reader: Reader) -> Q:
    match asked.operator:
        case "contains":
            return Q(**{f"{column}__icontains": asked.value})
        case "does_not_contain":
            return ~Q(**{f"{column}__icontains": asked.value})
        case "is":
            return Q(**{f"{column}__iexact": asked.value})
        case "is_not":
            return ~Q(**{f"{column}__iexact": asked.value})
        case "starts_with":
            return Q(**{f"{column}__istartswith": asked.value})
        case "is_one_of":
            return either(Q(**{f"{column}__iexact": each}) for each in several(asked.value))
    return among(column, "", asked.operator, None)


def choice(column: str, asked: Condition, reader: Reader) -> Q:
    return among(column, "", asked.operator, asked.value)


def row(column: str, asked: Condition, reader: Reader) -> Q:
    return among(column, None, asked.operator, asked.value)


def person(column: str, asked: Condition, reader: Reader) -> Q:
    value = asked.value
    if isinstance(value, tuple):
        value = tuple(reader.agent_id if each == ME else each for each in value)
    return among(column, None, asked.operator, reader.agent_id if value == ME else value)


def among(column: str, nothing: Any, operator: str, value: Any) -> Q:
    match operator:
        case "is":
            return Q(**{column: value})
        case "is_not":
            return ~Q(**{column: value})
        case "is_one_of":
            return Q(**{f"{column}__in": value})
        case "is_none_of":
            return ~Q(**{f"{column}__in": value})
        case "is_empty":
            return Q(**{column: nothing})
    return ~Q(**{column: nothing})


def either(found: Iterable[Q]) -> Q:
    joined = Q()
    for each in found:
        joined |= each
    return joined


def several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


# Figures and yes or no


def number(column: str, asked: Condition, reader: Reader) -> Q:
    value: Any = asked.value
    match asked.operator:
        case "is" | "is_not":
            found = Q(**{column: int(value)}) if value == int(value) else Q(pk__in=[])
            return found if asked.operator == "is" else ~found
        case "less":
            return Q(**{f"{column}__lt": value})
        case "more":
            return Q(**{f"{column}__gt": value})
    return Q(**{f"{column}__isnull": asked.operator == "is_empty"})


def hours(column: str, asked: Condition, reader: Reader) -> Q:
    """A column in seconds, asked about in hours."""
    value: Any = asked.value
    return number(column, Condition(asked.field, asked.operator, value and int(value * SECONDS_AN_HOUR)), reader)


def flag(column: str, asked: Condition, reader: Reader) -> Q:
    return Q(**{column: asked.value})


def is_set(column: str, asked: Condition, reader: Reader) -> Q:
    return Q(**{f"{column}__isnull": not asked.value})


def is_some(column: str, asked: Condition, reader: Reader) -> Q:
    return Q(**{f"{column}__gt": 0}) if asked.value else Q(**{column: 0})


def overdue(asked: Condition, reader: Reader) -> Q:
    """Past due and not closed (SPEC D6)."""
    if asked.value:
        return Q(due_at__lt=Now()) & ~Q(state=State.CLOSED)
    return Q(due_at=None) | Q(due_at__gte=Now()) | Q(state=State.CLOSED)


def followed(asked: Condition, reader: Reader) -> Q:
    mine = Follower.objects.filter(agent=reader.agent_id)
    return Q(pk__in=mine.values("ticket")) if asked.value else ~Q(Exists(mine.filter(ticket=OuterRef("pk"))))


def shared_out(asked: Condition, reader: Reader) -> Q:
    """Shared with other departments by the one it belongs to (SPEC S7). As ticket_shared_out has it."""
    return ~Q(shared={}) if asked.value else Q(shared={})


# Times


class Midnight(Func):
    """The reader's midnight, `days` from today."""

    template = "((date_trunc('day', STATEMENT_TIMESTAMP() AT TIME ZONE '%(zone)s') + interval '%(days)s days') AT TIME ZONE '%(zone)s')"
    output_field = DateTimeField()

    def __init__(self, reader: Reader, days: int = 0) -> None:
        super().__init__(zone=ZoneInfo(reader.zone).key, days=int(days))


def moment(column: str, asked: Condition, reader: Reader) -> Q:
    """Days begin at the reader's midnight. `after` a day is when it is over."""
    if asked.operator in ("is_empty", "is_not_empty"):
        return Q(**{f"{column}__isnull": asked.operator == "is_empty"})
    start, end = span(asked, reader)
    found = Q()
    if start is not None:
        found &= Q(**{f"{column}__gte": start})
    if end is not None:
        found &= Q(**{f"{column}__lt": end})
    return found


def span(asked: Condition, reader: Reader) -> tuple[Any, Any]:
    """From (included) and to (not included)."""
    value: Any = asked.value
    match asked.operator:
        case "today":
            return Midnight(reader), Midnight(reader, 1)
        case "last_days":
            return days_ago(value), Now()
        case "next_days":
            return Now(), days_ago(-value)
        case "more_than_days_ago":
            return None, days_ago(value)
        case "on":
            return start_of(value, reader), start_of(value + timedelta(days=1), reader)
        case "before":
            return None, start_of(value, reader)
    is_time = isinstance(value, datetime)
    return start_of(value + (timedelta(microseconds=1) if is_time else timedelta(days=1)), reader), None


def start_of(value: date | datetime, reader: Reader) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.combine(value, time(), ZoneInfo(reader.zone)).astimezone(UTC)


def days_ago(days: int) -> Any:
    return Now() - Value(timedelta(days=days))


# Other tables


def tags(asked: Condition, reader: Reader) -> Q:
    if asked.operator in ("is_empty", "is_not_empty"):
        there = Q(Exists(TicketTag.objects.filter(ticket=OuterRef("pk"))))
        return ~there if asked.operator == "is_empty" else there
    wanted = which_tags(several(asked.value))
    if asked.operator in ("is", "is_one_of"):
        return Q(pk__in=TicketTag.objects.filter(wanted).values("ticket"))
    return ~Q(Exists(TicketTag.objects.filter(wanted, ticket=OuterRef("pk"))))


def which_tags(names: tuple[Any, ...]) -> Q:
    """By id where all are known: the planner knows on how many tickets a certain tag is, and not a tag of some name."""
    folded = folded_tags(names)
    known = known_tags(folded)
    return Q(tag__in=known) if len(known) == len(folded) else Q(tag__folded__in=folded)


def folded_tags(names: tuple[Any, ...]) -> list[str]:
    return sorted({fold(" ".join(str(name).split())) for name in names})


def known_tags(folded: list[str]) -> list[int]:
    """The ids of the tags there are of these names."""
    return sorted(pk for (pk,) in fetch("SELECT id FROM madoguchi_tag WHERE folded = ANY(%s::text[])", [folded]))


def tags_meant(conditions: Iterable[Condition]) -> tuple[int, ...]:
    """The ids of all tags these conditions name: what they find depends on nothing else that may change."""
    asked = (value for each in conditions if each.field == "tags" for value in several(each.value) if value)
    names = folded_tags(tuple(asked))
    return tuple(known_tags(names)) if names else ()


def crm_class(asked: Condition, reader: Reader) -> Q:
    """By the names of the board's columns. An open ticket repeats its contact's class; another one may have an old one."""
    if asked.operator in ("is_empty", "is_not_empty"):
        wanted = {CrmClass.NEW}
    else:
        wanted = {each for each, key in KEYS.items() if key in several(asked.value)}
    contacts = Contact.objects.filter(crm_class__in=wanted, pk=OuterRef("contact_id"))
    found = Q(state=State.OPEN, crm_class__in=wanted) | (~Q(state=State.OPEN) & Q(Exists(contacts)))
    return ~found if asked.operator in ("is_not", "is_none_of", "is_not_empty") else found


COMPARE: dict[str, tuple[Any, bool]] = {
    "contains": (IContains, False),
    "does_not_contain": (IContains, True),
    "is": (IExact, False),
    "is_not": (IExact, True),
    "starts_with": (IStartsWith, False),
    "is_one_of": (IExact, False),
}


def contact_name(asked: Condition, reader: Reader) -> Q:
    """Whichever of the two names is written first."""
    if asked.operator in ("is_empty", "is_not_empty"):
        return Q(contact__isnull=asked.operator == "is_empty")
    return _named("contact", Contact, [_full("last_name", "first_name"), _full("first_name", "last_name")], asked)


def account_name(asked: Condition, reader: Reader) -> Q:
    if asked.operator in ("is_empty", "is_not_empty"):
        return Q(account__isnull=asked.operator == "is_empty")
    return _named("account", Account, [F("name")], asked)


def _named(column: str, model: Any, names: list[Any], asked: Condition) -> Q:
    """By id where they are few, so that their tickets come from an index; else by sub-query."""
    compare, negative = COMPARE[asked.operator]
    found = either(Q(compare(name, each)) for name in names for each in several(asked.value))
    rows = model.objects.order_by().filter(found).values_list("pk", flat=True)
    few = list(rows[: FEW + 1])
    there = Q(**{f"{column}__in": few if len(few) <= FEW else rows})
    return ~there if negative else there


def _full(*names: str) -> Any:
    return Func(*names, template="btrim(concat_ws(' ', %(expressions)s))", output_field=TextField())
