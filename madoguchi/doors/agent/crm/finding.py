from typing import Any

from django.db.models import QuerySet

from madoguchi.access import scope
from madoguchi.crm import keys
from madoguchi.doors.agent.answer import Desked
from madoguchi.errors import Hidden
from madoguchi.models import Contact, CrmDeal, CrmPerson, Ticket
from madoguchi.models.organisation import State

MOST = 10
TICKETS = 5


def find_person(pk: int) -> CrmPerson:
    """Leads and contacts belong to the organisation: every agent sees them."""
    return _one(CrmPerson.objects.select_related("owner"), pk)


def find_deal(pk: int) -> CrmDeal:
    return _one(CrmDeal.objects.select_related("owner", "stage", "person"), pk)


def _one(rows: QuerySet[Any], pk: int) -> Any:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Hidden
    return found


def at_the_desk(request: Desked, person: CrmPerson) -> list[tuple[Contact, list[dict[str, Any]]]]:
    """The same person's contacts at the help desk, each with open tickets that the agent may see: two statements."""
    found = list(keys.contacts_with(*keys.of(person)).select_related("account").order_by("pk")[:MOST])
    own = Ticket.objects.filter(scope(request.actor), Ticket.LIVE, contact__in=found, state=State.OPEN)
    tickets: dict[int, list[dict[str, Any]]] = {contact.pk: [] for contact in found}
    for row in own.order_by("-pk").values("number", "subject", "status_id", "contact_id")[: MOST * TICKETS]:
        tickets[row["contact_id"]].append(dict(row))
    return [(contact, tickets[contact.pk][:TICKETS]) for contact in found]
