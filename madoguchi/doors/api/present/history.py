"""Events as the wire tells them (API B5)."""

from datetime import datetime
from typing import Any

from madoguchi.doors.api.errors import WIRE
from madoguchi.doors.api.present.words import TYPES, time
from madoguchi.models import Event, Permission
from madoguchi.verbs import CATALOGUE

SOURCES = {"mail": "Email", "help": "Helpcenter", "page": "Agent", "api": "API", "command": "System", "desk": "System"}
NAMES = {
    **WIRE,
    "assignee": "assigneeId",
    "team": "teamId",
    "department": "departmentId",
    "custom": "cf",
    "shares": "sharedDepartments",
}


def actor(event: Event) -> dict[str, Any]:
    if event.agent is not None:
        return {"id": str(event.agent_id), "name": event.agent.name, "type": "Agent"}
    if event.by_contact is not None:
        return {"id": str(event.by_contact_id), "name": event.by_contact.name, "type": "Contact"}
    return {"id": None, "name": "Madoguchi", "type": "System"}


def told(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"id", "label"}:
        return {"id": value["id"], "name": value["label"]}
    if isinstance(value, list):
        return [share(each) if is_share(each) else each for each in value]
    return value


def is_share(value: Any) -> bool:
    return isinstance(value, dict) and "level" in value and "department" in value


def share(value: dict[str, Any]) -> dict[str, Any]:
    """With whom, how far, until when and why; as `sharedDepartments` of a ticket."""
    found = {**told(value["department"]), "type": TYPES[Permission[value["level"]]]}
    if value.get("expires_at"):
        found["expiresAt"] = time(datetime.fromisoformat(value["expires_at"]))
    return {**found, "reason": value["reason"]} if value.get("reason") else found


def kind(value: Any) -> str:
    if isinstance(value, dict):
        return "Entity" if "label" in value else "PropertyGroup"
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int | float):
        return "Numeric"
    if isinstance(value, list):
        return "EntityList" if value and isinstance(value[0], dict) else "TextList"
    return "Text"


def info(event: Event) -> list[dict[str, Any]]:
    found = []
    for name in event.after.keys() | event.before.keys():
        old, new = event.before.get(name), event.after.get(name)
        both = name in event.before
        found.append(
            {
                "propertyName": NAMES.get(name, name),
                "propertyType": "ValueTransition" if both else kind(new),
                "propertyValue": {"previousValue": told(old), "updatedValue": told(new)} if both else told(new),
                "systemProperty": None,
            }
        )
    return sorted(found, key=lambda row: str(row["propertyName"]))


def event(row: Event) -> dict[str, Any]:
    return {
        "eventName": CATALOGUE[row.verb].api if row.verb in CATALOGUE else "TicketUpdated",
        "eventTime": time(row.at),
        "source": SOURCES.get(row.door, "System"),
        "actor": actor(row),
        "actorInfo": None,
        "eventInfo": info(row),
    }
