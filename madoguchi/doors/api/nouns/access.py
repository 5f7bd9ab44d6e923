"""Who can see a ticket, and why (ours; SPEC S10)."""

from collections.abc import Sequence
from typing import Any

from madoguchi.access import Level
from madoguchi.doors.api import finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.present.entry import agent_author
from madoguchi.doors.api.present.words import TYPES, time
from madoguchi.models import Permission
from madoguchi.tickets.seeing import Agents, Customers, Person, who_sees

door = Door("Sharing")
WHY = {
    "department": "DEPARTMENT",
    "administrator": "ADMINISTRATOR",
    "share": "SHARED",
    "requester": "REQUESTER",
    "account": "ACCOUNT",
    "copies": "SECONDARY_CONTACTS",
}


@door.at("GET /tickets/{int:ticket_id}/access", gives="Access")
def get_access(request: Call, ticket_id: int) -> object:
    """Who can see the ticket, and why: agents by department or share, contacts in the help center."""
    sight = who_sees(finders.ticket(ticket_id, request.actor), by=request.actor)
    return {
        "agentCount": str(sight.agents_n),
        "agents": [agents(group) for group in sight.agents],
        "contacts": [customers(group) for group in sight.customers],
    }


def agents(group: Agents) -> dict[str, Any]:
    """`type` is what all of them may do, as in `sharedDepartments`, or OWNER; light agents only read and comment."""
    department, share = group.department, group.share
    found: dict[str, Any] = {
        "reason": WHY[group.why],
        "type": "OWNER" if group.level == Level.OWN else TYPES[Permission(group.level)],
        "department": {"id": str(department.pk), "name": department.name} if department else None,
        "count": str(group.n),
        "lightAgentCount": str(group.light_n),
        "agents": people(group.people),
    }
    if share is not None:
        found |= {
            "sharedBy": agent_author(share.by) if share.by else None,
            "sharedTime": time(share.at),
            "expiresAt": time(share.expires_at),
            "shareReason": share.reason or None,
        }
    return found


def customers(group: Customers) -> dict[str, Any]:
    return {"reason": WHY[group.why], "count": str(group.n), "contacts": people(group.people)}


def people(found: Sequence[Person]) -> list[dict[str, Any]]:
    """The first few by name."""
    return [{"id": str(person.id), "name": person.name} for person in found]
