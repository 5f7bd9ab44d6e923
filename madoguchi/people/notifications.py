"""What agents decide about being told, and that they have read it (SPEC D9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi import bell, record
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Refused
from madoguchi.models import Agent, Notification, NotificationPreference, Ticket
from madoguchi.organisation.notification_rules import KINDS, Kind, offered
from madoguchi.prepared import fetch

READ = """
UPDATE madoguchi_notification SET read_at = %(at)s::timestamptz
WHERE agent_id = %(agent)s::bigint AND ticket_id = %(ticket)s::bigint AND read_at IS NULL RETURNING in_app
"""
KEPT_DAYS, AT_ONCE = 90, 5000
OLDEST = """
DELETE FROM madoguchi_notification WHERE created_at < %s::timestamptz
  AND id IN (SELECT id FROM madoguchi_notification ORDER BY id LIMIT %s) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Preference:
    """What an agent wants of a kind, as far as the department's rule sends it at all."""

    kind: Kind
    in_app: bool
    by_mail: bool


def preferences_of(agent: Agent) -> list[Preference]:
    """All kinds that are up to the agent, in their order. Everything is wanted at first."""
    kept = {row.kind: row for row in NotificationPreference.objects.filter(agent=agent)}
    mine = [kind for kind in KINDS.values() if kind.is_personal]
    found = [(kind, kept.get(kind.key, NotificationPreference())) for kind in mine]
    return [
        Preference(kind, kind.offers_in_app and row.in_app, kind.offers_mail and row.by_mail) for kind, row in found
    ]


@transaction.atomic
def set_preference(kind: str, *, in_app: bool | None = None, by_mail: bool | None = None, by: Actor) -> None:
    """Switch a kind off, or on again, for oneself; None stays. Refused: NO_KIND, NOT_OFFERED, NOT_PERSONAL."""
    if by.agent is None:
        raise Denied("set_preference")
    wanted = {"in_app": in_app, "by_mail": by_mail}
    offered(kind, wanted)
    if not KINDS[kind].is_personal:
        raise Refused("NOT_PERSONAL", _("This notification goes to every agent of the department."), "kind")
    Agent.objects.select_for_update(of=("self",)).get(pk=by.agent.pk)
    row = NotificationPreference.objects.filter(agent=by.agent, kind=kind).first() or NotificationPreference(
        agent=by.agent, kind=kind
    )
    for way, on in wanted.items():
        if on is not None:
            setattr(row, way, on)
    row.save()


@transaction.atomic
def mark_read(ids: Iterable[int] = (), *, ticket: Ticket | None = None, everything: bool = False, by: Actor) -> int:
    """Mark one's own as read: by id, those of a ticket (also what waits for a mail), or everything. Returns how many."""
    if by.agent is None:
        raise Denied("mark_read")
    if ticket is not None:
        found = fetch(READ, {"at": record.now(), "agent": by.agent.pk, "ticket": ticket.pk})
        read_n = sum(in_app for (in_app,) in found)
    else:
        rows = Notification.objects.filter(agent=by.agent, in_app=True, read_at=None)
        rows = rows if everything else rows.filter(pk__in=list(ids))
        read_n = rows.update(read_at=record.now())
    if read_n:
        bell.ring(verb="notice", to=by.agent.pk)
    return read_n


def forget_old() -> int:
    """Delete what is older than 90 days, the oldest first. Returns how many."""
    gone = 0
    before = (record.now() - timedelta(days=KEPT_DAYS)).isoformat()
    while n := len(fetch(OLDEST, [before, AT_ONCE])):
        gone += n
    return gone
