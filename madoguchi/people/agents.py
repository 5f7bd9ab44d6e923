"""Agents: add, change, let go, take back (SPEC G1, D4). There is always an administrator who can sign in."""

from collections.abc import Collection, Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from madoguchi import bell, record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit import addresses
from madoguchi.models import Agent, ApiToken, Department, Membership, Role, Team
from madoguchi.organisation import founding, rows
from madoguchi.organisation.current import the_organisation

FIELDS = frozenset(["last_name", "first_name", "phone", "mobile", "about", "language", "time_zone"])


@transaction.atomic
def add_agent(
    email: str, changes: Mapping[str, Any], *, role: Role, departments: Collection[Department] = (), by: Actor
) -> Agent:
    """An agent without a password: the invitation link lets them choose one. Refused: by field; ADDRESS_TAKEN."""
    require(by, "administer")
    agent = Agent(role=role, email=_address(email), time_zone=the_organisation().time_zone, created_at=record.now())
    rows.fill(agent, {"last_name": "", **changes}, FIELDS)
    agent.set_unusable_password()
    _save(agent)
    Membership.objects.bulk_create(Membership(agent=agent, department=d) for d in departments)
    after = {"added": agent.email, "role": role.name, "departments": [d.name for d in departments]}
    rows.write_down("agent", agent, ({}, after), by=by)
    return agent


@transaction.atomic
def edit_agent(
    agent: Agent,
    changes: Mapping[str, Any],
    *,
    email: str | None = None,
    role: Role | None = None,
    departments: Collection[Department] | None = None,
    by: Actor,
) -> Agent:
    """Change fields, address, role, departments. Refused: LAST_ADMINISTRATOR, ADDRESS_TAKEN, by field."""
    require(by, "administer")
    agent = _locked(agent)
    before, after = rows.fill(agent, changes, FIELDS)
    if email is not None and _address(email) != agent.email:
        before["email"], agent.email = agent.email, _address(email)
        after["email"] = agent.email
    if role is not None and role.pk != agent.role_id:
        if role.base != Role.Base.ADMINISTRATOR:
            refuse_last_administrator(agent, "role")
        before["role"], after["role"] = agent.role.name, role.name
        agent.role = role
    _save(agent)
    if departments is not None:
        old, new = {d.pk: d.name for d in agent.departments.all()}, {d.pk: d.name for d in departments}
        if old != new:
            before["departments"], after["departments"] = list(old.values()), list(new.values())
            _set_departments(agent, old.keys(), new.keys())
    rows.write_down("agent", agent, (before, after), by=by)
    return agent


@transaction.atomic
def deactivate_agent(agent: Agent, *, by: Actor) -> Agent:
    """No more signing in: sessions and API tokens end at once. Tickets stay assigned, so that nothing is overlooked.

    Refused: LAST_ADMINISTRATOR, YOURSELF.
    """
    require(by, "administer")
    agent = _locked(agent)
    if by.agent is not None and by.agent.pk == agent.pk:
        raise Refused("YOURSELF", _("You cannot deactivate yourself."))
    refuse_last_administrator(agent)
    return _set_active(agent, False, by=by)


@transaction.atomic
def reactivate_agent(agent: Agent, *, by: Actor) -> Agent:
    """Signing in works again with the old password; API tokens stay revoked."""
    require(by, "administer")
    return _set_active(_locked(agent), True, by=by)


@transaction.atomic
def reset_two_factor(agent: Agent, *, by: Actor) -> None:
    """For someone who lost the authenticator app and the recovery codes. The next sign-in asks for the password only."""
    require(by, "administer")
    gone, _rows = Authenticator.objects.filter(user=agent).delete()
    if gone:
        rows.write_down("agent", agent, ({}, {"two_factor": "reset"}), by=by)


@transaction.atomic
def make_administrator(email: str, *, by: Actor) -> tuple[Agent, str]:
    """The command line's way back in: the agent becomes (or is added as) an active administrator.

    Returns the agent and a one-time password, good until another one is chosen.
    """
    require(by, "administer")
    password = founding.new_password()
    agent = Agent.objects.filter(email__iexact=email.strip()).first()
    administrator = founding.role(Role.Base.ADMINISTRATOR)
    if agent is None:
        agent = add_agent(email, {"last_name": email.partition("@")[0][:80]}, role=administrator, by=by)
    agent.role, agent.is_active, agent.is_confirmed = administrator, True, False
    agent.set_password(password)
    agent.save()
    Authenticator.objects.filter(user=agent).delete()
    rows.write_down("agent", agent, ({}, {"administrator": True, "password": "reset"}), by=by)
    return agent, password


@transaction.atomic
def confirm(agent: Agent, password: str) -> None:
    """The agent has chosen a password: the invitation is used up, other sessions end."""
    agent.set_password(password)
    agent.is_confirmed = True
    agent.save(update_fields=["password", "is_confirmed"])
    bell.ring(verb="agent.changed", agent=agent.pk)


def refuse_last_administrator(agent: Agent, field: str = "") -> None:
    """Locks all administrators, so that two cannot leave at once."""
    others = Agent.objects.select_for_update(of=("self",)).filter(role__base=Role.Base.ADMINISTRATOR, is_active=True)
    if agent.is_active and agent.is_administrator and not [a for a in others.order_by("pk") if a.pk != agent.pk]:
        raise Refused("LAST_ADMINISTRATOR", _("This is the last administrator. Make someone else one first."), field)


def _locked(agent: Agent) -> Agent:
    return Agent.objects.select_for_update().get(pk=agent.pk)


def _set_active(agent: Agent, on: bool, *, by: Actor) -> Agent:
    if agent.is_active != on:
        agent.is_active = on
        agent.save(update_fields=["is_active"])
        if not on:
            ApiToken.objects.filter(agent=agent, revoked_at=None).update(revoked_at=record.now())
        rows.write_down("agent", agent, ({"is_active": not on}, {"is_active": on}), by=by)
    return agent


def _set_departments(agent: Agent, old: Collection[int], new: Collection[int]) -> None:
    gone = set(old) - set(new)
    Membership.objects.filter(agent=agent, department_id__in=gone).delete()
    added = [Membership(agent=agent, department_id=pk) for pk in sorted(set(new) - set(old))]
    Membership.objects.bulk_create(added, ignore_conflicts=True)
    for team in Team.objects.filter(department_id__in=gone, agents=agent):
        team.agents.remove(agent)


def _address(email: str) -> str:
    if not addresses.is_valid(email.strip()) or len(email) > 254:
        raise Refused("NOT_AN_ADDRESS", _("This is not a mail address: %(a)s") % {"a": email[:100]}, "email")
    return email.strip().lower()


def _save(agent: Agent) -> None:
    taken = Refused("ADDRESS_TAKEN", _("Another agent has this address."), "email")
    if Agent.objects.filter(email__iexact=agent.email).exclude(pk=agent.pk).exists():
        raise taken
    try:
        with transaction.atomic():
            agent.save()
    except IntegrityError:
        raise taken from None
