"""By what a lead or contact of the built-in CRM and a contact of the help desk are the same person (SPEC C2)."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from madoguchi import lookups
from madoguchi.kit import addresses, phones
from madoguchi.models import Contact, ContactAddress, ContactPhone, CrmPerson

COLUMNS = ("email_folded", "phone_folded", "mobile_folded")


def fill(person: CrmPerson) -> None:
    """Fold address and numbers anew, unsaved."""
    person.email_folded = addresses.fold(person.email)
    person.phone_folded = phones.fold(person.phone)
    person.mobile_folded = phones.fold(person.mobile)


def of(*people: CrmPerson) -> tuple[set[str], set[str]]:
    """(addresses, numbers), folded."""
    emails = {person.email_folded for person in people} - {""}
    return emails, {n for person in people for n in (person.phone_folded, person.mobile_folded)} - {""}


def contacts_with(emails: Iterable[str], numbers: Iterable[str]) -> QuerySet[Contact]:
    """The contacts of the help desk with one of these addresses or numbers."""
    by_address = ContactAddress.objects.filter(folded__in=list(emails)).values("contact")
    by_phone = ContactPhone.objects.filter(folded__in=list(numbers)).values("contact")
    return Contact.objects.filter(Q(pk__in=by_address) | Q(pk__in=by_phone), trashed_at=None)


def people_like(contact: Contact) -> QuerySet[CrmPerson]:
    """The leads and contacts of the built-in CRM with one of the contact's addresses or numbers."""
    emails = [a.folded for a in contact.addresses.all()]
    numbers = [p.folded for p in contact.phones.all() if p.folded]
    found = Q(pk__in=[])
    if emails:
        found |= Q(email_folded__in=emails)
    if numbers:
        found |= Q(phone_folded__in=numbers) | Q(mobile_folded__in=numbers)
    return CrmPerson.objects.filter(found)


def wish(emails: Iterable[str], numbers: Iterable[str]) -> None:
    """Whoever has one of these is looked up again."""
    lookups.wish_by_keys(emails, numbers)
