"""One field of a ticket, changed in place: what its form offers, and what it sends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from madoguchi.doors.agent import when
from madoguchi.doors.agent.answer import Desked
from madoguchi.errors import Refused
from madoguchi.models import Agent, CustomField, Department, Event, Product, Role, Team, Ticket
from madoguchi.models.ticket import Priority
from madoguchi.organisation import current
from madoguchi.organisation.current import statuses

PLAIN = {"subject", "priority", "category"}
HISTORY = 100


@dataclass(frozen=True, slots=True)
class Editor:
    """The form of the field under change. `seen` is the value the agent saw: what differs from it was changed meanwhile."""

    name: str
    value: str
    seen: str
    choices: list[tuple[Any, str]] = field(default_factory=list)


def editor(request: Desked, ticket: Ticket, name: str, typed: Mapping[str, str] | None) -> Editor | None:
    """The open form, filled with what was typed if it was refused."""
    if not name:
        return None
    seen = seen_value(ticket, name)
    if seen is None:
        return None
    value = seen
    if name == "due_at":
        value = when.for_input(ticket.due_at)
    if typed is not None and "value" in typed:
        value = typed["value"]
    return Editor(name, value, seen, choices(ticket, name))


def seen_value(ticket: Ticket, name: str) -> str | None:
    """A field as text for the form; None where there is no such field."""
    if name in PLAIN:
        return str(getattr(ticket, name))
    if name in ("status", "assignee", "team", "product", "department"):
        return str(getattr(ticket, f"{name}_id") or "")
    if name == "due_at":
        return ticket.due_at.isoformat() if ticket.due_at else ""
    if name.startswith("cf/"):
        value = ticket.custom.get(name[3:], "")
        return "true" if value is True else "" if value is False or value is None else str(value)
    return "" if name in ("tags", "copies", "move", "bin") else None


def choices(ticket: Ticket, name: str) -> list[tuple[Any, str]]:
    """What a select offers; asked for only while its form is open."""
    if name == "status":
        return [(s.pk, s.label) for s in statuses() if s.is_active or s.pk == ticket.status_id]
    if name == "assignee":
        return [(a.pk, a.name) for a in assignable(ticket.department)]
    if name == "team":
        return [(t.pk, t.name) for t in Team.objects.filter(department=ticket.department_id)]
    if name == "priority":
        return [(value, str(label)) for value, label in Priority.choices][::-1]
    if name == "product":
        products = Product.objects.filter(departments=ticket.department_id, trashed_at=None)
        return [(p.pk, str(p)) for p in products]
    if name == "move":
        others = Department.objects.filter(is_enabled=True).exclude(pk=ticket.department_id)
        return [(d.pk, d.name) for d in others]
    return []


def assignable(department: Department) -> list[Agent]:
    """Who may take tickets of the department: its agents and administrators, light agents not."""
    there = Q(memberships__department=department) | Q(role__base=Role.Base.ADMINISTRATOR)
    rows = Agent.objects.filter(there, is_active=True).exclude(role__base=Role.Base.LIGHT).distinct()
    return list(rows.order_by("last_name", "first_name", "pk"))


def read(ticket: Ticket, name: str, value: str, seen: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(changes, expected) for `tickets.edit` from what a form sent. Refused: by field."""
    if name in PLAIN:
        return {name: value}, {name: seen}
    if name == "due_at":
        return {name: _time(value)}, {name: _time(seen)}
    if name == "product":
        return {name: _product(value)}, {name: _product(seen)}
    if name.startswith("cf/"):
        return {"custom": {name[3:]: value}}, {name: _custom_seen(ticket, name[3:], seen)}
    raise Refused("UNKNOWN_FIELD", _("There is no such field."), name)


def read_new(department: Department, typed: Mapping[str, str]) -> dict[str, Any]:
    """Due date, product and custom fields as a form for a new ticket sends them."""
    values: dict[str, Any] = {"due_at": _time(typed.get("due_at", "")), "product": _product(typed.get("product", ""))}
    values["custom"] = {f.api_name: typed.get(f"cf/{f.api_name}", "") for f in custom_fields(department)}
    return values


def _time(text: str) -> Any:
    try:
        return when.from_input(text)
    except ValueError:
        raise Refused("NOT_A_TIME", _("This is not a date and time."), "due_at") from None


def _product(pk: str) -> Product | None:
    return Product.objects.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None


def _custom_seen(ticket: Ticket, name: str, seen: str) -> Any:
    """The stored value the text stood for: compared as text, so numbers and switches match."""
    there = ticket.custom.get(name)
    return there if seen == seen_value(ticket, f"cf/{name}") else (seen or None)


def history_of(ticket: Ticket, before: str) -> list[Event]:
    """A page of the ticket's events, newest first."""
    events = Event.objects.filter(ticket=ticket).select_related("agent", "by_contact", "cause")
    if before.isdecimal() and len(before) < 19:
        events = events.filter(pk__lt=int(before))
    return list(events.order_by("-pk")[: HISTORY + 1])


def custom_fields(department: Department) -> list[CustomField]:
    return [field for field in current.custom_fields(department.pk) if field.is_active]
