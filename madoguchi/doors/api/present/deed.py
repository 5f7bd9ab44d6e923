"""What was done for a customer as the wire tells it (API A5)."""

from collections.abc import Mapping
from typing import Any

from madoguchi.doors.api.present.words import page, ref, time
from madoguchi.lists.activity import Deed
from madoguchi.models import Agent, Contact, Status

# Where the wire has no word of its own: the thing, then what was done to it.
OPERATIONS = {
    "ticket.opened": "Ticket_Created",
    "ticket.received": "Thread_Received",
    "ticket.replied": "Mail_Response_Reply",
    "ticket.forwarded": "Mail_Response_Forward",
    "ticket.commented": "Comment_Added",
    "comment.edited": "Comment_Updated",
    "comment.deleted": "Comment_Deleted",
    "ticket.rated": "Customer_Rated",
    "ticket.merged": "Ticket_Merged",
    "ticket.overdue": "Ticket_Overdue",
    "customer.noted": "Note_Added",
    "customer.note_edited": "Note_Updated",
    "customer.note_deleted": "Note_Deleted",
}


def operation(verb: str) -> str:
    """Comment_Updated, Ticket_Status_Changed"""
    thing, _dot, deed = verb.partition(".")
    return OPERATIONS.get(verb) or "_".join(word.capitalize() for word in (thing, *deed.split("_")))


def author(deed: Deed, agents: Mapping[int, Agent], contacts: Mapping[int, Contact]) -> dict[str, Any]:
    if deed.agent_id is not None:
        agent = agents[deed.agent_id]
        return _author("AGENT", agent.pk, agent.first_name, agent.last_name, agent.email)
    if deed.by_contact_id is not None:
        contact = contacts[deed.by_contact_id]
        return _author("END_USER", contact.pk, contact.first_name, contact.last_name, contact.email)
    return _author("SYSTEM", None, "", "Madoguchi", "")


def _author(kind: str, pk: int | None, first: str, last: str, email: str) -> dict[str, Any]:
    return {
        "id": ref(pk),
        "type": kind,
        "firstName": first,
        "lastName": last,
        "email": email or None,
        "photoURL": None,
    }


def row(
    deed: Deed, statuses: Mapping[int, Status], agents: Mapping[int, Agent], contacts: Mapping[int, Contact]
) -> dict[str, Any]:
    """`status` is the one the ticket had then. Without a ticket, all that is about it is null."""
    status = statuses.get(deed.status_id or 0)
    return {
        "eventTime": time(deed.at),
        "operation": operation(deed.verb),
        "ticketId": ref(deed.ticket_id),
        "ticketNumber": ref(deed.number),
        "subject": deed.subject,
        "status": status.name if status else None,
        "statusType": status.state if status else None,
        "priority": deed.priority or None,
        "dueDate": time(deed.due_at),
        "departmentId": ref(deed.department_id),
        "recipients": deed.after.get("to") or [],
        "webUrl": page(f"/tickets/{deed.number}/") if deed.number else None,
        "author": author(deed, agents, contacts),
    }
