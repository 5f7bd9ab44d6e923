"""Events as the wire tells them (API B5)."""

from typing import Any

from madoguchi.doors.api.errors import WIRE
from madoguchi.doors.api.present.words import time
from madoguchi.models import Event
from madoguchi.verbs import CATALOGUE

SOURCES = {"mail": "Email", "help": "Helpcenter", "page": "Agent", "api": "API", "command": "System", "desk": "System"}
NAMES = {**WIRE, "assignee": "assigneeId", "team": "teamId", "department": "departmentId", "custom": "cf"}


def actor(event: Event) -> dict[str, Any]:
    if event.agent is not None:
        return {"id": str(event.agent_id), "name": event.agent.name, "type": "Agent"}
    if event.by_contact is not None:
        return {"id": str(event.by_contact_id), "name": event.by_contact.name, "type": "Contact"}
    return {"id": None, "name": "Madoguchi", "type": "System"}


def told(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"id", "label"}:
        return {"id": value["id"], "name": value["label"]}
    return value


def kind(value: Any) -> str:
    if isinstance(value, dict):
        return "Entity" if "label" in value else "PropertyGroup"
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int | float):
        return "Numeric"
    return "TextList" if isinstance(value, list) else "Text"


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
