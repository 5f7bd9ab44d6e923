"""Notes on a contact or an account: read, write, change, delete."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.customers import frame
from madoguchi.doors.agent.customers.deeds import stamp
from madoguchi.errors import Hidden, Refused
from madoguchi.lists import customer_notes
from madoguchi.models import Account, Contact, CustomerNote
from madoguchi.people import notes

Customer = Contact | Account


@require_http_methods(["GET", "HEAD", "POST"])
@frame.contact_page
def of_contact(request: Desked, contact: Contact) -> HttpResponse:
    return _tab(request, contact)


@require_http_methods(["GET", "HEAD", "POST"])
@frame.account_page
def of_account(request: Desked, account: Account) -> HttpResponse:
    return _tab(request, account)


@require_POST
@frame.contact_page
def one_of_contact(request: Desked, contact: Contact, note: int) -> HttpResponse:
    return _change(request, contact, note)


@require_POST
@frame.account_page
def one_of_account(request: Desked, account: Account, note: int) -> HttpResponse:
    return _change(request, account, note)


def _tab(request: Desked, customer: Customer) -> HttpResponse:
    if request.method != "POST":
        return _show(request, customer)
    try:
        notes.write_note(customer, request.POST.get("text", ""), by=request.actor)
    except Refused as refusal:
        return _show(request, customer, refusal)
    return go(request, address(customer), _("Note added."))


def _change(request: Desked, customer: Customer, pk: int) -> HttpResponse:
    """Change the text of a note, or delete it."""
    note = customer_notes.of(customer).filter(pk=pk).first()
    if note is None:
        raise Hidden
    if request.POST.get("_method") == "DELETE":
        notes.delete_note(note, by=request.actor)
        return go(request, address(customer), _("Note deleted."))
    try:
        notes.edit_note(note, request.POST.get("text", ""), by=request.actor)
    except Refused as refusal:
        return _show(request, customer, refusal, note)
    return go(request, f"{address(customer)}#note-{pk}", _("Note changed."))


def _show(
    request: Desked, customer: Customer, refusal: Refused | None = None, refused: CustomerNote | None = None
) -> HttpResponse:
    """`refused`: the note that was not changed; None: the new one was not written."""
    before = _number(request.GET.get("before", ""))
    shown, older = customer_notes.page(customer, before)
    edit, delete = _number(request.GET.get("edit", "")), _number(request.GET.get("delete", ""))
    return page(
        request,
        "agent/customers/notes.html",
        status=422 if refusal else 200,
        **frame.of(request, customer, "notes"),
        notes=shown,
        older=older,
        before=before,
        edited=refused.pk if refused else edit,
        asked_to_delete=next((n for n in shown if n.pk == delete and notes.may_change(request.actor, n)), None),
        may_change={n.pk for n in shown if notes.may_change(request.actor, n)},
        refusal=refusal,
        written=request.POST.get("text", "") if refusal else None,
        here_is=address(customer),
        one=lambda note: _one(customer, note),
        stamp=stamp,
        longest=notes.LONGEST,
    )


def address(customer: Customer) -> str:
    return reverse(f"{frame.kind_of(customer)}_notes", kwargs={"pk": customer.pk})


def _one(customer: Customer, note: CustomerNote) -> str:
    return reverse(f"{frame.kind_of(customer)}_note", kwargs={"pk": customer.pk, "note": note.pk})


def _number(text: Any) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
