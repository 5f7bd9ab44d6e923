"""Contacts of the built-in CRM (ours)."""

from django.http import HttpResponse
from ninja import Query

from madoguchi.doors.api import crm_people as people
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.crm_people import NewPerson, People, PersonFields
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.present import crm as present
from madoguchi.models import CrmPerson

door = Door("CRM", names=people.NAMES)
KIND = CrmPerson.Kind.CONTACT


@door.at("GET /crm/contacts", gives="CrmPerson[]")
def list_crm_contacts(request: Call, query: Query[People]) -> HttpResponse:
    """List or search CRM contacts, latest change first."""
    return people.listed(KIND, query)


@door.at("GET /crm/contacts/{int:person_id}", gives="CrmPerson")
def get_crm_contact(request: Call, person_id: int) -> object:
    """A CRM contact."""
    return present.person(people.one(KIND, person_id))


@door.at("POST /crm/contacts", gives="CrmPerson")
def create_crm_contact(request: Call, body: NewPerson) -> object:
    """Add a CRM contact."""
    return people.created(request, KIND, body)


@door.at("PATCH /crm/contacts/{int:person_id}", gives="CrmPerson")
def change_crm_contact(request: Call, person_id: int, body: PersonFields) -> object:
    """Change a CRM contact."""
    return people.changed(request, KIND, person_id, body)


@door.at("DELETE /crm/contacts/{int:person_id}", status=204)
def delete_crm_contact(request: Call, person_id: int) -> HttpResponse:
    """Delete a CRM contact for good, with its deals."""
    return people.deleted(request, KIND, person_id)
