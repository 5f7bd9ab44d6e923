"""Delivery status notifications (RFC 3464): the regular bounces."""

import re
from typing import Literal

from madoguchi.kit.letters import words
from madoguchi.kit.letters.charsets import decode
from madoguchi.kit.letters.fields import Fields, fields, first, ids
from madoguchi.kit.letters.mime import Entity, split_head
from madoguchi.kit.letters.model import Bounce

Kind = Literal["failed", "delayed", "delivered", "other"]
_KINDS: dict[str, Kind] = {
    "failed": "failed",
    "failure": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
_GROUPS = re.compile(rb"\r?\n(?:[ \t]*\r?\n)+")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ORIGINALS = frozenset(["message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"])


def report(leaves: list[Entity]) -> Bounce | None:
    """The report in a mail's `message/delivery-status` entity: its first failed recipient, else its first."""
    status = next(
        (x for x in leaves if x.content_type in {"message/delivery-status", "message/global-delivery-status"}), None
    )
    if status is None:
        return None
    groups = [fields(g.strip()) for g in _GROUPS.split(status.payload()[:262_144])[:200]]
    about = [g for g in groups if "final-recipient" in g or "original-recipient" in g or "action" in g]
    chosen = next((g for g in about if _kind(g) == "failed"), about[0] if about else {})
    return Bounce(
        kind=_kind(chosen),
        recipient=_recipient(chosen),
        status=_status(chosen),
        diagnostic=words.text(first(chosen, "diagnostic-code")).partition(";")[2].strip()[:1_000]
        or words.text(first(chosen, "diagnostic-code"))[:1_000],
        original_message_ids=original_ids(leaves),
    )


def original_ids(leaves: list[Entity]) -> tuple[str, ...]:
    """The Message-ID of every mail or header block that came back."""
    found: list[str] = []
    for leaf in leaves:
        if leaf.content_type in _ORIGINALS:
            head, body = split_head(leaf.payload())
            own = ids(first(fields(head or body), "message-id"))
            found += own
    return tuple(dict.fromkeys(found))


def _kind(group: Fields) -> Kind:
    action = decode(first(group, "action")).strip().lower().partition(" ")[0]
    if action in _KINDS:
        return _KINDS[action]
    status = _status(group)
    return {"5": "failed", "4": "delayed", "2": "delivered"}.get(status[:1], "other")  # type: ignore[return-value]


def _status(group: Fields) -> str:
    found = _STATUS.search(decode(first(group, "status"))) or _STATUS.search(decode(first(group, "diagnostic-code")))
    return found[0] if found else ""


def _recipient(group: Fields) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = words.text(first(group, name))
        address = (value.partition(";")[2] or value).strip(" <>")
        if "@" in address:
            return address[:320]
    return ""
