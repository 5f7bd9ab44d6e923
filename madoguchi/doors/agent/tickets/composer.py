"""What the form for writing starts with: whom it goes to, from where, and what was typed before a refusal."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madoguchi.access import can
from madoguchi.doors.agent.answer import Desked
from madoguchi.kit.addresses import Address
from madoguchi.kit.addresses import format as written
from madoguchi.models import Attachment, Entry
from madoguchi.models.people import full_name
from madoguchi.tickets.sending import wanted_by

MODES = {"reply": "reply", "note": "comment_private", "forward": "forward"}


@dataclass(frozen=True, slots=True)
class Composer:
    """`modes` the agent may use; `to` and `cc` as a reply starts with; `once` marks one sending of the form."""

    mode: str
    modes: list[str]
    to: str
    cc: str
    box: int | None
    typed: Mapping[str, str]
    once: str
    kept: Sequence[Attachment]


def composer(
    request: Desked,
    ticket: Any,
    entries: list[Entry],
    mode: str,
    typed: Mapping[str, str] | None,
    kept: Sequence[Attachment] = (),
) -> Composer | None:
    """None where the agent may write nothing here."""
    modes = [name for name, verb in MODES.items() if can(request.actor, verb, ticket)]
    if not modes or not ticket.is_live:
        return None
    return Composer(
        mode=mode if mode in modes else modes[0],
        modes=modes,
        to=reply_to(ticket, entries),
        cc=", ".join(
            written(Address(full_name(c["last"], c["first"]), c["address"])) for c in ticket.copies if c["address"]
        ),
        box=box_of(ticket),
        typed=typed or {},
        once=secrets.token_urlsafe(12),
        kept=[a for a in kept if a.entry_id is None],
    )


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
