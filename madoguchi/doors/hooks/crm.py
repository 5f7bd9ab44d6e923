"""`POST /hooks/crm/{key}`: something changed in the CRM (SPEC C7). Who knows the key may have contacts looked up again,
nothing more; the answer says nothing of whom the desk knows.

Understood are the notifications of Zoho CRM (`{"module", "ids"}`) and HubSpot (a list of `{"objectId",
"subscriptionType"}`), and what any program can send, as JSON or as a form: `{"email"}`, `{"phone"}`, or lists of them.
"""

import json
import re
import threading
import time
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from madoguchi import lookups
from madoguchi.organisation import crm_webhook
from madoguchi.reactions.crm import notified

LARGEST, A_MINUTE = 64 * 1024, 600
MOST_KEYS, MOST_IDS = 50, 100
ID = re.compile(r"[0-9]{1,30}")
MODULES = {"Contacts", "Leads", "Deals"}
HUBSPOT = {"contact": "Contacts", "deal": "Deals"}


class Calls:
    """How many calls this process took in this minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute, self._n = 0, 0

    def are_too_many(self) -> bool:
        minute = int(time.time() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._n = minute, 0
            self._n += 1
            return self._n > A_MINUTE

    def forget(self) -> None:
        self._n = 0


calls = Calls()


@csrf_exempt
@require_POST
def changed(request: HttpRequest, key: str) -> HttpResponse:
    """202 whether or not anybody is concerned. 404 for a wrong key, 413, 429, 400 for what is neither JSON nor a form."""
    if _length(request) > LARGEST:
        return HttpResponse(status=413)
    kind = crm_webhook.kind_of(key) if key.isascii() and len(key) <= 100 else ""
    if not kind:
        return HttpResponse(status=404)
    if calls.are_too_many():
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return HttpResponse(status=413)
    try:
        told = _told(request, body)
    except (ValueError, RecursionError, SuspiciousOperation):
        return HttpResponse(status=400)
    _wish(told, kind)
    return HttpResponse(status=202)


def _length(request: HttpRequest) -> int:
    """What the caller says it sends; without a word, nothing is known yet."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isascii() and said.isdigit() and len(said) < 15 else LARGEST + 1


def _told(request: HttpRequest, body: bytes) -> list[dict[str, Any]]:
    """Objects; of a form one with its last values. Raises ValueError."""
    if request.content_type == "application/x-www-form-urlencoded":
        return [QueryDict(body, encoding="utf-8").dict()]
    told = json.loads(body)
    rows = told if isinstance(told, list) else [told]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError
    return rows[:MOST_IDS]


def _wish(told: list[dict[str, Any]], kind: str) -> None:
    """Whom it names is looked up again at once; whom its records concern, the worker asks the CRM."""
    emails, phones, ids = [], [], dict[str, list[str]]()
    for row in told:
        emails += _texts(row, ("email", "Email", "emails"))
        phones += _texts(row, ("phone", "Phone", "mobile", "Mobile", "phones"))
        module, records = _records(row)
        if module and records:
            ids.setdefault(module, []).extend(records)
    with transaction.atomic():
        lookups.wish_by_keys(emails[:MOST_KEYS], phones[:MOST_KEYS], of=kind)
        for module, records in ids.items():
            notified.take(module, records[:MOST_IDS], of=kind)


def _records(row: dict[str, Any]) -> tuple[str, list[str]]:
    """(module, ids); '' for what is none of ours."""
    if "subscriptionType" in row:
        what = str(row["subscriptionType"]).partition(".")[0]
        return HUBSPOT.get(what, ""), _ids([row.get("objectId")])
    module, values = row.get("module"), row.get("ids", row.get("id", []))
    ids = _ids(values if isinstance(values, list) else str(values).split(","))
    return (module if isinstance(module, str) and module in MODULES else ""), ids


def _ids(values: Iterable[Any]) -> list[str]:
    return [str(value).strip() for value in values if isinstance(value, str | int) and ID.fullmatch(str(value).strip())]


def _texts(row: dict[str, Any], names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        value = row.get(name)
        found += [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str) and each]
    return [each[:320].replace("\x00", "") for each in found]
