"""The stages of deals: each is open, won or lost, which decides about the class of the customer (SPEC C1, C6)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from madoguchi import lookups
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Hidden, Refused
from madoguchi.models import CrmStage
from madoguchi.organisation import rows

FIELDS = frozenset(["name", "name_ja", "category"])


def first_of(category: str) -> CrmStage | None:
    """The first stage of a category that is in use."""
    return CrmStage.objects.filter(category=category, is_active=True).first()


def named(name: str) -> CrmStage | None:
    """By its name in either language, whatever its case; one that is in use before others."""
    found = CrmStage.objects.filter(Q(name__iexact=name.strip()) | Q(name_ja__iexact=name.strip()))
    return found.order_by("-is_active", "position", "id").first()


@transaction.atomic
def add_stage(changes: Mapping[str, Any], *, by: Actor) -> CrmStage:
    """A further stage at the end of the list. Refused: NAME_TAKEN, NOT_A_CHOICE, by field."""
    require(by, "administer")
    order = _all()
    stage = CrmStage(position=1 + max((s.position for s in order), default=0))
    rows.fill(stage, {"name": "", "name_ja": "", "category": "", **changes}, FIELDS)
    _refuse_name_taken(stage, order)
    stage.save()
    rows.write_down("crm_stage", stage, ({}, {"added": True, "category": stage.category}), by=by)
    return stage


@transaction.atomic
def edit_stage(stage: CrmStage, changes: Mapping[str, Any], *, by: Actor) -> CrmStage:
    """Rename, or give another category: the customers with such deals are looked up again. Refused: LAST_OF_CATEGORY."""
    require(by, "administer")
    order = _all()
    stage = _of(order, stage)
    was = stage.category
    before, after = rows.fill(stage, changes, FIELDS)
    _refuse_name_taken(stage, order)
    if stage.category != was and stage.is_active:
        _refuse_if_last(stage, was, order)
    stage.save()
    rows.write_down("crm_stage", stage, (before, after), by=by)
    if after:
        lookups.wish_of_stage(stage.pk)
    return stage


@transaction.atomic
def switch_stage(stage: CrmStage, on: bool, *, by: Actor) -> CrmStage:
    """Take a stage into use or out of it; deals that stand there stay. Refused: LAST_OF_CATEGORY."""
    require(by, "administer")
    order = _all()
    stage = _of(order, stage)
    if stage.is_active and not on:
        _refuse_if_last(stage, stage.category, order)
    difference = rows.fill(stage, {"is_active": on}, {"is_active"})
    stage.save(update_fields=["is_active"])
    rows.write_down("crm_stage", stage, difference, by=by)
    return stage


@transaction.atomic
def move_stage(stage: CrmStage, step: int, *, by: Actor) -> None:
    """One place up (-1) or down (1) in every list."""
    require(by, "administer")
    order = _all()
    here = order.index(_of(order, stage))
    there = min(max(here + step, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    for position, each in enumerate(order):
        each.position = position
    CrmStage.objects.bulk_update(order, ["position"])
    if here != there:
        rows.write_down("crm_stage", stage, ({"position": here}, {"position": there}), by=by)


@transaction.atomic
def delete_stage(stage: CrmStage, *, by: Actor) -> None:
    """Refused: IN_USE where deals stand there (switch it off instead), LAST_OF_CATEGORY."""
    require(by, "administer")
    order = _all()
    stage = _of(order, stage)
    if stage.is_active:
        _refuse_if_last(stage, stage.category, order)
    if stage.deals.exists():
        raise Refused("IN_USE", _("Deals stand in this stage. Switch it off instead; they keep it."))
    rows.write_down("crm_stage", stage, ({"name": stage.name}, {"deleted": True}), by=by)
    stage.delete()


def _all() -> list[CrmStage]:
    """All of them in order, locked: what one may do depends on the others."""
    return list(CrmStage.objects.select_for_update())


def _of(order: list[CrmStage], stage: CrmStage) -> CrmStage:
    found = next((each for each in order if each.pk == stage.pk), None)
    if found is None:
        raise Hidden
    return found


def _refuse_if_last(stage: CrmStage, category: str, order: list[CrmStage]) -> None:
    if not any(each.is_active and each.category == category and each.pk != stage.pk for each in order):
        label = CrmStage.Category(category).label
        said = _("At least one stage of the kind “%(kind)s” stays in use.") % {"kind": label}
        raise Refused("LAST_OF_CATEGORY", said, "category")


def _refuse_name_taken(stage: CrmStage, order: list[CrmStage]) -> None:
    """A name says one stage, in whichever language."""
    for each in order:
        if each.pk != stage.pk:
            taken = {name.casefold() for name in (each.name, each.name_ja) if name}
            for field in ("name", "name_ja"):
                if getattr(stage, field).casefold() in taken:
                    raise Refused("NAME_TAKEN", _("This name is used already."), field)
