"""The fields of a ticket as POST and PATCH take them, and what the verbs call them (API B2)."""

from typing import Any

from django.utils.translation import gettext as _
from pydantic import Field

from madoguchi.doors.api import finders
from madoguchi.doors.api.errors import Unfit, not_yet
from madoguchi.doors.api.present.words import LAYOUT
from madoguchi.doors.api.shares import SharedList
from madoguchi.doors.api.wire import Body, Id, Time, refuse_unbuilt
from madoguchi.models import Account, Contact, Department, Product

PLAIN = {
    "subject": "subject",
    "priority": "priority",
    "classification": "classification",
    "category": "category",
    "subCategory": "sub_category",
    "email": "email",
    "phone": "phone",
    "dueDate": "due_at",
    "responseDueDate": "response_due_at",
    "language": "language",
    "resolution": "resolution",
}
ROWS: dict[str, tuple[str, type]] = {
    "contactId": ("contact", Contact),
    "accountId": ("account", Account),
    "productId": ("product", Product),
}
UNBUILT = ["entitySkills", "sourceTicket", "ticketCreationType"]


class TicketNamed(Body):
    id: Id


class TicketFields(Body):
    subject: str | None = None
    description: str | None = Field(None, description="HTML")
    departmentId: Id | None = None
    contactId: Id | None = None
    accountId: Id | None = None
    productId: Id | None = None
    assigneeId: Id | None = None
    teamId: Id | None = None
    status: str | None = None
    priority: str | None = None
    channel: str | None = None
    classification: str | None = None
    category: str | None = None
    subCategory: str | None = None
    email: str | None = None
    phone: str | None = None
    dueDate: Time | None = None
    responseDueDate: Time | None = None
    language: str | None = None
    resolution: str | None = None
    cf: dict[str, Any] | None = None
    customFields: dict[str, Any] | None = None
    secondaryContacts: list[Id] | None = Field(None, max_length=100)
    uploads: list[Id] | None = Field(None, max_length=100)
    layoutId: Id | None = None
    entitySkills: list[Any] | None = None
    parentTicket: TicketNamed | None = None
    sourceTicket: Any = None
    sharedDepartments: SharedList | None = Field(None, description="All of them, at most ten; a string is an id alone")
    ticketCreationType: str | None = None


def refuse_unstored(body: TicketFields) -> None:
    """Fields of the contract that this desk has no place for yet."""
    refuse_unbuilt(body, *UNBUILT)
    if body.layoutId is not None and str(body.layoutId) != LAYOUT:
        raise not_yet("/layoutId")


def edits(body: TicketFields, department: Department) -> dict[str, Any]:
    """The changes for `tickets.edit`, of the fields that were sent."""
    changes = {PLAIN[name]: value for name, value in body.given(*PLAIN).items()}
    for wire, (name, model) in ROWS.items():
        if wire in body.model_fields_set:
            changes[name] = finders.named(model, getattr(body, wire), f"/{wire}")
    if custom := custom_values(body, department):
        changes["custom"] = custom
    return changes


def custom_values(body: TicketFields, department: Department) -> dict[str, Any]:
    """`cf` by api name, and the older `customFields` by label."""
    labels = {}
    if body.customFields:
        labels = {f.label: f.api_name for f in department.custom_fields.all() if f.is_active}
        if unknown := set(body.customFields) - set(labels):
            raise Unfit(f"/customFields/{min(unknown)[:100]}", text=_("There is no such field."))
    return {**{labels[label]: value for label, value in (body.customFields or {}).items()}, **(body.cf or {})}


def choice(word: str, offered: list[str], pointer: str) -> str:
    """One of the words, whatever its case."""
    for found in offered:
        if found.casefold() == word.strip().casefold():
            return found
    raise Unfit(pointer, text=_("Choose one of: %(choices)s") % {"choices": ", ".join(offered)})


def secondary(body: TicketFields) -> list[Contact]:
    ids = body.secondaryContacts or []
    return [c for pk in ids if (c := finders.named(Contact, pk, "/secondaryContacts"))]
