"""A HubSpot of one's own (API.md E2): contact search, associations, batch read, pipelines."""

import itertools
import re
from typing import Any

from tests.reactions.crm_servers.serving import Answer, Asked, Server, told

TOKEN = "pat-na1-11111111-2222-3333-4444-555555555555"
STAGES = {
    "appointmentscheduled": ("日程確定", {"isClosed": "false", "probability": "0.2"}),
    "closedwon": ("受注", {"isClosed": "true", "probability": "1.0"}),
    "closedlost": ("失注", {"isClosed": "true", "probability": "0.0"}),
}


class HubSpotServer(Server):
    def __init__(self) -> None:
        super().__init__()
        self.tokens = {TOKEN}
        self.contacts: dict[str, dict[str, Any]] = {}
        self.deals: dict[str, dict[str, Any]] = {}
        self.of: dict[str, list[str]] = {}
        self._ids = itertools.count(501)

    def add(self, **properties: Any) -> str:
        record = str(next(self._ids))
        self.contacts[record] = properties
        return record

    def add_deal(self, contact: str, stage: str, **properties: Any) -> str:
        record = str(next(self._ids))
        self.deals[record] = {"dealstage": stage, **properties}
        self.of.setdefault(contact, []).append(record)
        return record

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return told({"status": "error", "category": "INVALID_AUTHENTICATION", "message": "…"}, 401)
        if asked.path == "/account-info/v3/details":
            return told({"portalId": 1234567, "companyCurrency": "JPY", "timeZone": "Asia/Tokyo"})
        if asked.path == "/crm/v3/objects/contacts/search":
            return self._search(asked.json)
        if found := re.fullmatch(r"/crm/v4/objects/contacts/(\d+)/associations/deals", asked.path):
            return told({"results": [{"toObjectId": int(each)} for each in self.of.get(found[1], [])]})
        if found := re.fullmatch(r"/crm/v4/objects/deals/(\d+)/associations/contacts", asked.path):
            return told({"results": [{"toObjectId": int(each)} for each, of in self.of.items() if found[1] in of]})
        if found := re.fullmatch(r"/crm/v3/objects/(deals|contacts)/batch/read", asked.path):
            wanted, rows = [each["id"] for each in asked.json["inputs"]], getattr(self, found[1])
            if len(wanted) > 100:
                return told({"status": "error", "category": "VALIDATION_ERROR"}, 400)
            return told({"status": "COMPLETE", "results": [_row(each, rows[each]) for each in wanted if each in rows]})
        if asked.path == "/crm/v3/pipelines/deals":
            stages = [{"id": key, "label": label, "metadata": about} for key, (label, about) in STAGES.items()]
            return told({"results": [{"id": "default", "label": "Sales", "stages": stages}]})
        return told({"status": "error", "message": "no such address"}, 404)

    def _search(self, body: dict[str, Any]) -> Answer:
        if len(body["filterGroups"]) > 5:
            return told({"status": "error", "category": "VALIDATION_ERROR"}, 400)
        filters = [group["filters"][0] for group in body["filterGroups"]]
        rows = [_row(key, told) for key, told in self.contacts.items() if any(_fits(told, each) for each in filters)]
        return told({"total": len(rows), "results": rows[: body["limit"]]})


def _fits(properties: dict[str, Any], asked: dict[str, Any]) -> bool:
    value = str(properties.get(asked["propertyName"]) or "").lower()
    if asked["operator"] == "IN":
        return value in [each.lower() for each in asked["values"]]
    wanted = asked["value"].lower()
    return wanted in value.split(";") if asked["operator"] == "CONTAINS_TOKEN" else wanted == value


def _row(record: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"id": record, "properties": properties, "archived": False}
