"""Reading tickets for the wire: a page of rows in at most six statements, a whole ticket in seven."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from madoguchi import access
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.present import ticket as present
from madoguchi.doors.api.sorting import wanted
from madoguchi.doors.api.wire import LARGEST
from madoguchi.models import (
    ContactAddress,
    ContactPhone,
    CustomField,
    Entry,
    Follower,
    SecondaryContact,
    Share,
    Ticket,
    TicketTag,
)
from madoguchi.models.ticket import TicketQuerySet
from madoguchi.tickets import family

MOST_FIELDS = 30
CAN_INCLUDE = {*present.INCLUDE, *present.SYNONYMS, "contract", "skills"}
Values = dict[str, Any]


def reach_of(contact_ids: Iterable[int]) -> dict[int, Values]:
    """Primary address, phone and mobile of contacts."""
    ids, found = set(contact_ids), {}  # type: ignore[var-annotated]
    for contact_id, address in ContactAddress.objects.filter(contact__in=ids).values_list("contact_id", "address"):
        found.setdefault(contact_id, {}).setdefault("email", address)
    phones = ContactPhone.objects.filter(contact__in=ids).values_list("contact_id", "kind", "number")
    for contact_id, kind, number in phones:
        found.setdefault(contact_id, {}).setdefault(kind, number)
    return found


def fields_of(department_ids: Iterable[int]) -> dict[int, list[CustomField]]:
    """The active custom fields of departments."""
    found: dict[int, list[CustomField]] = {pk: [] for pk in department_ids}
    for field in CustomField.objects.filter(department__in=found, is_active=True):
        found[field.department_id].append(field)
    return found


def add_shares(values: list[Values]) -> None:
    """Put the shares in force beside each ticket, as `shares`: one statement, none where nothing is shared."""
    found: dict[int, list[Share]] = {}
    if ids := [v["id"] for v in values if v["shared"]]:
        for share in access.shares().filter(ticket__in=ids).select_related("department").order_by("id"):
            found.setdefault(share.ticket_id, []).append(share)
    for v in values:
        v["shares"] = found.get(v["id"], [])


def _columns(include: set[str], base: list[str]) -> list[str]:
    return [*base, *(column for name in include for column in present.INCLUDE.get(name, []))]


def asked(include: str) -> set[str]:
    return {present.SYNONYMS.get(name, name) for name in wanted(include, CAN_INCLUDE)}


def listed(tickets: QuerySet[Ticket], include: str = "", fields: str = "") -> list[Values]:
    """The rows of a list, with what `include` and `fields` ask for."""
    nested = asked(include)
    extra = _extra(fields)
    values: list[Values] = list(tickets.values(*_columns(nested, present.FULL if extra else present.ROW)))
    emails = reach_of(v["contact_id"] for v in values) if "contacts" in nested else {}
    own = fields_of({v["department_id"] for v in values}) if extra else {}
    if extra:
        add_shares(values)
    related = family.relations(v["id"] for v in values)
    now, found = timezone.now(), []
    for v in values:
        shown = {**present.row(v, related), **present.included(v, nested, emails)}
        if extra:
            known = present.details(v, own[v["department_id"]], now)
            shown |= {name: known[name] for name in extra if name in known}
            if cf := {name: known["cf"].get(name) for name in extra if name not in known and name not in shown}:
                shown["cf"] = cf
        found.append(shown)
    return found


def _extra(fields: str) -> list[str]:
    names = [name.strip() for name in fields.split(",") if name.strip()]
    if len(names) > MOST_FIELDS:
        raise unprocessable(f"fields: 0-{MOST_FIELDS}")
    return names


def searched(tickets: QuerySet[Ticket]) -> list[Values]:
    """The rows of a search."""
    values: list[Values] = list(tickets.values(*_columns(set(present.INCLUDE), present.FULL)))
    emails = reach_of(v["contact_id"] for v in values)
    own, now = fields_of({v["department_id"] for v in values}), timezone.now()
    add_shares(values)
    related = family.relations(v["id"] for v in values)
    return [present.search_row(v, own[v["department_id"]], now, emails, related) for v in values]


def whole(request: Call, tickets: TicketQuerySet, ticket_id: int, include: str = "") -> Values | None:
    """One whole ticket as read."""
    return _whole(request, tickets, ticket_id, asked(include), after_writing=False)


def written(request: Call, ticket: Ticket) -> Values:
    """The ticket as POST and PATCH answer it."""
    found = _whole(request, Ticket.objects.all(), ticket.pk, set(), after_writing=True)
    assert found is not None
    return found


def _whole(
    request: Call, tickets: TicketQuerySet, ticket_id: int, nested: set[str], *, after_writing: bool
) -> Values | None:
    v = tickets.filter(pk=min(ticket_id, LARGEST)).values(*_columns(nested, present.FULL)).first()
    if v is None:
        return None
    add_shares([v])
    agent_id = me(request).pk
    followers = list(Follower.objects.filter(ticket=ticket_id).values_list("agent_id", flat=True))
    copied = SecondaryContact.objects.filter(ticket=ticket_id).order_by("pk").values_list("contact_id", flat=True)
    more = {
        "description": description(ticket_id),
        "secondaryContacts": [str(pk) for pk in copied],
        "followerCount": str(len(followers)),
        "isFollowing": agent_id in followers,
        "tagCount": str(TicketTag.objects.filter(ticket=ticket_id).count()),
    }
    own = fields_of([v["department_id"]])[v["department_id"]]
    emails = reach_of([v["contact_id"]]) if "contacts" in nested else {}
    shown = present.full(v, more, own, timezone.now(), after_writing=after_writing)
    return {**shown, **present.included(v, nested, emails)}


def description(ticket_id: int) -> str | None:
    first = Entry.objects.filter(ticket=ticket_id, is_description=True, deleted_at=None).values("html", "text").first()
    return (first["html"] or first["text"]) if first else None
