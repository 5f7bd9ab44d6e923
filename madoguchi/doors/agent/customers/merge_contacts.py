"""Merging records of one person (SPEC I1)."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from madoguchi import people
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.customers.merging import MOST_FOUND, Kind, answer
from madoguchi.lists import people as lists
from madoguchi.models import Contact
from madoguchi.people import doubles, merging_contacts

LABELS = {
    "name": _("Name"),
    "account": _("Account"),
    "email": _("Primary mail address"),
    "phone": _("Phone"),
    "mobile": _("Mobile"),
    "title": _("Title"),
    "kind": pgettext_lazy("contact", "Type"),
    "language": _("Language"),
    "time_zone": _("Time zone"),
    "street": _("Street"),
    "city": _("City"),
    "state": _("Prefecture or state"),
    "zip": _("Postal code"),
    "country": _("Country"),
    "facebook": "Facebook",
    "twitter": "X (Twitter)",
    "description": _("Description"),
    "owner": _("Owner"),
}


def rows(ids: Sequence[int]) -> list[Contact]:
    found = Contact.objects.select_related("account").prefetch_related("addresses", "phones").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def search(q: str) -> list[int]:
    return list(lists.contacts(q).order_by("-id").values_list("id", flat=True)[:MOST_FOUND])


CONTACTS = Kind(
    name="contact",
    labels=LABELS,
    icon="user",
    rows=rows,
    search=search,
    doubles=doubles.of_contact,
    locked=merging_contacts.locked,
    compare=merging_contacts.compare,
    merge=people.merge_contacts,
    always=frozenset({"name", "account", "email"}),
    titles={
        "title": _("Merge contacts"),
        "choose": _("Choose the contacts that are the same person as %(name)s"),
        "search": _("Search contacts"),
        "placeholder": _("Name, mail address, phone or account"),
        "list": _("Contacts that may be the same person"),
        "none": _("No contact with the same name, phone number or mail address was found. Search for one."),
        "main": _("Main (the others become part of it)"),
        "make_main": _("Make it the main contact"),
        "result": _("The merged contact"),
    },
)


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: Desked, pk: int) -> HttpResponse:
    return answer(request, CONTACTS, pk)
