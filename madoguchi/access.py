"""May you? One table, asked by every verb and every door (SPEC G1, D4, S2, S9)."""

from enum import IntEnum

from django.db.models import Q

from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden
from madoguchi.models import Agent, Department, Role, Ticket


class Level(IntEnum):
    """How close an actor stands to a ticket. Each level may do what the ones below may."""

    NONE = 0
    READ = 1
    RESTRICTED = 2
    FULL = 3
    OWN = 4


NEEDS = {
    "read": Level.READ,
    "comment_private": Level.READ,
    "forward": Level.RESTRICTED,
    "reply": Level.FULL,
    "comment_public": Level.FULL,
    "edit": Level.FULL,
    "tag": Level.FULL,
    "follow": Level.FULL,
    "set_status": Level.OWN,
    "assign": Level.OWN,
    "move": Level.OWN,
    "mark_spam": Level.OWN,
    "trash": Level.OWN,
    "restore": Level.OWN,
    "purge": Level.OWN,
}

IN_BIN = {"read", "trash", "restore", "purge"}

LIGHT = {"read", "comment_private", "save_views"}
AGENT = set(NEEDS) - {"restore", "purge"} | {"open", "edit_customers", "see_quarantine", "see_outbox", "save_views"}
SUPERVISOR = AGENT | {"restore", "purge", "see_bin", "supervise", "share_views"}
ADMINISTRATOR = SUPERVISOR | {"administer"}

GRANTS = {
    Role.Base.LIGHT: LIGHT,
    Role.Base.AGENT: AGENT,
    Role.Base.SUPERVISOR: SUPERVISOR,
    Role.Base.ADMINISTRATOR: ADMINISTRATOR,
}
REMOVABLE = sorted(AGENT - {"read"} | {"share_views"})
CONTACT = {"read", "receive"}


def grants(agent: Agent) -> set[str]:
    """The verbs an agent's role allows at all, wherever the thing stands."""
    if agent.is_administrator:
        return ADMINISTRATOR
    return GRANTS[Role.Base(agent.role.base)] - set(agent.role.takes_away)


def level(actor: Actor, ticket: Ticket) -> Level:
    """How close the actor stands to this ticket."""
    if actor.is_desk or actor.is_administrator:
        return Level.OWN
    if actor.agent is not None and ticket.department_id in actor.agent.own_department_ids:
        return Level.OWN
    return Level.NONE


def can(actor: Actor, verb: str, ticket: Ticket | None = None) -> bool:
    """Whether the actor may do the verb: with the ticket, or at all where no ticket is given.

    A ticket in the recycle bin can be read, restored and purged, nothing else.
    """
    if actor.is_desk:
        return True
    if actor.agent is None:
        return verb in CONTACT and ticket is not None and ticket.contact_id == getattr(actor.contact, "pk", None)
    if verb not in grants(actor.agent):
        return False
    if ticket is not None and ticket.trashed_at is not None and verb not in IN_BIN:
        return False
    return ticket is None or level(actor, ticket) >= NEEDS.get(verb, Level.OWN)


def require(actor: Actor, verb: str, ticket: Ticket | None = None) -> None:
    """Raise Hidden where the ticket may not be seen, Denied where only the verb is not allowed."""
    if can(actor, verb, ticket):
        return
    if ticket is not None and not can(actor, "read", ticket):
        raise Hidden
    raise Denied(verb)


def scope(actor: Actor) -> Q:
    """The tickets an actor may list: those of own departments; of a contact, the own ones."""
    if actor.is_desk or actor.is_administrator:
        return Q()
    if actor.agent is not None:
        return Q(department_id__in=actor.agent.own_department_ids)
    return Q(contact_id=getattr(actor.contact, "pk", None))


def departments(actor: Actor) -> list[Department]:
    """The departments whose tickets the actor works on, in order."""
    if actor.is_desk or actor.is_administrator:
        return list(getattr(actor.agent, "desk_departments", None) or Department.objects.all())
    assert actor.agent is not None
    return sorted((d for d in actor.agent.departments.all() if d.is_enabled), key=lambda d: d.pk)


def require_department(actor: Actor, department_id: int) -> None:
    """Raise Hidden where the actor does not work in the department."""
    if actor.is_desk or actor.is_administrator:
        return
    if actor.agent is None or department_id not in actor.agent.own_department_ids:
        raise Hidden
