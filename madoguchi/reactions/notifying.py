"""Tell agents what happened (SPEC D9): look at the events that wait, and write a notification for each who is to know.

A batch of events is one transaction and, whatever the number of agents, one INSERT; a worker that dies leaves them waiting.
Nobody is told of their own deed, of a ticket they may not see, or of one event twice.
"""

import logging
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from madoguchi import bell
from madoguchi.models import Event, Telling
from madoguchi.organisation.notification_rules import rule_of
from madoguchi.prepared import fetch
from madoguchi.reactions.whom_to_tell import Asked, asked_of

log = logging.getLogger("madoguchi.notifications")
BATCH, MOST_TRIES = 200, 5
# Who is entitled to more than one kind by the same event is told the first of these.
KINDS = (
    "mentioned",
    "assigned",
    "customer_replied",
    "shared_received",
    "merged",
    "overdue",
    "bad_rating",
    "moved",
    "created",
)
ANY = "SELECT EXISTS (SELECT FROM madoguchi_telling WHERE tries < %s)"
TAKE = "SELECT event_id FROM madoguchi_telling WHERE tries < %s ORDER BY event_id LIMIT %s FOR UPDATE SKIP LOCKED"
DONE = "DELETE FROM madoguchi_telling WHERE event_id = ANY(%s::bigint[]) RETURNING event_id"
# Who sees a ticket may have changed with these, and so what stands in the lists of those who were told of it before.
SIGHT = {
    "ticket.shared",
    "ticket.unshared",
    "ticket.moved",
    "ticket.trashed",
    "ticket.restored",
    "ticket.spam",
    "ticket.not_spam",
}
CONCERNS = """
SELECT DISTINCT agent_id FROM madoguchi_notification WHERE ticket_id = ANY(%s::bigint[]) AND in_app
"""
ASKED = {
    "event": "bigint",
    "ticket": "bigint",
    "kind": "text",
    "rank": "int",
    "department": "bigint",
    "agent": "bigint",
    "but": "bigint",
    "given": "bigint",
    "in_app": "bool",
    "by_mail": "bool",
    "personal": "bool",
    "at": "timestamptz",
}
WRITE = f"""
WITH asked AS (
  SELECT * FROM unnest({", ".join(f"%({name})s::{kind}[]" for name, kind in ASKED.items())})
    AS a ({", ".join(f'"{name}"' for name in ASKED)})
), found AS (
  SELECT a.*, m.agent_id AS who FROM asked a
    JOIN madoguchi_membership m ON m.department_id = a.department
    JOIN madoguchi_department d ON d.id = a.department AND d.is_enabled
  UNION ALL SELECT a.*, a.agent FROM asked a WHERE a.agent IS NOT NULL
), wanted AS (
  SELECT f.event, f.who, f.ticket, f.kind, f.rank, f.at,
    f.in_app AND coalesce(p.in_app, true) AS in_app, f.by_mail AND coalesce(p.by_mail, true) AS by_mail
  FROM found f JOIN madoguchi_agent g ON g.id = f.who AND g.is_active
    LEFT JOIN madoguchi_notificationpreference p ON f.personal AND p.agent_id = f.who AND p.kind = f.kind
  WHERE f.who IS DISTINCT FROM f.but AND f.who IS DISTINCT FROM f.given
), written AS (
  INSERT INTO madoguchi_notification (agent_id, kind, ticket_id, event_id, in_app, created_at, mail_after)
  SELECT DISTINCT ON (event, who) who, kind, ticket, event, in_app, at, CASE WHEN by_mail THEN at END
  FROM wanted WHERE in_app OR by_mail ORDER BY event, who, rank
  ON CONFLICT (event_id, agent_id) DO NOTHING RETURNING agent_id, in_app
)
SELECT DISTINCT agent_id FROM written WHERE in_app
"""


def is_anything_waiting() -> bool:
    return bool(fetch(ANY, [MOST_TRIES])[0][0])


def tell_all(most: int = BATCH) -> int:
    """Look at all events that wait and are in nobody else's hands. Returns how many.

    An event that breaks its batch is looked at alone, a few times; then it stays, and tells nobody.
    """
    seen, is_more = 0, True
    while is_more:
        ids: list[int] = []
        try:
            with transaction.atomic():
                ids += [pk for (pk,) in fetch(TAKE, [MOST_TRIES, most])]
                if ids:
                    _tell(ids)
            is_more = len(ids) == most
        except Exception:
            if not ids:
                raise
            log.exception("%s events could not be told together", len(ids))
            for pk in ids:
                _tell_alone(pk)
            is_more = False
        seen += len(ids)
    return seen


def _tell_alone(pk: int) -> None:
    try:
        with transaction.atomic():
            if Telling.objects.select_for_update(skip_locked=True).filter(pk=pk).exists():
                _tell([pk])
    except Exception:
        log.exception("nobody could be told of event %s", pk)
        fetch("UPDATE madoguchi_telling SET tries = tries + 1 WHERE event_id = %s::bigint RETURNING tries", [pk])


def _tell(ids: Sequence[int]) -> None:
    events = list(Event.objects.filter(pk__in=ids, ticket__isnull=False).select_related("ticket", "entry"))
    told = [agent for (agent,) in fetch(WRITE, columns)] if (columns := _columns(events)) else []
    moved = [event.ticket_id for event in events if event.verb in SIGHT]
    told += [agent for (agent,) in fetch(CONCERNS, [moved])] if moved else []
    bell.ring_each({"verb": "notice", "to": agent} for agent in dict.fromkeys(told))
    fetch(DONE, [list(ids)])


def _columns(events: Sequence[Event]) -> dict[str, list[Any]]:
    """As `WRITE` takes them; {} where nobody is to be told."""
    live = [e for e in events if e.ticket is not None and e.ticket.is_live and e.ticket.purged_at is None]
    rows = [row for asked in asked_of(live) if (row := _row(asked)) is not None]
    return dict(zip(ASKED, map(list, zip(*rows, strict=True)), strict=True)) if rows else {}


def _row(asked: Asked) -> tuple[Any, ...] | None:
    """As `ASKED` has it; None where no rule sends it. A shared ticket goes by the receiving department's rule."""
    event = asked.event
    owner = asked.department if asked.kind == "shared_received" else event.department_id
    if owner is None:
        return None
    rule = rule_of(owner, asked.kind)
    in_app, by_mail = rule.in_app and rule.kind.offers_in_app, rule.by_mail and rule.kind.offers_mail
    if not (in_app or by_mail):
        return None
    return (
        event.pk, event.ticket_id, asked.kind, KINDS.index(asked.kind), asked.department, asked.agent,
        event.agent_id, asked.given, in_app, by_mail, rule.kind.is_personal, event.at.isoformat(),
    )  # fmt: skip
