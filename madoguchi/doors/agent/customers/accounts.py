"""One account, expanded, and the form."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi import people
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.customers import forms, frame, overview
from madoguchi.doors.agent.customers.finding import find_account
from madoguchi.errors import Refused
from madoguchi.models import Account


@require_safe
@frame.account_page
def show(request: Desked, account: Account) -> HttpResponse:
    """概要 of all its contacts together (SPEC I1)."""
    return overview.show(request, account)


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
    if request.method != "POST" and account.merged_into_id is not None:
        return go(request, reverse("edit_account", kwargs={"pk": account.merged_into_id}))
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
