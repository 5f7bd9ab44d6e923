"""Followers: agents who want to know what becomes of a ticket."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import Level, level, require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Agent, Follower, Ticket
from madoguchi.record import change


@transaction.atomic
def follow(ticket: Ticket, agents: Iterable[Agent], *, by: Actor) -> None:
    """Let agents follow the ticket. Refused: FOLLOWER_CANNOT_SEE."""
    require(by, "follow", ticket)
    with change(ticket, "ticket.followed", by=by) as event:
        there = set(ticket.followers.values_list("agent_id", flat=True))
        new = [agent for agent in agents if agent.pk not in there]
        for agent in new:
            if not agent.is_active or level(Actor(agent=agent), ticket) == Level.NONE:
                raise Refused("FOLLOWER_CANNOT_SEE", _("This agent may not see the ticket."), "followerIds")
        Follower.objects.bulk_create(Follower(ticket=ticket, agent=agent) for agent in new)
        if new:
            event.after["followers"] = [agent.name for agent in new]


@transaction.atomic
def unfollow(ticket: Ticket, agents: Iterable[Agent], *, by: Actor) -> None:
    require(by, "follow", ticket)
    with change(ticket, "ticket.unfollowed", by=by) as event:
        rows = list(ticket.followers.select_related("agent").filter(agent__in=list(agents)))
        if rows:
            event.after["followers"] = [row.agent.name for row in rows]
            Follower.objects.filter(pk__in=[row.pk for row in rows]).delete()
