"""May you? One table, asked by every verb and every door (SPEC G1, D4, S2, S9).

What a share allows stands on the ticket's own row (`Ticket.shared`), so that asking costs no statement.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from enum import IntEnum
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Merged
from madoguchi.models import Agent, Contact, Department, Role, Share, Ticket


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
    "share": Level.OWN,
    "relate": Level.OWN,
    "set_status": Level.OWN,
    "assign": Level.OWN,
    "move": Level.OWN,
    "merge": Level.OWN,
    "mark_spam": Level.OWN,
    "trash": Level.OWN,
    "restore": Level.OWN,
    "purge": Level.OWN,
}

IN_BIN = {"read", "trash", "restore", "purge"}

LIGHT = {"read", "comment_private", "save_views"}
AGENT = set(NEEDS) - {"restore", "purge"} | {
    "open",
    "edit_customers",
    "edit_crm",
    "see_quarantine",
    "see_outbox",
    "save_views",
}
SUPERVISOR = AGENT | {"restore", "purge", "see_bin", "supervise", "share_views"}
ADMINISTRATOR = SUPERVISOR | {"administer"}

GRANTS = {
    Role.Base.LIGHT: LIGHT,
    Role.Base.AGENT: AGENT,
    Role.Base.SUPERVISOR: SUPERVISOR,
    Role.Base.ADMINISTRATOR: ADMINISTRATOR,
}
REMOVABLE = sorted(AGENT - {"read"} | {"share_views"})
CONTACT = {"read", "receive", "close", "rate"}


def grants(agent: Agent) -> AbstractSet[str]:
    """The verbs an agent's role allows at all, wherever the thing stands."""
    if agent.is_administrator:
        return ADMINISTRATOR
    return _granted(agent.role.base, tuple(agent.role.takes_away))


@lru_cache(maxsize=256)
def _granted(base: str, takes_away: tuple[str, ...]) -> frozenset[str]:
    return frozenset(GRANTS[Role.Base(base)]) - set(takes_away)


def level(actor: Actor, ticket: Ticket) -> Level:
    """How close the actor stands to this ticket: by its own department, else by the best of its shares."""
    if actor.is_desk or actor.is_administrator:
        return Level.OWN
    if actor.agent is None:
        return Level.NONE
    own = actor.agent.own_department_ids
    return Level.OWN if ticket.department_id in own else max(shared_with(ticket, own).values(), default=Level.NONE)


def stood(actor: Actor, ticket: Ticket) -> Level:
    """How close the actor stood to the ticket when it was last asked for a verb (`require`), else stands now: a share may
    have ended by the clock since."""
    who, there = ticket.__dict__.get("stood", (None, Level.NONE))
    return there if actor.agent is not None and who == actor.agent.pk else level(actor, ticket)


def shared_with(ticket: Ticket, department_ids: Iterable[int] | None = None) -> dict[int, Level]:
    """Department → level, of these departments or all, as long as the share is not over. Without effect while the ticket
    lies in the recycle bin or among the spam."""
    if not ticket.shared or not ticket.is_live:
        return {}
    moment = timezone.now().timestamp()
    wanted = ticket.shared if department_ids is None else (str(pk) for pk in department_ids)
    found = {int(key): ticket.shared[key] for key in wanted if key in ticket.shared}
    return {pk: Level(reach) for pk, (reach, until) in found.items() if until is None or until > moment}


def departments_seeing(ticket: Ticket) -> dict[int, Level]:
    """The ticket's own department first, then those it is shared with, as far as these go."""
    return {ticket.department_id: Level.OWN, **shared_with(ticket)}


def can(actor: Actor, verb: str, ticket: Ticket | None = None) -> bool:
    """Whether the actor may do the verb: with the ticket, or at all where no ticket is given.

    A ticket in the recycle bin can be read, restored and purged, nothing else; one that is purged nothing at all.
    """
    if actor.is_desk:
        return True
    if ticket is not None and ticket.purged_at is not None:
        return False
    if actor.agent is None:
        return verb in CONTACT and ticket is not None and _is_customers(actor.contact, verb, ticket)
    if verb not in grants(actor.agent):
        return False
    if ticket is not None and ticket.trashed_at is not None and verb not in IN_BIN:
        return False
    return ticket is None or level(actor, ticket) >= NEEDS.get(verb, Level.OWN)


def _is_customers(contact: Contact | None, verb: str, ticket: Ticket) -> bool:
    """A contact's own live tickets; where allowed, to read, those of the account too."""
    if contact is None or not ticket.is_live:
        return False
    if ticket.contact_id == contact.pk:
        return True
    return verb == "read" and contact.sees_account and ticket.account_id == contact.account_id is not None


def require(actor: Actor, verb: str, ticket: Ticket | None = None) -> None:
    """Raise Hidden where the ticket may not be seen, Merged where it was merged into another, Denied where only the verb
    is not allowed. The ticket remembers what was allowed (`stood`)."""
    if can(actor, verb, ticket):
        if ticket is not None and actor.agent is not None:
            ticket.__dict__["stood"] = (actor.agent.pk, max(level(actor, ticket), NEEDS.get(verb, Level.OWN)))
        return
    if ticket is not None and not can(actor, "read", ticket):
        raise Hidden
    if ticket is not None and ticket.merged_into_id is not None and verb not in IN_BIN:
        raise merged(ticket)
    raise Denied(verb)


def merged(ticket: Ticket) -> Merged:
    """What to say of a ticket that was merged away to who wants to do something with it."""
    assert ticket.merged_into is not None
    number = ticket.merged_into.number
    return Merged(_("This ticket was merged into #%(n)s.") % {"n": number}, number)


def scope(actor: Actor) -> Q:
    """The tickets an actor may list: those of own departments; of a contact, their own live ones and, where allowed, the account's."""
    if actor.is_desk or actor.is_administrator:
        return Q()
    if actor.agent is not None:
        return Q(department_id__in=actor.agent.own_department_ids)
    contact = actor.contact
    if contact is not None and contact.sees_account and contact.account_id is not None:
        return (Q(contact_id=contact.pk) | Q(account_id=contact.account_id)) & Ticket.LIVE
    return Q(contact_id=getattr(contact, "pk", None)) & Ticket.LIVE


def reach(actor: Actor) -> Q:
    """The tickets an actor may open one by one: those of `scope`, and for an agent those shared with an own department.

    For look-ups and search only: shared tickets stand in no list but that of the shared ones (SPEC S5).
    """
    if actor.agent is None or actor.is_administrator:
        return scope(actor)
    found = shares(actor.agent.own_department_ids).filter(ticket=OuterRef("pk"))
    return scope(actor) | Q(Exists(found), Ticket.LIVE)


def shares(department_ids: Iterable[int] | None = None) -> QuerySet[Share]:
    """The shares that are not over, with these departments or all."""
    found = Share.objects.filter(in_force()).order_by()
    return found if department_ids is None else found.filter(department__in=list(department_ids))


def in_force(of: str = "") -> Q:
    """Shares that are not over; `of` leads to them, such as `shares__`."""
    return Q(**{f"{of}expires_at": None}) | Q(**{f"{of}expires_at__gt": timezone.now()})


# The same as SQL; `{0}` is the alias of the shares with its dot, or nothing.
IN_FORCE = "({0}expires_at IS NULL OR {0}expires_at > statement_timestamp())"
# As SQL: the agent `a` with the role `r` may read the ticket `t`, as `level` says it.
READS = """(r.base = 'administrator' OR EXISTS (
    SELECT 1 FROM madoguchi_membership m JOIN madoguchi_department d ON d.id = m.department_id AND d.is_enabled
    WHERE m.agent_id = a.id AND (m.department_id = t.department_id OR t.trashed_at IS NULL AND NOT t.is_spam
      AND t.shared ? m.department_id::text
      AND coalesce((t.shared -> m.department_id::text ->> 1)::float8 > extract(epoch FROM statement_timestamp()), true))))"""


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
