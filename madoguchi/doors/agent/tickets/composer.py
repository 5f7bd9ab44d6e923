"""What the form for writing starts with: whom it goes to, from where, and what was typed before or kept as a draft."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from madoguchi.access import can
from madoguchi.doors.agent import when
from madoguchi.doors.agent.answer import Desked
from madoguchi.errors import Refused
from madoguchi.kit.addresses import Address
from madoguchi.kit.addresses import format as written
from madoguchi.models import Attachment, CannedResponse, Entry
from madoguchi.models.people import full_name
from madoguchi.organisation import responses
from madoguchi.tickets.attaching import take_up
from madoguchi.tickets.drafting import VERBS
from madoguchi.tickets.sending import wanted_by

MODES = ("reply", "note", "forward")


@dataclass(frozen=True, slots=True)
class Composer:
    """`modes` the agent may use; `to` and `cc` as a reply starts with; `once` marks one sending of the form.

    `seen` is the newest entry the writer had before them, `drafts` what is kept of each mode, `typed` what stands in
    the fields, `responses` to choose from where they were asked for without script. `unsendable` are texts of modes that
    are not allowed any more, to copy from.
    """

    mode: str
    modes: list[str]
    to: str
    cc: str
    box: int | None
    typed: Mapping[str, str]
    once: str
    seen: int
    drafts: Mapping[str, Mapping[str, Any]]
    kept: Sequence[Attachment]
    responses: Sequence[CannedResponse] | None = field(default=None)
    unsendable: Mapping[str, str] = field(default_factory=dict)

    @property
    def draft(self) -> Mapping[str, Any] | None:
        return self.drafts.get(self.mode)


def composer(
    request: Desked,
    ticket: Any,
    entries: list[Entry],
    mode: str,
    typed: Mapping[str, str] | None,
    kept: Sequence[Attachment] = (),
) -> Composer | None:
    """None where the agent may write nothing here."""
    modes = [name for name in MODES if can(request.actor, VERBS[name], ticket)]
    if not modes or not ticket.is_live:
        return None
    drafts = {name: readable(draft) for name, draft in ticket.own_drafts.items() if name in modes}
    latest = max(drafts, key=lambda name: str(drafts[name]["saved_at"]), default="")
    mode = next(name for name in (mode, latest, modes[0]) if name in modes)
    files = [a for a in kept if a.entry_id is None]
    if typed is None and mode in drafts:
        typed = drafts[mode]["fields"]
        files = uploads(request, drafts[mode]["fields"].get("upload", []))
    return Composer(
        mode=mode,
        modes=modes,
        to=reply_to(ticket, entries),
        cc=", ".join(
            written(Address(full_name(c["last"], c["first"]), c["address"])) for c in ticket.copies if c["address"]
        ),
        box=box_of(ticket),
        typed=typed or {},
        once=secrets.token_urlsafe(12),
        seen=seen_by(request) or max((e.pk for e in entries), default=0),
        drafts=drafts,
        kept=files,
        responses=list(responses.usable(request.actor)[:500]) if "responses" in request.POST else None,
        unsendable=unsendable(ticket, modes),
    )


def unsendable(ticket: Any, modes: Sequence[str]) -> dict[str, str]:
    """What the writer has as drafts of other modes than these: the sharing was narrowed meanwhile."""
    drafts = {mode: draft["fields"].get("body", "") for mode, draft in ticket.own_drafts.items()}
    return {mode: text for mode, text in drafts.items() if mode in MODES and mode not in modes and text.strip()}


def readable(draft: Mapping[str, Any]) -> dict[str, Any]:
    """A draft with the time it was saved at as the reader's clock says it."""
    return {**draft, "clock": when.clock(datetime.fromisoformat(draft["saved_at"]))}


def seen_by(request: Desked) -> int:
    """The newest entry the form was written under; 0 where it does not say."""
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 19 else 0


def uploads(request: Desked, keys: Sequence[str]) -> list[Attachment]:
    """The files of a draft that are still there."""
    found = []
    for key in keys:
        try:
            found += take_up([str(key)], by=request.actor)
        except Refused:
            continue
    return found


def reply_to(ticket: Any, entries: list[Entry]) -> str:
    """Where a reply goes: see `tickets.sending.contact_address`, here without asking the database again."""
    received = (e for e in reversed(entries) if not e.is_outgoing and e.contact_id == ticket.contact_id)
    wanted = wanted_by(next((e for e in received if e.from_address), None), ticket.contact.name)
    address = ticket.email or (ticket.addresses[0] if ticket.addresses else "")
    if not wanted and address:
        wanted = [Address(ticket.contact.name, address)]
    return ", ".join(written(person) for person in wanted)


def box_of(ticket: Any) -> int | None:
    """The address a reply leaves from unless another is chosen (SPEC G6)."""
    ids = [box["id"] for box in ticket.boxes]
    if ticket.mailbox_id in ids:
        return int(ticket.mailbox_id)
    return next((box["id"] for box in ticket.boxes if box["department"] == ticket.department_id), None)
