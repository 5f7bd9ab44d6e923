"""How a ticket looks to those it is shared with: what they may do with it, what not, and why (SPEC S2, S3, S5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from madoguchi.access import Level, can, level, shared_with
from madoguchi.actor import Actor
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.share_details import MAY
from madoguchi.errors import Hidden
from madoguchi.models import Department, Permission, Ticket


@dataclass(frozen=True, slots=True)
class Receiver:
    """`department` is the own department that reads it here; `rights` are (words, may) as access says.

    `until` and `reason` are those of its share. `is_role`: the role allows less than the share.
    """

    level: Level
    department: Department
    rights: list[tuple[str, bool]]
    is_role: bool
    until: datetime | None
    reason: str

    @property
    def label(self) -> str:
        return str(Permission(self.level).label)

    @property
    def summary(self) -> str:
        """The level in a sentence, for the banner."""
        return str(MAY[Permission(self.level)])


def receiver(request: Desked, ticket: Any) -> Receiver | None:
    """None where the ticket is the agent's own."""
    there = department_of(request, ticket)
    reach = level(request.actor, ticket)
    if reach == Level.OWN:
        return None
    if reach == Level.NONE:
        raise Hidden
    rights = list(rights_of(request.actor, ticket, reach))
    row: Any = next((r for r in ticket.share_rows if r["department"] == there.pk), None)
    until = datetime.fromisoformat(row["expires_at"]) if row and row["expires_at"] else None
    allowed = {Level.FULL: 4, Level.RESTRICTED: 2, Level.READ: 2}[reach]
    is_role = not all(may for _words, may in rights[:allowed])
    return Receiver(reach, there, rights, is_role, until, row["reason"] if row else "")


def department_of(request: Desked, ticket: Ticket) -> Department:
    """The department as which the agent reads the ticket: the ticket's own, else the one it is shared with – the best
    level first, of several the one chosen in the bar."""
    own = request.agent.own_department_ids
    if request.actor.is_administrator or ticket.department_id in own:
        return ticket.department
    found = shared_with(ticket, own)
    if not found:  # it ended this moment
        raise Hidden
    chosen = request.department.pk if request.department else 0
    best = max(found, key=lambda pk: (found[pk], pk == chosen, -pk))
    return next(department for department in request.departments if department.pk == best)


def rights_of(actor: Actor, ticket: Ticket, reach: Level) -> Iterator[tuple[str, bool]]:
    """What the level is about, in the words of the share panel: what it allows first."""

    def may(*verbs: str) -> bool:
        return all(can(actor, verb, ticket) for verb in verbs)

    if reach == Level.FULL:
        yield _("Reply"), may("reply")
        yield _("Forward"), may("forward")
        yield _("Public and private comments"), may("comment_public", "comment_private")
        yield _("Change fields and tags (due date included)"), may("edit", "tag")
    elif reach == Level.RESTRICTED:
        yield _("Private comments"), may("comment_private")
        yield _("Forward (not to the requester’s mail addresses)"), may("forward")
        yield _("Reply and public comments"), may("reply")
        yield _("Change fields and tags"), may("edit")
    else:
        yield pgettext("permission", "Read"), True
        yield _("Private comments"), may("comment_private")
        yield _("Reply, public comments, forward"), may("reply")
        yield _("Change fields and tags"), may("edit")
    yield _("Change status and assignee"), False
    yield _("Share, merge, close, move, delete"), False
