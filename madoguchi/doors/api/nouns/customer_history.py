"""What was done for a contact or an account (API A5)."""

from django.http import HttpResponse
from ninja import Query

from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.present import deed as present
from madoguchi.doors.api.wire import Id, Paged
from madoguchi.lists import activity
from madoguchi.models import Account, Agent, Contact
from madoguchi.organisation.current import statuses

door = Door("Contacts")
LOOK_BACK = 50_000


class History(Paged):
    agentId: Id | None = None
    departmentId: Id | None = None


class OfAccount(History):
    contactId: Id | None = None


@door.at("GET /contacts/{int:contact_id}/history", gives="CustomerHistory[]")
def list_contact_history(request: Call, contact_id: int, query: Query[History]) -> HttpResponse:
    """What was done for a contact, newest first: in the departments one works in, among the last 50,000 events."""
    return _rows(request, finders.contact(contact_id), query)


@door.at("GET /accounts/{int:account_id}/history", gives="CustomerHistory[]")
def list_account_history(request: Call, account_id: int, query: Query[OfAccount]) -> HttpResponse:
    """What was done for an account and its contacts, newest first: as for a contact."""
    return _rows(request, finders.account(account_id), query, query.contactId)


def _rows(request: Call, customer: Contact | Account, query: History, contact_id: int | None = None) -> HttpResponse:
    asked = activity.Asked(
        departments=_departments(request, query.departmentId),
        with_customer=query.departmentId is None,
        agent_id=query.agentId,
        contact_id=contact_id,
    )
    cut = query.cut()
    found = activity.some(customer, asked, skip=cut.start, most=cut.stop - cut.start, look_back=LOOK_BACK)
    agents = Agent.objects.in_bulk({deed.agent_id for deed in found if deed.agent_id})
    writers = {deed.by_contact_id for deed in found if deed.by_contact_id}
    contacts = Contact.objects.prefetch_related("addresses").in_bulk(writers)
    known = {status.pk: status for status in statuses()}
    return answers.rows([present.row(deed, known, agents, contacts) for deed in found])


def _departments(request: Call, department_id: int | None) -> list[int] | None:
    """404 for a department one does not work in. None: all there are."""
    if department_id is not None:
        return [finders.department(department_id, request.actor).pk]
    return None if request.actor.is_administrator else list(me(request).own_department_ids)
