"""Accounts: the list, one of them with its contacts and tickets, and the form."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi import people
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.customers import forms
from madoguchi.doors.agent.customers.finding import find_account, tickets_of
from madoguchi.errors import Refused
from madoguchi.lists import keyset, rows
from madoguchi.lists import people as lists
from madoguchi.models import Contact
from madoguchi.organisation.current import statuses

CONTACTS = 100


@require_safe
def index(request: Desked) -> HttpResponse:
    q = request.GET.get("q", "").strip()
    shown = keyset.page(lists.accounts(q), lists.NEWEST, request.GET.get("after", ""))
    return page(
        request,
        "agent/customers/accounts.html",
        shown=shown,
        link=lambda **more: address(**{"q": q, **more}),
    )


def address(**query: Any) -> str:
    asked = {k: v for k, v in query.items() if v}
    return reverse("accounts") + (f"?{urlencode(asked)}" if asked else "")


@require_safe
def show(request: Desked, pk: int) -> HttpResponse:
    account = find_account(pk)
    shown = keyset.page(
        rows.for_list(tickets_of(request, account)), rows.ORDERS["updated"], request.GET.get("after", "")
    )
    rows.with_names(shown.rows)
    return page(
        request,
        "agent/customers/account.html",
        account=account,
        contacts=list(Contact.objects.filter(account=account, trashed_at=None).order_by("-pk")[:CONTACTS]),
        shown=shown,
        statuses={s.pk: s for s in statuses()},
        asks="bin" if request.GET.get("edit") == "bin" else "",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Desked) -> HttpResponse:
    require(request.actor, "edit_customers")
    if request.method != "POST":
        return forms.account_form(request, None, {})
    try:
        account = people.create_account(forms.read_account(request), domains=forms.domains(request), by=request.actor)
    except Refused as refusal:
        return forms.account_form(request, None, request.POST, refusal)
    return go(request, reverse("account", kwargs={"pk": account.pk}), _("Account added."))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Desked, pk: int) -> HttpResponse:
    account = find_account(pk)
    require(request.actor, "edit_customers")
    if request.method != "POST":
        return forms.account_form(request, account, forms.account_values(account))
    try:
        people.edit_account(account, forms.read_account(request), domains=forms.domains(request), by=request.actor)
    except Refused as refusal:
        return forms.account_form(request, account, request.POST, refusal)
    return go(request, reverse("account", kwargs={"pk": pk}), _("Saved."))


@require_POST
def trash(request: Desked, pk: int) -> HttpResponse:
    account = find_account(pk)
    people.trash_account(account, by=request.actor)
    return go(request, reverse("accounts"), _("%(name)s moved to the recycle bin.") % {"name": account.name})
