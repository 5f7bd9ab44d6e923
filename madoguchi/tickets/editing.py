"""Change fields of a ticket (SPEC D3, D12). What someone else changed meanwhile is shown, not overwritten."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused, Stale
from madoguchi.models import Ticket
from madoguchi.people import holding
from madoguchi.record import change, now, told
from madoguchi.tickets import clocks, due, fields, indexing

EDITABLE = frozenset([*fields.LONGEST, *fields.ROWS, *fields.TIMES, "priority", "channel", "custom"])


@transaction.atomic
def edit(ticket: Ticket, changes: Mapping[str, Any], *, expected: Mapping[str, Any] | None = None, by: Actor) -> Ticket:
    """Set fields by name; custom fields as `custom={api_name: value}`, only those named are touched.

    `expected` are the values the agent saw. Refused: by field; Stale: where a field to be changed is no longer so.
    """
    require(by, "edit", ticket)
    for name in changes:
        if name not in EDITABLE:
            raise Refused("UNKNOWN_FIELD", _("There is no such field."), name)
    clean = fields.clean(changes, ticket.department)
    if clean.get("account") is not None:  # before the ticket is locked: `holding` has the order
        clean["account"] = holding.hold_account(clean["account"])
    if clean.get("contact") is not None:
        clean["contact"] = holding.hold_contact(clean["contact"])
    with change(ticket, "ticket.edited", by=by):
        refuse_if_stale(ticket, clean, expected or {})
        custom = clean.pop("custom", {})
        was = {name: getattr(ticket, name) for name in ("priority", *due.KEPT)}
        for name, value in clean.items():
            setattr(ticket, name, value)
        if custom:
            ticket.custom = {k: v for k, v in {**ticket.custom, **custom}.items() if v is not None}
        if "contact" in clean:
            ticket.crm_class = ticket.contact.crm_class
            ticket.account = clean.get("account", ticket.contact.account)
        chosen = due.chosen(ticket, clean, was)
        if ticket.priority != was["priority"]:
            due.renew(ticket, but=chosen)
            clocks.lift_mark(ticket, now())
        if "due_at" in clean:
            clocks.refresh_overdue(ticket, now())
    indexing.index_changes(ticket, changes)
    return ticket


def refuse_if_stale(ticket: Ticket, wanted: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Compare what the agent saw with what is there now; a field that already has the wanted value is no conflict."""
    changes = []
    for name, seen in expected.items():
        there = ticket.custom.get(name[3:]) if name.startswith("cf/") else getattr(ticket, name)
        asked = wanted.get("custom", {}).get(name[3:]) if name.startswith("cf/") else wanted.get(name)
        if there != seen and there != asked:
            changes.append({"field": name, "now": told(there), "yours": told(asked)})
    if changes:
        raise Stale(_("Someone else changed this meanwhile. Nothing was saved."), changes)
