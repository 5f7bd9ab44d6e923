"""Leads and contacts of the built-in CRM: add, change, make a lead a contact, delete (SPEC C6)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from madoguchi import record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.crm import keys, noting
from madoguchi.crm.fields import PERSON, fit_person
from madoguchi.crm.use import require_on
from madoguchi.models import CrmPerson

VERBS = {CrmPerson.Kind.LEAD: "lead", CrmPerson.Kind.CONTACT: "crm_contact"}
SHOWN_DEALS = 50


def verb(person: CrmPerson, what: str) -> str:
    return f"{VERBS[CrmPerson.Kind(person.kind)]}.{what}"


@transaction.atomic
def create_person(kind: str, values: Mapping[str, Any], *, by: Actor) -> CrmPerson:
    """A new lead or contact (`CrmPerson.Kind`). Refused: by field (`fields.fit_person`)."""
    require(by, "edit_crm")
    require_on()
    person = CrmPerson(kind=CrmPerson.Kind(kind), created_at=record.now(), modified_at=record.now())
    noting.apply(person, fit_person({"last_name": "", **values}, person))
    keys.fill(person)
    person.save()
    noting.note(verb(person, "created"), person, by=by, after=noting.all_of(person, PERSON))
    keys.wish(*keys.of(person))
    return person


@transaction.atomic
def edit_person(
    person: CrmPerson, values: Mapping[str, Any], *, expected: Mapping[str, Any] | None = None, by: Actor
) -> CrmPerson:
    """Change fields. `expected`: values that were seen, `modified_at` for all. Refused: by field; Stale."""
    require(by, "edit_crm")
    require_on()
    person = noting.locked(person)
    wanted = fit_person(values, person)
    noting.refuse_if_stale(person, wanted, expected)
    old = keys.of(person)
    before, after = noting.apply(person, wanted)
    if before or after:
        keys.fill(person)
        person.modified_at = record.now()
        person.save()
        noting.note(verb(person, "edited"), person, by=by, before=before, after=after)
        if (new := keys.of(person)) != old:
            keys.wish(old[0] | new[0], old[1] | new[1])
    return person


@transaction.atomic
def convert_lead(person: CrmPerson, *, by: Actor) -> CrmPerson:
    """Make a lead a contact; everything it holds stays, its id too. One that is a contact already stays one."""
    require(by, "edit_crm")
    require_on()
    person = noting.locked(person)
    if person.kind == CrmPerson.Kind.CONTACT:
        return person
    person.kind, person.modified_at = CrmPerson.Kind.CONTACT, record.now()
    person.save(update_fields=["kind", "modified_at"])
    noting.note("lead.converted", person, by=by)
    keys.wish(*keys.of(person))
    return person


@transaction.atomic
def delete_person(person: CrmPerson, *, by: Actor) -> None:
    """Delete for good, with the person's deals; what it held stays in the history."""
    require(by, "edit_crm")
    require_on()
    person = noting.locked(person)
    before = noting.all_of(person, PERSON)
    if names := list(person.deals.values_list("name", flat=True)[:SHOWN_DEALS]):
        before["deals"] = names
    noting.note(verb(person, "deleted"), person, by=by, before=before)
    found = keys.of(person)
    person.delete()
    keys.wish(*found)
