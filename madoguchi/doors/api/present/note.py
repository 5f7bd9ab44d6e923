"""A note on a customer as the wire's comment (API B6)."""

from typing import Any

from madoguchi.doors.api.present.words import ref, time
from madoguchi.models import CustomerNote


def note(row: CustomerNote) -> dict[str, Any]:
    """Comes with its agent and role."""
    agent = row.agent
    return {
        "id": str(row.pk),
        "content": row.text,
        "contentType": "plainText",
        "isPublic": False,
        "commenterId": ref(row.agent_id),
        "commenter": {
            "name": agent.name if agent else "Madoguchi",
            "firstName": agent.first_name if agent else "",
            "lastName": agent.last_name if agent else "Madoguchi",
            "email": agent.email if agent else None,
            "roleName": agent.role.name if agent else None,
            "photoURL": None,
            "type": "AGENT",
        },
        "commentedTime": time(row.created_at),
        "modifiedTime": time(row.edited_at),
        "attachments": [],
        "mention": [],
    }
