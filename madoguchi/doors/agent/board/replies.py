"""A reply from a card, by the same verb and with the same care as on the ticket's own page (`tickets.writing`)."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.board import asked as asking
from madoguchi.doors.agent.board import drawing, opened
from madoguchi.doors.agent.board.asked import Asked
from madoguchi.doors.agent.errors import lost
from madoguchi.doors.agent.tickets import family_closing, writing
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.leading import Led
from madoguchi.doors.agent.tickets.once import Repeated, use_up
from madoguchi.doors.agent.tickets.replies import status
from madoguchi.doors.agent.tickets.responses import one
from madoguchi.errors import Denied, Hidden, Merged, Newer, Refused
from madoguchi.models import Attachment, Ticket
from madoguchi.models.organisation import State
from madoguchi.tickets.responding import filled
from madoguchi.transactions import all_or_nothing


@require_POST
def create(request: Desked, mode: str, number: int) -> HttpResponse:
    """Answer the customer, and close the ticket with it where the form says so."""
    asked = asking.read(request, mode)
    try:
        return sent(request, asked, number)
    except (Hidden, Denied) as problem:
        return lost(request, problem, request.POST.get("body", ""))


def sent(request: Desked, asked: Asked, number: int) -> HttpResponse:
    files: list[Attachment] = []
    try:
        ticket = find(request, number)
    except Led as led:
        return drawing.sent_on(request, writing.carry(request, led, "reply"))
    try:
        files = writing.uploads(request)
        with all_or_nothing():
            use_up(request)
            said = answer(request, ticket, files)
            tickets.discard_draft(ticket, "reply", by=request.actor)
    except Repeated:
        said = _("This was sent already.")
    except Merged:
        try:
            find(request, number)
        except Led as led:
            return drawing.sent_on(request, writing.carry(request, led, "reply", files))
        raise
    except Refused as refusal:
        if isinstance(refusal, Newer):
            writing.keep(request, ticket, "reply", files)
        form = opened.for_reply(request, asked, number, refusal, typed=request.POST, kept=files)
        return drawing.again(request, asked, form)
    return drawing.done(request, asked, number, said)


def answer(request: Desked, ticket: Ticket, files: list[Attachment]) -> str:
    """Do it; what to say of it."""
    then = status(request)
    closes = then is not None and then.state == State.CLOSED
    closed_n = family_closing.ask(request, ticket) if closes else 0
    tickets.reply(
        ticket,
        request.POST.get("body", ""),
        to=writing.people(request, "to") if "to" in request.POST else None,
        cc=writing.people(request, "cc") if "cc" in request.POST else None,
        bcc=writing.people(request, "bcc"),
        attachments=files,
        mailbox=writing.mailbox(request),
        then=then,
        seen=writing.seen(request),
        by=request.actor,
    )
    said = _("The reply is on its way.")
    return family_closing.said(ticket, said, closed_n) if closes else said


@require_POST
def insert(request: Desked, mode: str, number: int) -> HttpResponse:
    """Without script: the card with what was typed, the canned responses, and the chosen one at the end of the text."""
    asked, typed = asking.read(request, mode), request.POST.copy()
    ticket = find(request, number)
    try:
        files = writing.uploads(request)
    except Refused as refusal:
        return drawing.again(request, asked, opened.for_reply(request, asked, number, refusal, typed=typed))
    if chosen := typed.get("response", ""):
        words = filled(one(request, chosen), ticket, by=request.actor)
        typed["body"] = f"{typed.get('body', '').rstrip()}\n\n{words.text}".strip()
    return drawing.whole(request, asked, opened.for_reply(request, asked, number, typed=typed, kept=files))
