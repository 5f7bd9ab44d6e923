"""Deals of the built-in CRM's contacts: add, change, move to another stage, delete (SPEC C6)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from madoguchi import record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.crm import keys, noting, stages
from madoguchi.crm.fields import DEAL, fit_deal
from madoguchi.crm.use import require_on
from madoguchi.models import CrmDeal, CrmPerson, CrmStage


@transaction.atomic
def create_deal(values: Mapping[str, Any], *, by: Actor) -> CrmDeal:
    """A new deal; without a stage in the first open one. Refused: by field (`fields.fit_deal`)."""
    require(by, "edit_crm")
    require_on()
    deal = CrmDeal(created_at=record.now(), modified_at=record.now())
    if values.get("stage") is None:
        values = {**values, "stage": stages.first_of(CrmStage.Category.OPEN)}
    wanted = fit_deal({"name": "", "person": None, **_locked(values)}, deal)
    for name, value in wanted.items():
        setattr(deal, name, value)
    deal.save()
    noting.note("deal.created", deal, by=by, after=noting.all_of(deal, DEAL))
    keys.wish(*keys.of(deal.person))
    return deal


@transaction.atomic
def edit_deal(
    deal: CrmDeal, values: Mapping[str, Any], *, expected: Mapping[str, Any] | None = None, by: Actor
) -> CrmDeal:
    """Change fields, the stage too. `expected`: values that were seen, `modified_at` for all. Refused: by field; Stale."""
    require(by, "edit_crm")
    require_on()
    values = _locked(values)  # first the contact, then the deal, as who deletes a contact with its deals
    deal = noting.locked(deal)
    wanted = fit_deal(values, deal)
    noting.refuse_if_stale(deal, wanted, expected)
    whose = deal.person
    before, after = noting.apply(deal, wanted)
    if before or after:
        deal.modified_at = record.now()
        deal.save()
        noting.note("deal.edited", deal, by=by, before=before, after=after)
        if {"person", "stage", "amount", "currency"} & after.keys():
            keys.wish(*keys.of(whose, deal.person))
    return deal


@transaction.atomic
def delete_deal(deal: CrmDeal, *, by: Actor) -> None:
    """Delete for good; what it held stays in the history."""
    require(by, "edit_crm")
    require_on()
    deal = noting.locked(deal)
    gone = {"crm": noting.subject(deal.person), "deal": deal.pk}  # the line stands in the contact's history
    noting.note("deal.deleted", deal, by=by, before=noting.all_of(deal, DEAL), after=gone)
    found = keys.of(deal.person)
    deal.delete()
    keys.wish(*found)


def _locked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The contact and the stage as they are now, and stay until this is written."""
    found = dict(values)
    for name, model in (("person", CrmPerson), ("stage", CrmStage)):
        if (row := found.get(name)) is not None:
            rows = model._default_manager.select_for_update(of=("self",), no_key=True)
            found[name] = rows.filter(pk=row.pk).first()
    return found
