"""The organisation this desk serves (API B1)."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from ninja import Query
from pydantic import BaseModel

from madoguchi.doors.api import answers
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.errors import Hidden
from madoguchi.models import Agent, Role
from madoguchi.organisation.current import the_organisation

door = Door("Organizations")
NOTHING = """phoneNumber website employeeCount city state zip street country fax mobile alias logoURL
    faviconURL""".split()


def shown(request: Call) -> dict[str, Any]:
    organisation = the_organisation()
    first = Agent.objects.filter(role__base=Role.Base.ADMINISTRATOR, is_active=True).order_by("id").first()
    return {
        **dict.fromkeys(NOTHING),
        "id": organisation.pk,
        "companyName": organisation.name,
        "portalName": organisation.name,
        "portalURL": settings.URL,
        "edition": "ENTERPRISE",
        "isDefault": True,
        "isAdminInOrg": request.actor.is_administrator,
        "primaryContact": first.email if first else None,
        "currencyCode": "JPY",
        "currencySymbol": "¥",
        "currencyLocale": "ja_JP",
        "isSandboxPortal": False,
        "isPayloadEncryptionEnabled": False,
    }


class Domain(BaseModel):
    includeCustomDomain: bool = False


@door.at("GET /organizations", gives="Organization[]")
def list_organizations(request: Call, query: Query[Domain]) -> HttpResponse:
    """The one organisation."""
    return answers.rows([shown(request)])


@door.at("GET /accessibleOrganizations", gives="Organization[]")
def list_accessible_organizations(request: Call) -> HttpResponse:
    """The one organisation."""
    return answers.rows([shown(request)])


@door.at("GET /organizations/{int:organization_id}", gives="Organization")
def get_organization(request: Call, organization_id: int, query: Query[Domain]) -> object:
    """The one organisation, by its id."""
    if organization_id != the_organisation().pk:
        raise Hidden
    return shown(request)
