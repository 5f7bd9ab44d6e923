"""Statuses: each has a state for ever, one is the default of its state (SPEC G2)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Status
from madoguchi.models.organisation import State
from madoguchi.organisation import rows

FIELDS = frozenset(["name", "name_ja"])


@transaction.atomic
def add_status(changes: Mapping[str, Any], state: State | str, *, by: Actor) -> Status:
    """A further status at the end of the list. Refused: NAME_TAKEN, NOT_A_CHOICE, by field."""
    require(by, "administer")
    last = Status.objects.aggregate(last=Max("position"))["last"] or 0
    status = Status(position=last + 1)
    rows.fill(status, {"name": "", "name_ja": "", "state": state, **changes}, FIELDS | {"state"})
    refuse_name_taken(status)
    status.save()
    rows.write_down("status", status, ({}, {"added": True, "state": status.state}), by=by)
    return status


@transaction.atomic
def edit_status(status: Status, changes: Mapping[str, Any], *, by: Actor) -> Status:
    """Rename. The state stays as it is: tickets are counted by it."""
    require(by, "administer")
    status = rows.locked(status)
    difference = rows.fill(status, changes, FIELDS)
    refuse_name_taken(status)
    status.save()
    rows.write_down("status", status, difference, by=by)
    return status


@transaction.atomic
def make_default_status(status: Status, *, by: Actor) -> Status:
    """What tickets get that come into its state without naming a status. Refused: OFF."""
    require(by, "administer")
    old = {s.pk: s for s in Status.objects.select_for_update().filter(state=status.state)}
    status = old[status.pk]
    if not status.is_active:
        raise Refused("OFF", _("This status is no longer in use."))
    was = next((s for s in old.values() if s.is_default), None)
    if was != status:
        Status.objects.filter(state=status.state).update(is_default=False)
        status.is_default = True
        status.save(update_fields=["is_default"])
        rows.write_down("status", status, ({"default": str(was)}, {"default": str(status)}), by=by)
    return status


@transaction.atomic
def switch_status(status: Status, on: bool, *, by: Actor) -> Status:
    """Take a status into use or out of it; tickets that have it keep it. Refused: DEFAULT_STATUS."""
    require(by, "administer")
    status = rows.locked(status)
    if not on and status.is_default:
        raise Refused("DEFAULT_STATUS", _("The default status of a state cannot be switched off."))
    difference = rows.fill(status, {"is_active": on}, {"is_active"})
    status.save(update_fields=["is_active"])
    rows.write_down("status", status, difference, by=by)
    return status


@transaction.atomic
def move_status(status: Status, step: int, *, by: Actor) -> None:
    """One place up (-1) or down (1) in every list."""
    require(by, "administer")
    order = list(Status.objects.select_for_update())
    here = next(i for i, s in enumerate(order) if s.pk == status.pk)
    there = min(max(here + step, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    for position, each in enumerate(order):
        each.position = position
    Status.objects.bulk_update(order, ["position"])
    if here != there:
        rows.write_down("status", status, ({"position": here}, {"position": there}), by=by)


def refuse_name_taken(status: Status) -> None:
    for name in ("name", "name_ja"):
        others = Status.objects.exclude(pk=status.pk).filter(**{f"{name}__iexact": getattr(status, name)})
        if others.exists():
            raise Refused("NAME_TAKEN", _("This name is used already."), name)
