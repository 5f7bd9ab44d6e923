"""Mail addresses of the departments, their servers, and how receiving goes (MAIL.md)."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import forms
from madoguchi.doors.agent.setup.mailbox_forms import DOTS, MailboxForm, NewMailbox
from madoguchi.doors.agent.setup.pages import deed, find, form_page, setup_page
from madoguchi.models import InboundMail, Mailbox
from madoguchi.organisation import mailboxes
from madoguchi.organisation.secrets import unseal
from madoguchi.reactions.post import probe


def with_counts() -> Any:
    """Mailboxes with how many mails they stored, and how many of each decision."""
    decisions = {f"{d.name.lower()}_n": Count("mails", filter=Q(mails__decision=d.value)) for d in InboundMail.Decision}
    return (
        Mailbox.objects.select_related("department")
        .annotate(stored_n=Count("mails"), **decisions)
        .order_by("department_id", "-is_default", "id")
    )


def show(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    return setup_page(request, "agent/setup/mailboxes.html", here="mailboxes", rows=list(with_counts()))


def add(request: Desked) -> HttpResponse:
    require(request.actor, "administer")
    form = NewMailbox(request.POST or None)
    form.fields["department"].queryset = forms.enabled_departments()  # type: ignore[attr-defined]

    def save(typed: dict[str, Any]) -> Mailbox:
        department = typed.pop("department")
        return mailboxes.add_mailbox(department, typed, by=request.actor)

    def to(row: Mailbox) -> str:
        return reverse("mailbox", args=[row.pk])

    return form_page(
        request,
        form,
        save,
        to=to,
        here="mailboxes",
        title=_("New mail address"),
        done=_("Added. Now enter its servers."),
        back=reverse("mailboxes"),
    )


def edit(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(with_counts(), pk)
    plain = [name for name in MailboxForm.base_fields if name not in mailboxes.SECRETS]
    form = MailboxForm(request.POST or None, initial=forms.only(row, plain))
    for name in mailboxes.SECRETS:
        if getattr(row, name):
            form.fields[name].widget.attrs["placeholder"] = DOTS
            form.fields[name].help_text = _("A password is stored. Leave this empty to keep it.")

    def save(typed: dict[str, Any]) -> Mailbox:
        secrets = {name: typed[name] or None for name in mailboxes.SECRETS}
        return mailboxes.edit_mailbox(row, {**typed, **secrets}, by=request.actor)

    to = reverse("mailbox", args=[pk])
    tested = request.session.pop("tested", None)
    return form_page(
        request,
        form,
        save,
        to=to,
        here="mailboxes",
        title=row.address,
        template="agent/setup/mailbox.html",
        row=row,
        tested=tested if tested and tested["box"] == pk else None,
        back=reverse("mailboxes"),
    )


@require_POST
def make_default(request: Desked, pk: int) -> HttpResponse:
    require(request.actor, "administer")
    row = find(Mailbox, pk)
    to = reverse("mailbox", args=[pk])
    return deed(request, lambda: mailboxes.make_default_mailbox(row, by=request.actor), to=to, here="mailboxes")


@require_POST
def test(request: Desked, pk: int) -> HttpResponse:
    """Knock at both servers as they are saved; nothing is fetched or sent."""
    require(request.actor, "administer")
    row = find(Mailbox, pk)
    found: dict[str, Any] = {"box": pk, **knock(row)}
    request.session["tested"] = found
    return HttpResponse(status=303, headers={"Location": f"{reverse('mailbox', args=[pk])}#test"})


def knock(row: Mailbox) -> dict[str, str]:
    """What is wrong with each server that is set, '' if nothing is."""
    try:
        imap, smtp = unseal(row.imap_password), unseal(row.smtp_password)
    except ValueError:
        lost = _("The stored password cannot be read: the key of the desk has changed. Enter it again.")
        return {"imap": lost}
    found = {}
    if row.imap_host:
        found["imap"] = probe.probe_imap(
            row.imap_host, row.imap_port, row.imap_security, row.imap_user, imap, row.imap_folder
        )
    if row.smtp_host:
        found["smtp"] = probe.probe_smtp(row.smtp_host, row.smtp_port, row.smtp_security, row.smtp_user, smtp)
    return found
