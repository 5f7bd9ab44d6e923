"""Who else looks at a ticket or writes on it now (SPEC D10)."""

from typing import Any, Literal, NamedTuple

from django.db import connection, transaction

from madoguchi import bell
from madoguchi.access import READS, departments_seeing, require
from madoguchi.actor import Actor
from madoguchi.models import Ticket
from madoguchi.models.people import full_name

OLD_AFTER_S = 45
Doing = Literal["viewing", "typing"]

# Answers whether it was news: who is renewed only is known already.
SAY = f"""
WITH before AS (SELECT doing FROM madoguchi_presence
                WHERE ticket_id = %(ticket)s AND agent_id = %(agent)s AND seen_at > now() - interval '{OLD_AFTER_S} s')
INSERT INTO madoguchi_presence AS p (ticket_id, agent_id, doing, seen_at)
VALUES (%(ticket)s, %(agent)s, %(doing)s, now())
ON CONFLICT (ticket_id, agent_id) DO UPDATE SET doing = excluded.doing, seen_at = excluded.seen_at
RETURNING NOT EXISTS (SELECT 1 FROM before WHERE before.doing = %(doing)s)
"""
LEAVE = "DELETE FROM madoguchi_presence WHERE ticket_id = %(ticket)s AND agent_id = %(agent)s RETURNING true"
# Those in a ticket's presence `p` who still may see it: who lost sight is not there any more.
THERE = f"""
madoguchi_presence p JOIN madoguchi_agent a ON a.id = p.agent_id AND a.is_active JOIN madoguchi_role r ON r.id = a.role_id
JOIN madoguchi_ticket t ON t.id = p.ticket_id AND {READS}
"""
OTHERS = f"""
SELECT a.id, a.last_name, a.first_name, p.doing FROM {THERE}
WHERE p.ticket_id = %(ticket)s AND p.agent_id <> %(agent)s AND p.seen_at > now() - interval '{OLD_AFTER_S} s'
ORDER BY p.doing, a.id
"""


class Other(NamedTuple):
    id: int
    name: str
    is_typing: bool


def attend(ticket: Ticket, doing: Doing, *, by: Actor) -> None:
    """Say that the actor looks at the ticket, or writes on it; to be said again before OLD_AFTER_S are over."""
    _write(SAY, ticket, doing, by)


def leave(ticket: Ticket, *, by: Actor) -> None:
    _write(LEAVE, ticket, "gone", by)


def others(ticket: Ticket, *, by: Actor) -> list[Other]:
    """The other agents who are there now, those who write first."""
    require(by, "read", ticket)
    asked = {"ticket": ticket.pk, "agent": by.agent.pk if by.agent else None}
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, asked)
        return [Other(pk, full_name(last, first), doing == "typing") for pk, last, first, doing in cursor.fetchall()]


@transaction.atomic
def _write(sql: str, ticket: Ticket, doing: str, by: Actor) -> None:
    """Nothing waits for the disk: a presence lost in a crash is none."""
    require(by, "read", ticket)
    assert by.agent is not None
    values: dict[str, Any] = {"ticket": ticket.pk, "agent": by.agent.pk, "doing": doing}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(sql, values)
        found = cursor.fetchone()
    if found and found[0]:
        name = {"ticket": ticket.pk, "number": ticket.number, "verb": f"presence.{doing}", "agent": by.agent.pk}
        for department in departments_seeing(ticket):
            bell.ring(**name, department=department)
