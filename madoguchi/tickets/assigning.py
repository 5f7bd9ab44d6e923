"""Give a ticket to an agent or a team, or to nobody (SPEC D3)."""

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused, Stale
from madoguchi.models import Agent, Department, Role, Team, Ticket
from madoguchi.record import change, told

KEEP = object()


def may_take(agent: Agent, department: Department) -> bool:
    """An active agent of the department, or an administrator; light agents take no tickets."""
    if not agent.is_active or agent.role.base == Role.Base.LIGHT:
        return False
    if agent.is_administrator:
        return True
    known = getattr(agent, "_prefetched_objects_cache", {}).get("departments")  # whoever makes this request
    return department in known if known is not None else agent.memberships.filter(department=department).exists()


def refuse_other(agent: Agent, department: Department) -> None:
    """Refused: NOT_OF_DEPARTMENT where the agent cannot work on tickets of the department."""
    if not may_take(agent, department):
        raise Refused("NOT_OF_DEPARTMENT", _("This agent does not work in the department."), "assigneeId")


@transaction.atomic
def assign(
    ticket: Ticket,
    agent: Agent | object | None = KEEP,
    *,
    team: Team | object | None = KEEP,
    expected: Agent | object | None = KEEP,
    expected_team: Team | object | None = KEEP,
    by: Actor,
) -> Ticket:
    """Set assignee and team; what is not given stays. `expected`, `expected_team`: whom the agent saw there.

    Refused: NOT_OF_DEPARTMENT where the agent or team cannot work on tickets of the department.
    """
    require(by, "assign", ticket)
    with change(ticket, "ticket.assigned", by=by):
        for field, seen, wanted in (("assignee", expected, agent), ("team", expected_team, team)):
            there = getattr(ticket, field)
            if seen is not KEEP and there != seen and there != wanted:
                changes = [{"field": field, "now": told(there), "yours": told(wanted)}]
                raise Stale(_("Someone else changed this meanwhile. Nothing was saved."), changes)
        if agent is not KEEP:
            if isinstance(agent, Agent):
                refuse_other(agent, ticket.department)
            ticket.assignee = agent if isinstance(agent, Agent) else None
        if team is not KEEP:
            if isinstance(team, Team) and team.department_id != ticket.department_id:
                raise Refused("NOT_OF_DEPARTMENT", _("This team does not belong to the department."), "teamId")
            ticket.team = team if isinstance(team, Team) else None
    return ticket
