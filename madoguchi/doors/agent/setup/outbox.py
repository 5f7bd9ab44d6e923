"""Outgoing mail: what waits, what left, what did not; the outbox, where one can answer as the customer (SPEC G7)."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.access import can
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.setup import forms, keyset
from madoguchi.doors.agent.setup.pages import deed, find, settle, setup_page
from madoguchi.errors import Hidden
from madoguchi.kit.letters import Part, parse
from madoguchi.kit.names import clean_file_name
from madoguchi.models import InboundMail, OutboundMail
from madoguchi.organisation import outbox
from madoguchi.reactions.post.build import build

State = OutboundMail.State
TABS: dict[str, tuple[Any, dict[str, Any]]] = {
    "all": (gettext_lazy("All"), {}),
    "outbox": (gettext_lazy("In the outbox"), {"to_outbox": True}),
    "waiting": (gettext_lazy("Waiting"), {"state__in": [State.QUEUED, State.SENDING]}),
    "sent": (pgettext_lazy("outgoing mail", "Sent"), {"state": State.SENT, "to_outbox": False}),
    "failed": (gettext_lazy("Not sent"), {"state": State.FAILED}),
    "uncertain": (gettext_lazy("Perhaps sent"), {"state": State.UNCERTAIN}),
}
KINDS = {State.SENT: "ok", State.FAILED: "danger", State.UNCERTAIN: "warn"}
FRAME_STYLE = "<style>body{margin:16px;font:14px/1.75 system-ui,sans-serif;overflow-wrap:anywhere}</style>"
FRAME_CSP = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups"],
}


class Files(django_forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFiles(django_forms.FileField):
    widget = Files(attrs={"multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[Part]:
        """Each file as it will stand in the mail."""
        files = [super(SeveralFiles, self).clean(each, initial) for each in data or []]
        return [
            Part(clean_file_name(f.name), f.content_type or "application/octet-stream", "", False, f.read())
            for f in files
        ]


class Customer(forms.SetupForm):
    """What the customer writes back."""

    text = django_forms.CharField(
        label=gettext_lazy("Answer of the customer"), required=False, max_length=100_000, widget=django_forms.Textarea
    )
    attachments = SeveralFiles(label=gettext_lazy("Files"), required=False)


def show(request: Desked) -> HttpResponse:
    mails = outbox.outgoing(request.actor).defer("raw")
    tab = request.GET.get("show", "all")
    tab = tab if tab in TABS else "all"
    rows, newer, older = keyset.latest_first(request, mails.filter(**TABS[tab][1]))
    tabs = [
        (label, f"{request.path}?show={name}", name == tab, mails.filter(**which).order_by()[:1001].count())
        for name, (label, which) in TABS.items()
    ]
    return setup_page(
        request, "agent/setup/outbox.html", here="outbox", rows=rows, tabs=tabs, newer=newer, older=older, kinds=KINDS
    )


def detail(request: Desked, pk: int) -> HttpResponse:
    """The mail as it is, and, where it only went to the outbox, a form to answer as the customer."""
    row = find(outbox.outgoing(request.actor).select_related("entry"), pk)
    letter = read(row)
    form = Customer(request.POST or None, request.FILES or None)
    if request.method == "POST":

        def answer(typed: dict[str, Any]) -> InboundMail:
            return outbox.answer_as_customer(row, typed["text"], typed["attachments"], by=request.actor)

        if settle(form, answer):
            return go(request, request.path, _("The answer has arrived as a mail of the customer."))
    return setup_page(
        request,
        "agent/setup/sent.html",
        here="outbox",
        status=422 if form.is_bound and form.errors else 200,
        row=row,
        letter=letter,
        form=form,
        customer=outbox.customer(letter, row),
        can_answer=outbox.can_answer(row),
        can_retry=can_retry(request, row),
        can_see=row.ticket is not None and can(request.actor, "read", row.ticket),
        ticket_href=ticket_address(row),
        kinds=KINDS,
    )


@csp(FRAME_CSP)  # type: ignore[arg-type]
@xframe_options_sameorigin
def html(request: Desked, pk: int) -> HttpResponse:
    """The HTML of the mail for its sandboxed frame: no scripts, nothing from outside."""
    row = find(outbox.outgoing(request.actor).select_related("entry"), pk)
    response = HttpResponse(
        f"<!doctype html><meta charset=utf-8><base target=_blank>{FRAME_STYLE}{read(row).safe_html}"
    )
    return response


@require_POST
def retry(request: Desked, pk: int) -> HttpResponse:
    row = find(outbox.outgoing(request.actor).select_related("entry__ticket"), pk)
    if row.entry is None:
        raise Hidden
    entry, to = row.entry, reverse("sent_mail", args=[pk])
    done = _("The mail is on its way again.")
    return deed(request, lambda: tickets.retry(entry, by=request.actor), to=to, here="outbox", done=done)


def read(row: OutboundMail) -> Any:
    """Our own mail, so read right here; built anew where its bytes are not kept."""
    return parse(bytes(row.raw) if row.raw else build(row) if row.entry else b"")


def ticket_address(row: OutboundMail) -> str:
    return reverse("ticket", args=[row.ticket.number]) if row.ticket else ""


def can_retry(request: HttpRequest, row: OutboundMail) -> bool:
    return row.entry is not None and row.state in (State.FAILED, State.UNCERTAIN)
