"""What the CRM knows of a contact, or of the contacts of an account: the built-in one's deals, or what another CRM said."""

from typing import Any

from django.db.models import Q, QuerySet

from madoguchi.crm import keys
from madoguchi.models import Account, Classification, Contact, ContactAddress, ContactPhone, CrmDeal, CrmPerson


def people(customer: Contact | Account) -> QuerySet[CrmPerson]:
    """The leads and contacts of the built-in CRM that are this contact, or one of the account's."""
    if isinstance(customer, Contact):
        return keys.people_like(customer)
    own: dict[str, Any] = {"contact__account": customer, "contact__trashed_at": None}
    emails = ContactAddress.objects.filter(**own).values("folded")
    numbers = ContactPhone.objects.filter(**own).exclude(folded="").values("folded")
    found = Q(email_folded__in=emails) | Q(phone_folded__in=numbers) | Q(mobile_folded__in=numbers)
    return CrmPerson.objects.filter(found)


def deals(customer: Contact | Account) -> QuerySet[CrmDeal]:
    return CrmDeal.objects.filter(person__in=people(customer).order_by().values("pk"))


def said(customer: Contact | Account) -> QuerySet[Classification]:
    """What the CRM said when it was last asked, of whom it knows a deal: who was asked last comes first."""
    own: dict[str, Any] = (
        {"contact": customer}
        if isinstance(customer, Contact)
        else {"contact__account": customer, "contact__trashed_at": None}
    )
    rows = Classification.objects.filter(**own).exclude(deals={}).select_related("contact")
    return rows.order_by("-checked_at", "-contact_id")
