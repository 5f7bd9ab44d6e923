"""Leads of the built-in CRM (ours)."""

from django.http import HttpResponse
from ninja import Query

from madoguchi import crm
from madoguchi.doors.api import crm_people as people
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.crm_people import NewPerson, People, PersonFields
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.present import crm as present
from madoguchi.models import CrmPerson

door = Door("CRM", names=people.NAMES)
KIND = CrmPerson.Kind.LEAD


@door.at("GET /crm/leads", gives="CrmPerson[]")
def list_crm_leads(request: Call, query: Query[People]) -> HttpResponse:
    """List or search leads, latest change first."""
    return people.listed(KIND, query)


@door.at("GET /crm/leads/{int:lead_id}", gives="CrmPerson")
def get_crm_lead(request: Call, lead_id: int) -> object:
    """A lead."""
    return present.person(people.one(KIND, lead_id))


@door.at("POST /crm/leads", gives="CrmPerson")
def create_crm_lead(request: Call, body: NewPerson) -> object:
    """Add a lead."""
    return people.created(request, KIND, body)


@door.at("PATCH /crm/leads/{int:lead_id}", gives="CrmPerson")
def change_crm_lead(request: Call, lead_id: int, body: PersonFields) -> object:
    """Change a lead."""
    return people.changed(request, KIND, lead_id, body)


@door.at("DELETE /crm/leads/{int:lead_id}", status=204)
def delete_crm_lead(request: Call, lead_id: int) -> HttpResponse:
    """Delete a lead for good."""
    return people.deleted(request, KIND, lead_id)


@door.at("POST /crm/leads/{int:lead_id}/convert", gives="CrmPerson")
def convert_lead(request: Call, lead_id: int) -> object:
    """Make a lead a CRM contact; it keeps everything, its id too."""
    return present.person(crm.convert_lead(people.one(KIND, lead_id), by=request.actor))
