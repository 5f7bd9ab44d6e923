"""What an agent has half written stays on the server, for them alone (SPEC D13). No history, no events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from madoguchi.access import can, merged, require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit import html as markup
from madoguchi.models import Draft, Ticket
from madoguchi.prepared import Prepared, fetch
from madoguchi.record import now

VERBS = {"reply": "reply", "note": "comment_private", "forward": "forward", "family": "read"}
KINDS = {
    "reply": "kind = 'thread' AND direction = 'out' AND NOT is_forward",
    "note": "kind = 'comment'",
    "forward": "is_forward",
    "family": "false",  # one reply to all children: written on them, not on this one
}
FIELDS = frozenset(["body", "html", "to", "cc", "bcc", "public", "from"])
LONGEST = 64 * 1024
MOST_FILES = 100
LOOKED_AT = 50

# The lock waits for a reply that is being sent: the next statement then sees it.
LOCK = """
SELECT set_config('synchronous_commit', 'off', true), merged_into_id FROM madoguchi_ticket WHERE id = %s FOR KEY SHARE
"""
FIRST = """
INSERT INTO madoguchi_draft AS d (agent_id, ticket_id, mode, fields, version, saved_at)
SELECT %(agent)s, %(ticket)s, %(mode)s, %(fields)s, 1, %(at)s WHERE NOT EXISTS (
  SELECT 1 FROM madoguchi_entry WHERE ticket_id = %(ticket)s AND agent_id = %(agent)s AND id > %(seen)s AND {kind})
ON CONFLICT (agent_id, ticket_id, mode) DO UPDATE
  SET saved_at = excluded.saved_at WHERE d.fields = excluded.fields
RETURNING version
"""
NEXT = """
UPDATE madoguchi_draft SET fields = %(fields)s, version = version + 1, saved_at = %(at)s
WHERE agent_id = %(agent)s AND ticket_id = %(ticket)s AND mode = %(mode)s AND version = %(version)s
RETURNING version
"""


@dataclass(frozen=True, slots=True)
class Saved:
    version: int
    at: datetime


class Overtaken(Refused):
    """The draft was saved elsewhere meanwhile (`draft` is what stands there), or sent or discarded (None)."""

    def __init__(self, draft: Draft | None) -> None:
        text = _("This draft was changed elsewhere.") if draft else _("This draft was sent or discarded elsewhere.")
        super().__init__("DRAFT_CHANGED" if draft else "DRAFT_GONE", text)
        self.draft = draft


@transaction.atomic
def save_draft(
    ticket: Ticket, mode: str, fields: Mapping[str, Any], *, version: int = 0, seen: int = 0, by: Actor
) -> Saved:
    """Keep the fields of the form. `version` is the one the writer started from, 0 for none; `seen` the newest entry
    they had before them: what arrives after the sending of the same text is not kept.

    Refused: NOT_A_MODE, TOO_LONG (64 KB), DRAFT_CHANGED, DRAFT_GONE (`Overtaken`).
    """
    if mode not in VERBS:
        raise Refused("NOT_A_MODE", _("This choice does not exist (any more)."), "mode")
    require(by, VERBS[mode], ticket)
    assert by.agent is not None
    at = now()
    values: dict[str, Any] = {
        "agent": by.agent.pk,
        "ticket": ticket.pk,
        "mode": mode,
        "fields": Jsonb(tidy(fields)),
        "version": version,
        "seen": seen,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [ticket.pk])
        found = cursor.fetchone()
        if found is not None and found[1] is not None:  # someone merged it meanwhile
            ticket.merged_into_id = found[1]
            raise merged(ticket)
        cursor.execute(NEXT if version else FIRST.format(kind=KINDS[mode]), values)
        row = cursor.fetchone()
    if row is None:
        raise Overtaken(Draft.objects.filter(agent=by.agent, ticket=ticket, mode=mode).first())
    return Saved(row[0], at)


def tidy(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a draft keeps of a form. Refused: TOO_LONG."""
    kept: dict[str, Any] = {name: str(fields[name]) for name in FIELDS if fields.get(name)}
    if max((len(value.encode()) for value in kept.values()), default=0) > LONGEST:
        raise Refused("TOO_LONG", _("This text is too long to be kept as a draft."), "content")
    if kept.get("html"):
        kept["html"] = markup.sanitise_prose(kept["html"])
    if files := [str(key)[:32] for key in fields.get("upload", [])][:MOST_FILES]:
        kept["upload"] = files
    return kept


LATEST = Prepared(
    lambda mark: (
        Draft.objects.filter(agent=mark.number("agent"))
        .select_related("ticket")
        .order_by("-saved_at", "-pk")[:LOOKED_AT]
    )
)


DISCARD = (
    "DELETE FROM madoguchi_draft WHERE agent_id = %s::bigint AND ticket_id = %s::bigint AND mode = %s RETURNING id"
)


def discard_draft(ticket: Ticket, mode: str, *, by: Actor) -> None:
    """Forget what was written: it was sent, or is not wanted any more."""
    require(by, "read", ticket)
    fetch(DISCARD, [by.agent.pk if by.agent else None, ticket.pk, mode])


def drafts_of(by: Actor, most: int) -> list[Draft]:
    """The actor's own drafts on tickets they still see, the latest first."""
    kept = LATEST(agent=by.agent.pk) if by.agent else []
    return [draft for draft in kept if draft.ticket.is_live and can(by, "read", draft.ticket)][:most]
