"""Departments: add, change, switch off, who works in them (SPEC D4)."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit import addresses
from madoguchi.models import Agent, Department, Mailbox, Membership, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation import founding, rows

FIELDS = frozenset(
    [
        "name",
        "description",
        "name_in_help_center",
        "is_visible_in_help_center",
        "language",
        "signature",
        "assigns_to_teams",
    ]
)


@transaction.atomic
def add_department(name: str, *, address: str = "", language: str = "ja", signature: str = "", by: Actor) -> Department:
    """A department that works at once, with its own default mailbox where an address is given.

    Refused: NAME_TAKEN, NOT_AN_ADDRESS, ADDRESS_TAKEN.
    """
    require(by, "administer")
    probe = Department()
    rows.fill(probe, {"name": name, "language": language, "signature": signature}, FIELDS)
    refuse_name_taken(probe)
    if address:
        refuse_address(address)
    department = founding.add_department(
        probe.name,
        address=address.strip(),
        language=probe.language,
        signature=probe.signature,
        is_default=not Department.objects.filter(is_default=True).exists(),
    )
    if by.agent:
        Department.objects.filter(pk=department.pk).update(creator=by.agent)
    rows.write_down("department", department, ({}, {"added": True, "address": address}), by=by, department=department)
    return department


@transaction.atomic
def edit_department(department: Department, changes: Mapping[str, Any], *, by: Actor) -> Department:
    """Change fields. Refused: NAME_TAKEN and by field."""
    require(by, "administer")
    department = rows.locked(department)
    difference = rows.fill(department, changes, FIELDS)
    refuse_name_taken(department)
    department.save()
    rows.write_down("department", department, difference, by=by, department=department)
    return department


@transaction.atomic
def disable_department(department: Department, *, by: Actor) -> Department:
    """Switch a department off: no new tickets, and its agents do not see the old ones until it is on again.

    Refused: LAST_DEPARTMENT, DEFAULT_DEPARTMENT, OPEN_TICKETS.
    """
    require(by, "administer")
    list(Department.objects.select_for_update().values_list("pk"))
    department.refresh_from_db()
    if not department.is_enabled:
        return department
    if not Department.objects.filter(is_enabled=True).exclude(pk=department.pk).exists():
        raise Refused("LAST_DEPARTMENT", _("The last department in use cannot be switched off."))
    if department.is_default:
        raise Refused("DEFAULT_DEPARTMENT", _("Make another department the default first."))
    if n := open_tickets(department):
        message = ngettext(
            "Move or close its %(n)s open ticket first.", "Move or close its %(n)s open tickets first.", n
        )
        raise Refused("OPEN_TICKETS", message % {"n": n})
    return _set(department, is_enabled=False, by=by)


@transaction.atomic
def enable_department(department: Department, *, by: Actor) -> Department:
    require(by, "administer")
    return _set(rows.locked(department), is_enabled=True, by=by)


@transaction.atomic
def make_default_department(department: Department, *, by: Actor) -> Department:
    """The department that takes what names none. Refused: DISABLED."""
    require(by, "administer")
    list(Department.objects.select_for_update().values_list("pk"))
    department.refresh_from_db()
    if not department.is_enabled:
        raise Refused("DISABLED", _("This department is switched off."))
    Department.objects.exclude(pk=department.pk).update(is_default=False)
    return _set(department, is_default=True, by=by)


@transaction.atomic
def set_members(department: Department, agents: Collection[Agent], *, by: Actor) -> None:
    """Make these the agents who work in the department."""
    require(by, "administer")
    department = rows.locked(department)
    old = {a.pk: a for a in department.agents.all()}
    new = {a.pk: a for a in agents}
    Membership.objects.filter(department=department, agent_id__in=old.keys() - new.keys()).delete()
    added = [Membership(agent_id=pk, department=department) for pk in sorted(new.keys() - old.keys())]
    Membership.objects.bulk_create(added, ignore_conflicts=True)
    for team in department.teams.all():
        team.agents.remove(*(old.keys() - new.keys()))
    if old.keys() != new.keys():
        names = ({"members": [a.name for a in old.values()]}, {"members": [a.name for a in new.values()]})
        rows.write_down("department", department, names, by=by, department=department)


def open_tickets(department: Department) -> int:
    return Ticket.objects.live().filter(department=department).exclude(state=State.CLOSED).count()


def refuse_name_taken(department: Department) -> None:
    if Department.objects.filter(name__iexact=department.name).exclude(pk=department.pk).exists():
        raise Refused("NAME_TAKEN", _("This name is used already."), "name")


def refuse_address(address: str, *, but: Mailbox | None = None) -> None:
    """Refused: NOT_AN_ADDRESS, ADDRESS_TAKEN where it is a mailbox of the desk already."""
    folded = addresses.fold(address)
    others = Mailbox.objects.filter(folded=folded)
    if (others.exclude(pk=but.pk) if but else others).exists():
        raise Refused("ADDRESS_TAKEN", _("This address is a mailbox of the desk already."), "address")
    if not addresses.is_sendable(address.strip()) or max(len(address), len(folded)) > 254:
        raise Refused("NOT_AN_ADDRESS", _("This is not a mail address: %(a)s") % {"a": address[:100]}, "address")


def _set(department: Department, *, by: Actor, **changes: bool) -> Department:
    before = {name: getattr(department, name) for name in changes}
    for name, value in changes.items():
        setattr(department, name, value)
    department.save(update_fields=list(changes))
    if before != changes:
        rows.write_down("department", department, (before, dict(changes)), by=by, department=department)
    return department
