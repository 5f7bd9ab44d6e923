"""Closing a ticket of a family from a page: it asks before children are closed with it, and says what else was closed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from madoguchi import access
from madoguchi.access import can
from madoguchi.actor import Actor
from madoguchi.doors.agent import when
from madoguchi.doors.agent.answer import Desked
from madoguchi.errors import Refused
from madoguchi.models import Ticket
from madoguchi.models.organisation import State
from madoguchi.prepared import fetch
from madoguchi.tickets import family


@dataclass(frozen=True, slots=True)
class Along:
    """How many parents close how many children with them."""

    parents: int
    children: int


ASKS = "CLOSES_CHILDREN"
ALONG = """
SELECT count(DISTINCT e.ticket_id) FROM madoguchi_event c JOIN madoguchi_event e ON e.cause_id = c.id AND e.verb = 'ticket.closed'
WHERE c.ticket_id = ANY(%(ids)s::bigint[]) AND c.verb = 'ticket.closed' AND c.at >= %(since)s::timestamptz
  AND NOT e.ticket_id = ANY(%(ids)s::bigint[])
"""


def ask(request: Desked, ticket: Ticket) -> int:
    """How many open children closing the ticket closes with it. Refused: CLOSES_CHILDREN until the form says `sure`."""
    if ticket.is_closed or not (ticket.department.has_families and ticket.department.closes_children):
        return 0
    n = family.progress(ticket).open
    if n and "sure" not in request.POST:
        text = ngettext(
            "Its %(n)s open child ticket is closed as well.", "Its %(n)s open child tickets are closed as well.", n
        )
        raise Refused(ASKS, text % {"n": n})
    return n


def asked_of(request: Desked, ids: Collection[int]) -> Along:
    """What closing these tickets in bulk would close besides them; of those the agent may open, the open ones."""
    closing = Ticket.objects.filter(
        Ticket.LIVE,
        access.reach(request.actor),
        department__has_families=True,
        department__closes_children=True,
        pk__in=ids,
    ).exclude(state=State.CLOSED)
    children = Ticket.objects.filter(family.IN_EFFECT, parent__in=closing).exclude(pk__in=ids)
    return Along(
        **children.exclude(state=State.CLOSED).aggregate(parents=Count("parent", distinct=True), children=Count("pk"))
    )


def said(ticket: Ticket, text: str, closed_n: int = 0, *, by: Actor | None = None) -> str:
    """The toast, with what was closed along: `closed_n` children, or the parent of the last child, by its number for `by`
    who may see it."""
    told = [text]
    if closed_n:
        words = ngettext("%(n)s child ticket was closed as well.", "%(n)s child tickets were closed as well.", closed_n)
        told.append(words % {"n": closed_n})
    if (parent := closed_parent(ticket)) is not None:
        seen = by is not None and can(by, "read", parent)
        text = _("Its parent #%(n)s was closed as well.") if seen else _("Its parent was closed as well.")
        told.append(text % {"n": parent.number} if seen else text)
    return ("" if when.locale() == "ja" else " ").join(told)


def with_relatives(text: str, n: int) -> str:
    """The toast of a bulk action, with how many relatives were closed along."""
    if not n:
        return text
    more = ngettext("%(n)s related ticket was closed as well.", "%(n)s related tickets were closed as well.", n)
    return ("" if when.locale() == "ja" else " ").join([text, more % {"n": n}])


def closed_along(tickets: Sequence[Ticket], since: datetime) -> int:
    """How many other tickets were closed because these were, since then."""
    ids = [ticket.pk for ticket in tickets if ticket.department.has_families]
    return int(fetch(ALONG, {"ids": ids, "since": since})[0][0]) if ids else 0


def closed_parent(ticket: Ticket) -> Ticket | None:
    """The parent, if it was closed because this one just was."""
    if ticket.parent_id is None or ticket.state != State.CLOSED or ticket.closed_at is None:
        return None
    parent = family.parent_of(ticket)
    if parent is None or not parent.department.closes_parent or parent.closed_at is None:
        return None
    return parent if parent.closed_at >= ticket.closed_at else None
