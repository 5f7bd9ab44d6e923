"""Contacts: the list, one beside it (`?open=`), one expanded, and the form."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi import lookups, people
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.crm.beside import of_contact
from madoguchi.doors.agent.customers import forms
from madoguchi.doors.agent.customers.finding import find_contact, tickets_of
from madoguchi.errors import Refused
from madoguchi.lists import keyset, rows
from madoguchi.lists import people as lists
from madoguchi.models.people import full_name
from madoguchi.organisation.current import statuses

PEEKED = 8


@require_safe
def index(request: Desked) -> HttpResponse:
    q, opened = request.GET.get("q", "").strip(), request.GET.get("open", "")
    view = request.GET.get("view", "") if lookups.is_on() else ""
    shown = keyset.page(lists.contacts(q, view), lists.NEWEST, request.GET.get("after", ""))
    for row in shown.rows:
        row["name"] = full_name(row["last_name"], row["first_name"])
    contact = find_contact(int(opened)) if opened.isdecimal() and len(opened) < 19 else None
    query = {"q": q, "view": view, "after": request.GET.get("after", "")}
    return page(
        request,
        "agent/customers/contacts.html",
        shown=shown,
        is_classified=lookups.is_on(),
        view=view if view in lists.CRM_VIEWS else "",
        contact=contact,
        tickets=few_tickets(request, contact) if contact else [],
        statuses={s.pk: s for s in statuses()} if contact else {},
        link=lambda **more: address(**{**query, **more}),
    )


def few_tickets(request: Desked, contact: Any) -> list[dict[str, Any]]:
    newest = tickets_of(request, contact).order_by("-pk")
    return [dict(row) for row in newest.values("number", "subject", "status_id")[:PEEKED]]


def address(**query: Any) -> str:
    asked = {k: v for k, v in query.items() if v}
    return reverse("contacts") + (f"?{urlencode(asked)}" if asked else "")


@require_safe
def show(request: Desked, pk: int) -> HttpResponse:
    """One contact, expanded: facts at the left, tickets at the right."""
    contact = find_contact(pk)
    shown = keyset.page(
        rows.for_list(tickets_of(request, contact)), rows.ORDERS["updated"], request.GET.get("after", "")
    )
    rows.with_names(shown.rows)
    return page(
        request,
        "agent/customers/contact.html",
        contact=contact,
        shown=shown,
        statuses={s.pk: s for s in statuses()},
        crm=of_contact(contact),
        asks="bin" if request.GET.get("edit") == "bin" else "",
        refusal=None,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Desked) -> HttpResponse:
    require(request.actor, "edit_customers")
    if request.method != "POST":
        return forms.contact_form(request, None, {})
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
    if request.method != "POST":
        return forms.contact_form(request, contact, forms.contact_values(contact))
    try:
        values, emails, numbers = forms.read_contact(request, contact)
        people.edit_contact(contact, values, emails=emails, phone_numbers=numbers, by=request.actor)
    except Refused as refusal:
        return forms.contact_form(request, contact, request.POST, refusal)
    return go(request, reverse("contact", kwargs={"pk": pk}), _("Saved."))


@require_POST
def trash(request: Desked, pk: int) -> HttpResponse:
    """Into the recycle bin; refused while the contact has tickets."""
    contact = find_contact(pk)
    people.trash_contact(contact, by=request.actor)
    return go(request, reverse("contacts"), _("%(name)s moved to the recycle bin.") % {"name": contact.name})
