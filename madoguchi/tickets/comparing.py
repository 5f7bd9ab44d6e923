"""Tickets that are to be merged, side by side: whose value would the merged ticket get? (SPEC M3–M5)"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import CustomField, Follower, SecondaryContact, Ticket, TicketTag
from madoguchi.organisation.current import custom_fields
from madoguchi.record import now
from madoguchi.tickets import family_merging
from madoguchi.tickets.assigning import may_take
from madoguchi.tickets.fields import custom_value
from madoguchi.tickets.mergeable import refuse_count, refuse_unmergeable, require_all
from madoguchi.tickets.numbers import final
from madoguchi.tickets.timeline import counts

FIELDS = (
    "account status due_at subject number product priority assignee team category sub_category classification resolution"
    " channel language email phone"
).split()
BOUND = {"overdue": "due_at"}
LOCKED = ("created_at", "response", "on_hold")
UNITED = ("tags", "followers", "secondary_contacts")


@dataclass(frozen=True, slots=True)
class Row:
    """One field: a raw value for each ticket, in their order. `chosen` is the place of the proposed one.

    `overdue`, `response` (the first) and `on_hold` are seconds. A row that is `bound_to` another follows its choice;
    of one that is `locked` the main ticket's value stays; of one that is `united` all are taken together.
    """

    key: str
    values: list[Any]
    differs: bool
    chosen: int
    bound_to: str = ""
    locked: bool = False
    united: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """`tickets` stand oldest first, `main` among them; the counts are what the merged ticket would show, `family` is where
    it would stand among parents and children."""

    main: Ticket
    tickets: list[Ticket]
    rows: list[Row]
    messages_n: int
    comments_n: int
    files_n: int
    followers_n: int
    copies_n: int
    family: family_merging.Place


def compare(tickets: Sequence[Ticket], *, main: Ticket | None = None, by: Actor) -> Comparison:
    """The tickets field by field. Without `main` the oldest is proposed. Refused, Hidden and Denied as by `merge`."""
    refuse_count(len(tickets))
    asked = main or oldest_first(tickets)[0]
    main = final(asked)
    others = [ticket for ticket in tickets if ticket.pk not in (asked.pk, main.pk)]
    others += [main] * (len(tickets) - len(others) - 1)
    require_all(main, others, by=by)
    refuse_unmergeable(main, others)
    row = oldest_first([main, *others])
    ids = [ticket.pk for ticket in row]
    shown = counts(ids)
    copies = SecondaryContact.objects.filter(ticket__in=ids).exclude(contact=main.contact_id)
    return Comparison(
        main=main,
        tickets=row,
        rows=list(rows_of(row, row.index(main))),
        messages_n=shown.threads,
        comments_n=shown.comments,
        files_n=shown.files,
        followers_n=Follower.objects.filter(ticket__in=ids).values("agent").distinct().count(),
        copies_n=copies.values("contact").distinct().count(),
        family=family_merging.place(main, others, by=by),
    )


def oldest_first(tickets: Sequence[Ticket]) -> list[Ticket]:
    return sorted(tickets, key=lambda ticket: (ticket.created_at, ticket.pk))


def rows_of(tickets: list[Ticket], main: int) -> list[Row]:
    """A row for each field and each custom field of their departments, then what is united and what is locked."""
    rows: list[Row] = []
    for key in [*FIELDS, *custom_keys(tickets)]:
        values = [value_of(ticket, key) for ticket in tickets]
        takeable = is_takeable(tickets[main], key)
        chosen = proposed(key, values, tickets, main) if takeable else main
        rows.append(Row(key, values, differ(values), chosen, locked=not takeable))
        if key == "due_at":
            late = [value_of(ticket, "overdue") for ticket in tickets]
            told = [s or (0 if ticket.due_at else None) for s, ticket in zip(late, tickets, strict=True)]
            rows.append(Row("overdue", late, differ(told), chosen, bound_to="due_at"))
    tags: dict[int, list[str]] = {ticket.pk: [] for ticket in tickets}
    named = TicketTag.objects.filter(ticket__in=tags).order_by("id").values_list("ticket_id", "tag__name")
    for pk, name in named:
        tags[pk].append(name)
    each = list(tags.values())
    rows.append(Row("tags", each, differ([sorted(names) for names in each]), main, united=True))
    for key in LOCKED:
        values = [value_of(ticket, key) for ticket in tickets]
        rows.append(Row(key, values, differ(values), main, locked=True))
    return rows


def custom_keys(tickets: Sequence[Ticket]) -> list[str]:
    """`cf:<api name>` for the custom fields of the tickets' departments, each once."""
    departments = dict.fromkeys(ticket.department_id for ticket in tickets)
    fields = [field for pk in departments for field in custom_fields(pk) if field.is_active]
    return list(dict.fromkeys(f"cf:{field.api_name}" for field in fields))


def value_of(ticket: Ticket, key: str) -> Any:
    if key.startswith("cf:"):
        return ticket.custom.get(key.removeprefix("cf:"))
    if key == "overdue":
        return overdue_s(ticket)
    if key == "response":
        return ticket.first_response_s
    return ticket.on_hold_s if key == "on_hold" else getattr(ticket, key)


def overdue_s(ticket: Ticket) -> int | None:
    """遅延時間: how long past its due date the ticket is, or was when it was resolved (SPEC D3)."""
    late = (ticket.closed_at or now()) - ticket.due_at if ticket.due_at is not None else None
    return int(late.total_seconds()) if late is not None and late.total_seconds() > 0 else None


def is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def differ(values: Sequence[Any]) -> bool:
    """Empty against filled is a difference."""
    told = [None if is_empty(value) else value for value in values]
    return any(value != told[0] for value in told)


def proposed(key: str, values: Sequence[Any], tickets: Sequence[Ticket], main: int) -> int:
    """The main ticket's value; where it has none, that of the oldest other that has one main can take."""
    if not is_empty(values[main]):
        return main
    for place, value in enumerate(values):
        if not is_empty(value) and reason_against(tickets[main], key, value) is None:
            return place
    return main


def field_of(main: Ticket, key: str) -> CustomField | None:
    """The custom field of the main ticket's department that `cf:…` names."""
    if not key.startswith("cf:"):
        return None
    name = key.removeprefix("cf:")
    return next((f for f in custom_fields(main.department_id) if f.is_active and f.api_name == name), None)


def is_takeable(main: Ticket, key: str) -> bool:
    """Whether the field exists on the main ticket at all: not the custom fields of other departments."""
    return key in FIELDS or field_of(main, key) is not None


def reason_against(main: Ticket, key: str, value: Any) -> Refused | None:
    """Why the main ticket cannot take this value of another one."""
    if is_empty(value):
        return None
    if key == "status" and not value.is_active:
        return Refused("STATUS_INACTIVE", _("This status is no longer in use."), key)
    if key == "assignee" and not may_take(value, main.department):
        return Refused("NOT_OF_DEPARTMENT", _("This agent does not work in the department."), key)
    if key == "team" and value.department_id != main.department_id:
        return Refused("NOT_OF_DEPARTMENT", _("This team does not belong to the department."), key)
    if key == "product" and not value.departments.filter(pk=main.department_id).exists():
        return Refused("NOT_OF_DEPARTMENT", _("This product does not belong to the department."), key)
    if (field := field_of(main, key)) is not None:
        try:
            custom_value(field, value)
        except Refused as refusal:
            return Refused(refusal.code, refusal.text, key)
    return None


def result(comparison: Comparison, keep: Mapping[str, Ticket]) -> dict[str, Any]:
    """What the merged ticket would hold, field by field; tags together."""
    places = {ticket.pk: place for place, ticket in enumerate(comparison.tickets)}
    main = places[comparison.main.pk]
    found: dict[str, Any] = {}
    for row in comparison.rows:
        if row.united:
            found[row.key] = list(dict.fromkeys(value for values in row.values for value in values))
            continue
        source = None if row.locked else keep.get(row.bound_to or row.key)
        found[row.key] = row.values[places.get(source.pk, main) if source is not None else main]
    return found
