"""One contact, expanded, and the form."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi import people
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.customers import forms, frame, overview
from madoguchi.doors.agent.customers.finding import find_account, find_contact
from madoguchi.errors import Refused
from madoguchi.models import Contact


@require_safe
@frame.contact_page
def show(request: Desked, contact: Contact) -> HttpResponse:
    """概要 (SPEC I1)."""
    return overview.show(request, contact)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Desked) -> HttpResponse:
    require(request.actor, "edit_customers")
    if request.method != "POST":
        of = request.GET.get("account", "")
        account = find_account(int(of)) if of.isascii() and of.isdecimal() and len(of) < 19 else None
        return forms.contact_form(request, None, {"account": account.name} if account else {})
    try:
        values, emails, numbers = forms.read_contact(request, None)
        contact = people.create_contact(values, emails=emails, phone_numbers=numbers, by=request.actor)
    except Refused as refusal:
        return forms.contact_form(request, None, request.POST, refusal)
    return go(request, reverse("contact", kwargs={"pk": contact.pk}), _("Contact added."))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Desked, pk: int) -> HttpResponse:
    contact = find_contact(pk)
    require(request.actor, "edit_customers")
    if request.method != "POST" and contact.merged_into_id is not None:
        return go(request, reverse("edit_contact", kwargs={"pk": contact.merged_into_id}))
    if request.method != "POST":
        return forms.contact_form(request, contact, forms.contact_values(contact))
    try:
        values, emails, numbers = forms.read_contact(request, contact)
        goes_along = "moves_tickets" in request.POST
        people.edit_contact(
            contact, values, emails=emails, phone_numbers=numbers, moves_tickets=goes_along, by=request.actor
        )
    except Refused as refusal:
        return forms.contact_form(request, contact, request.POST, refusal)
    return go(request, reverse("contact", kwargs={"pk": pk}), _("Saved."))


@require_POST
def trash(request: Desked, pk: int) -> HttpResponse:
    """Into the recycle bin; refused while the contact has tickets."""
    contact = find_contact(pk)
    people.trash_contact(contact, by=request.actor)
    return go(request, reverse("contacts"), _("%(name)s moved to the recycle bin.") % {"name": contact.name})
