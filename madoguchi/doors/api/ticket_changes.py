"""Changing a ticket by the fields of a PATCH: all of them, or none (API B2, B3)."""

from collections.abc import Callable
from typing import Any

from madoguchi import access, tickets
from madoguchi.actor import Actor
from madoguchi.doors.api import finders, shares
from madoguchi.doors.api.errors import not_yet
from madoguchi.doors.api.nouns.families import relate_to
from madoguchi.doors.api.ticket_fields import TicketFields, edits, refuse_unstored, secondary
from madoguchi.models import Agent, Department, Team, Ticket
from madoguchi.models.organisation import State
from madoguchi.tickets.family_closing import hold

VERBS = {
    "status": "set_status",
    "assigneeId": "assign",
    "teamId": "assign",
    "departmentId": "move",
    "sharedDepartments": "share",
    "parentTicket": "relate",
}
UNCHANGED: dict[str, Callable[[Ticket, Any], bool]] = {
    "status": lambda ticket, name: (name or "").strip().casefold() == ticket.status.name.casefold(),
    "assigneeId": lambda ticket, pk: pk == ticket.assignee_id,
    "teamId": lambda ticket, pk: pk == ticket.team_id,
    "departmentId": lambda ticket, pk: pk == ticket.department_id,
}


def asked_of(ticket: Ticket, body: TicketFields, by: Actor) -> set[str]:
    """The fields to change. Denied where one is not the caller's to change, before anything else is said about them.

    Status, assignee, team and department sent with the value they have ask for nothing: whoever may edit sends them along.
    """
    given = body.model_fields_set
    there = {name for name in given & UNCHANGED.keys() if UNCHANGED[name](ticket, getattr(body, name))}
    if "departmentId" in given - there:
        there -= {"assigneeId", "teamId"}  # which are to hold in the new department
    may_edit = access.can(by, "edit", ticket)
    for name in sorted(given):
        if name not in there or not may_edit:
            access.require(by, VERBS.get(name, "edit"), ticket)
    return given - there


def apply(ticket: Ticket, body: TicketFields, by: Actor) -> None:
    """Do all of it. Where one part is refused, the transaction of the call takes back the others."""
    given = asked_of(ticket, body, by)
    refuse_unstored(body)
    for name in ("description", "uploads"):
        if name in given:
            raise not_yet(f"/{name}")
    status = finders.status(body.status or "") if "status" in given else None
    parent_id = body.parentTicket.id if body.parentTicket else None
    if "parentTicket" in given or (status is not None and status.state == State.CLOSED):
        hold(
            ticket, *finders.leading([parent_id] if parent_id else []).values()
        )  # before its own lock: they have an order
    target = finders.named(Department, body.departmentId, "/departmentId") if "departmentId" in given else None
    if target is not None and (by.is_administrator or target.pk in by.agent.own_department_ids):  # type: ignore[union-attr]
        tickets.move(ticket, target, by=by)
    changes = edits(body, ticket.department)
    if "channel" in given:
        changes["channel"] = body.channel
    if changes:
        tickets.edit(ticket, changes, by=by)
    if "secondaryContacts" in given:
        tickets.set_secondary_contacts(ticket, secondary(body), by=by)
    asked: dict[str, Agent | Team | None] = {}
    if "assigneeId" in given:
        asked["agent"] = finders.named(Agent, body.assigneeId, "/assigneeId")
    if "teamId" in given:
        asked["team"] = finders.team(body.teamId)
    if asked:
        tickets.assign(ticket, **asked, by=by)
    if "parentTicket" in given:
        relate_to(ticket, parent_id, by=by)
    if status is not None:
        tickets.set_status(ticket, status, by=by)
    if "sharedDepartments" in given:
        shares.write(ticket, body.sharedDepartments or [], by=by)
    if target is not None and target.pk != ticket.department_id:
        tickets.move(ticket, target, by=by)
