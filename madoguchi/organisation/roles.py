"""Roles: the four of the desk, and custom ones that take verbs away from them (SPEC G1)."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.access import GRANTS, REMOVABLE, require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Role
from madoguchi.organisation import rows

FIELDS = frozenset(["name", "name_ja"])
BASES = (Role.Base.SUPERVISOR, Role.Base.AGENT, Role.Base.LIGHT)
LABELS = {
    "open": gettext_lazy("Create tickets"),
    "reply": gettext_lazy("Reply to customers"),
    "forward": gettext_lazy("Forward"),
    "comment_public": gettext_lazy("Write public comments"),
    "comment_private": gettext_lazy("Write private comments"),
    "edit": gettext_lazy("Change fields"),
    "set_status": gettext_lazy("Change the status"),
    "assign": gettext_lazy("Assign"),
    "tag": gettext_lazy("Tag"),
    "follow": gettext_lazy("Manage followers"),
    "move": gettext_lazy("Move to another department"),
    "merge": gettext_lazy("Merge tickets"),
    "relate": gettext_lazy("Relate parent and child tickets"),
    "share": gettext_lazy("Share with other departments"),
    "mark_spam": gettext_lazy("Mark as spam"),
    "trash": gettext_lazy("Move to the recycle bin"),
    "edit_customers": gettext_lazy("Change contacts and accounts"),
    "edit_crm": gettext_lazy("Change leads, deals and contacts of the built-in CRM"),
    "save_views": gettext_lazy("Make views of one's own"),
    "share_views": gettext_lazy("Make views for a department or for everyone"),
    "see_quarantine": gettext_lazy("See and release quarantined mail"),
    "see_outbox": gettext_lazy("See outgoing mail"),
}


def removable(base: Role.Base | str) -> list[tuple[str, Any]]:
    """The verbs a role of this base may lose, with their names, in order."""
    verbs = [v for v in (*LABELS, *REMOVABLE) if v in REMOVABLE and v in GRANTS[Role.Base(base)]]
    return [(verb, LABELS.get(verb, verb)) for verb in dict.fromkeys(verbs)]


@transaction.atomic
def add_role(changes: Mapping[str, Any], base: str, takes_away: Collection[str], *, by: Actor) -> Role:
    """A custom role. Refused: NAME_TAKEN, NOT_A_CHOICE, by field."""
    require(by, "administer")
    role = Role()
    rows.fill(role, {"name": "", "name_ja": "", "base": base, **changes}, FIELDS | {"base"})
    if role.base not in BASES:
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "base")
    _fill(role, takes_away)
    role.save()
    after = {"added": True, "base": role.base, "takes_away": role.takes_away}
    rows.write_down("role", role, ({}, after), by=by)
    return role


@transaction.atomic
def edit_role(role: Role, changes: Mapping[str, Any], takes_away: Collection[str], *, by: Actor) -> Role:
    """Refused: SYSTEM_ROLE; NAME_TAKEN, by field. Who has the role has the new rights at once."""
    require(by, "administer")
    role = rows.locked(role)
    refuse_system(role)
    before, after = rows.fill(role, changes, FIELDS)
    old = role.takes_away
    _fill(role, takes_away)
    if old != role.takes_away:
        before["takes_away"], after["takes_away"] = old, role.takes_away
    role.save()
    rows.write_down("role", role, (before, after), by=by)
    return role


@transaction.atomic
def delete_role(role: Role, *, to: Role | None = None, by: Actor) -> None:
    """Delete a custom role; its agents get the role `to`. Refused: SYSTEM_ROLE, ROLE_IN_USE without `to`."""
    require(by, "administer")
    role = rows.locked(role)
    refuse_system(role)
    agents = list(role.agents.select_for_update())
    if agents and (to is None or to.pk == role.pk):
        raise Refused("ROLE_IN_USE", _("Choose the role its agents get instead."), "to")
    if agents:
        role.agents.update(role=to)
    after = {"deleted": True, "agents": [a.name for a in agents], "to": str(to) if to else ""}
    rows.write_down("role", role, ({}, after), by=by)
    role.delete()


def refuse_system(role: Role) -> None:
    if role.is_system:
        raise Refused("SYSTEM_ROLE", _("The four roles of the desk cannot be changed or deleted."))


def _fill(role: Role, takes_away: Collection[str]) -> None:
    allowed = [verb for verb, _label in removable(role.base)]
    if any(verb not in allowed for verb in takes_away):
        raise Refused("NOT_A_CHOICE", _("This choice does not exist (any more)."), "takes_away")
    role.takes_away = [verb for verb in allowed if verb in takes_away]
    for name in ("name", "name_ja"):
        others = Role.objects.exclude(pk=role.pk).filter(**{f"{name}__iexact": getattr(role, name)})
        if others.exists():
            raise Refused("NAME_TAKEN", _("This name is used already."), name)
