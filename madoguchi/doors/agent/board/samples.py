"""Sample tickets (SPEC C9): read, answered and closed like tickets; nothing of it is mailed or counted."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from madoguchi.board import samples as verbs
from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.board import asked as asking
from madoguchi.doors.agent.board import drawing
from madoguchi.doors.agent.board.opened import Opened, drawn
from madoguchi.errors import Hidden, Refused
from madoguchi.models import BoardSample

MODE = "crm"


@require_safe
def show(request: Desked, pk: int) -> HttpResponse:
    """Its page; for our script its card with the quick reply open."""
    return opened(request, verbs.find(pk, by=request.actor))


def opened(request: Desked, sample: BoardSample, refusal: Refused | None = None, *, status: int = 200) -> HttpResponse:
    shown = next((each for each in verbs.of(sample.department, by=request.actor) if each.id == sample.pk), None)
    if shown is None:
        raise Hidden
    typed = request.POST.get("body", "")
    context = {"sample": shown, "refusal": refusal, "typed": typed, "suffix": ""}
    if not drawing.is_script(request):
        return page(request, "agent/board/sample.html", status=status, **context)
    below = drawn(request, "sample_reply", **context)
    return drawing.pieces(request, asking.read(request, MODE), [], sample=Opened(sample.pk, below), status=status)


@require_POST
def reply(request: Desked, pk: int) -> HttpResponse:
    sample = verbs.find(pk, by=request.actor)
    try:
        verbs.reply(sample, request.POST.get("body", ""), by=request.actor)
    except Refused as refusal:
        return opened(request, sample, refusal, status=422)
    return done(request, _("Noted on the sample. Nothing was mailed."))


@require_POST
def close(request: Desked, pk: int) -> HttpResponse:
    verbs.close(verbs.find(pk, by=request.actor), by=request.actor)
    return done(request, _("Sample closed."))


@require_POST
def remove(request: Desked) -> HttpResponse:
    """All samples of all departments."""
    n = verbs.remove_all(by=request.actor)
    return done(request, ngettext("%(n)s sample removed.", "%(n)s samples removed.", n) % {"n": n})


def done(request: Desked, said: str) -> HttpResponse:
    asked = asking.read(request, MODE)
    if not drawing.is_script(request):
        return go(request, asked.to("work_mode"), said)
    messages.success(request, said)
    return drawing.pieces(request, asked, [])
