"""Received mail and what became of it: list, why, headers, the raw mail, a second chance."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.setup import keyset
from madoguchi.doors.agent.setup.pages import deed, find, setup_page
from madoguchi.kit.letters import words
from madoguchi.kit.letters.fields import fields
from madoguchi.models import InboundMail
from madoguchi.organisation import quarantine

TABS = {
    "quarantine": gettext_lazy("Quarantine"),
    "suppressed": gettext_lazy("Suppressed"),
    "duplicate": gettext_lazy("Duplicate"),
    "waiting": gettext_lazy("Waiting"),
    "entry": pgettext_lazy("received mail", "Became tickets"),
}
REASONS = {
    "too-large": gettext_lazy("Larger than the organisation takes in."),
    "crash": gettext_lazy("Reading it failed several times."),
    "unreadable-timeout": gettext_lazy("Reading it took too long."),
    "unreadable-memory": gettext_lazy("Reading it took too much memory."),
    "unreadable-crash": gettext_lazy("The reading process died of it."),
    "refused": gettext_lazy("A rule of the desk refused it."),
    "error": gettext_lazy("An error of the desk. The details are below."),
    "no-sender": gettext_lazy("It has no sender that could be answered."),
    "answers-notification": gettext_lazy("An answer to a notification, whose address nobody reads."),
    "fuse": gettext_lazy("Too many mails from this sender in a short time."),
    "same-bytes": gettext_lazy("The same mail was received before."),
    "bounce": gettext_lazy("A delivery report; it is noted on the mail it is about."),
    "bounce-unknown": gettext_lazy("A delivery report about a mail this desk does not know."),
    "own-mail": gettext_lazy("This desk sent it itself."),
    "auto-replied": gettext_lazy("An automatic answer."),
    "vacation": gettext_lazy("An automatic answer (absence)."),
    "report": gettext_lazy("A report of a mail server."),
    "mailer-daemon": gettext_lazy("A report of a mail server."),
    "empty-return-path": gettext_lazy("A report of a mail server (empty return path)."),
}
SHOWN = [
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Date",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "Return-Path",
    "Auto-Submitted",
]
HEAD = 64 * 1024


def show(request: Desked) -> HttpResponse:
    mails = quarantine.received(request.actor)
    tab = request.GET.get("show", "quarantine")
    tab = tab if tab in TABS else "quarantine"
    rows, newer, older = keyset.latest_first(request, mails.filter(decision=decision(tab)).defer("raw"))
    tabs = [(label, f"{request.path}?show={name}", name == tab, count(mails, name)) for name, label in TABS.items()]
    return setup_page(
        request,
        "agent/setup/quarantine.html",
        here="quarantine",
        rows=rows,
        tabs=tabs,
        tab=tab,
        newer=newer,
        older=older,
        reason=reason,
    )


def detail(request: Desked, pk: int) -> HttpResponse:
    row = find(quarantine.received(request.actor), pk)
    return setup_page(
        request,
        "agent/setup/received.html",
        here="quarantine",
        row=row,
        reason=reason(row),
        headers=headers(bytes(row.raw)),
        can_release=row.decision in quarantine.RELEASABLE and bool(row.raw),
    )


def raw(request: Desked, pk: int) -> HttpResponse:
    """The mail as it came, to keep or look at with another program."""
    row = find(quarantine.received(request.actor), pk)
    response = HttpResponse(bytes(row.raw), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="mail-{row.pk}.eml"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def release(request: Desked, pk: int) -> HttpResponse:
    row = find(quarantine.received(request.actor).defer("raw"), pk)
    back = reverse("received_mail", args=[pk])
    done = _("Released. It is being taken in.")
    return deed(request, lambda: quarantine.release(row, by=request.actor), to=back, here="quarantine", done=done)


def decision(tab: str) -> str:
    return "" if tab == "waiting" else tab


def count(mails: Any, tab: str) -> int:
    """Up to 1,001: entries are not counted, there may be millions."""
    return mails.filter(decision=decision(tab)).order_by()[:1001].count()


def reason(row: InboundMail) -> str:
    """Why it ended as it did, in words."""
    return str(REASONS.get(row.reason, row.reason))


def headers(raw: bytes) -> list[tuple[str, str]]:
    """The header lines people know, decoded; read without the body, which may be what is wrong with the mail."""
    head = raw[:HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = fields(head)
    return [(name, words.text(value)[:1000]) for name in SHOWN for value in found.get(name.lower(), [])[:3]]
