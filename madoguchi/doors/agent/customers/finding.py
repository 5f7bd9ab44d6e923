from django.db.models import QuerySet

from madoguchi.access import scope
from madoguchi.doors.agent.answer import Desked
from madoguchi.errors import Hidden
from madoguchi.models import Account, Contact, Ticket


def find_contact(pk: int) -> Contact:
    """Contacts belong to the organisation: every agent sees them."""
    row = Contact.objects.select_related("account").prefetch_related("addresses", "phones").filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def find_account(pk: int) -> Account:
    row = Account.objects.prefetch_related("domains").filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def tickets_of(request: Desked, customer: Contact | Account) -> QuerySet[Ticket]:
    """Their live tickets that the agent may see."""
    own = {"contact": customer} if isinstance(customer, Contact) else {"account": customer}
    return Ticket.objects.filter(scope(request.actor), Ticket.LIVE, **own)
