"""One ticket as its customer sees it: what was said in public; answer, close, rate the answers."""

import re
import secrets

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from madoguchi import tickets
from madoguchi.doors.portal.answer import Helped, go, page
from madoguchi.doors.portal.finding import find
from madoguchi.doors.portal.once import Repeated, use_up
from madoguchi.doors.portal.words import channel, department_name, state_badge
from madoguchi.errors import Hidden, Refused
from madoguchi.kit import html as markup
from madoguchi.models import Attachment, Entry, Rating, Ticket
from madoguchi.prepared import Prepared
from madoguchi.tickets import rating as rules
from madoguchi.tickets.timeline import shown_public

ENTRIES = Prepared(lambda mark: shown_public(mark.number("ticket")).select_related("agent", "contact", "rating"))
LARGEST = 2**63 - 1
OWN_IMAGE = re.compile(r'(<img [^>]*src=")/files/')


def address(ticket: Ticket) -> str:
    return reverse("help_ticket", kwargs={"number": ticket.number})


@require_safe
def show(request: Helped, number: int) -> HttpResponse:
    ticket = find(request, number)
    if ticket.number != number:
        return redirect(address(ticket))
    return whole(request, ticket)


def whole(request: Helped, ticket: Ticket, refusal: Refused | None = None, rated: int | None = None) -> HttpResponse:
    """`rated`: the answer whose rating was refused, else it was the message."""
    entries: list[Entry] = ENTRIES(ticket=ticket.pk)
    prefetch_related_objects(entries, "attachments")
    numbers = list(ticket.merges.values_list("number", flat=True)) if ticket.merged_n else []
    return page(
        request,
        "portal/ticket.html",
        status=200 if refusal is None else 422,
        here="tickets",
        ticket=ticket,
        entries=entries,
        merged=[number for number in dict.fromkeys(numbers) if number != ticket.number],
        state=state_badge(ticket.state, ticket.first_response_s is not None),
        department=department_name(ticket.department),
        author=author,
        body=body,
        files=files_of,
        channel=channel,
        given=given,
        may_rate=ratable(request, ticket, entries),
        rated=rated,
        typed=request.POST,
        refusal=refusal,
        longest=rules.LONGEST,
        once=secrets.token_urlsafe(12),
    )


def given(entry: Entry) -> Rating | None:
    return getattr(entry, "rating", None)


def ratable(request: Helped, ticket: Ticket, entries: list[Entry]) -> set[int]:
    """The answers the reader may rate, or change the rating of."""
    answers = [entry for entry in entries if rules.is_answer(entry)]
    if not answers or not rules.may_rate(request.actor, ticket):
        return set()
    asks = ticket.department.asks_for_ratings
    return {
        entry.pk
        for entry in answers
        if (asks or given(entry)) and rules.reason_against(entry, ticket, given(entry)) is None
    }


def author(entry: Entry) -> str:
    """Who speaks: agents by name, customers as they call themselves; never an address."""
    if entry.agent is not None and (entry.is_outgoing or entry.is_comment):
        return entry.agent.name
    return entry.contact.name if entry.contact else entry.from_name


def body(entry: Entry) -> str:
    """What our editor wrote as it is, everything else as text; safe HTML. Pictures come through the help center's door."""
    if entry.agent_id is not None and entry.html:
        return OWN_IMAGE.sub(r"\1/help/files/", entry.html)
    return markup.from_text(re.sub(r"\n{3,}", "\n\n", entry.text))


def files_of(entry: Entry) -> list[Attachment]:
    return [file for file in entry.attachments.all() if file.is_public]


@require_POST
def replies(request: Helped, number: int) -> HttpResponse:
    ticket = find(request, number)
    try:
        with transaction.atomic():
            use_up(request)
            tickets.answer(ticket, request.POST.get("text", ""), files=request.FILES.getlist("files"), by=request.actor)
    except Repeated:
        return go(address(ticket), "repeated")
    except Refused as refusal:
        return whole(request, find(request, number), refusal)
    return go(address(ticket) + "#newest", "answered")


@require_POST
def closure(request: Helped, number: int) -> HttpResponse:
    ticket = find(request, number)
    if ticket.number != number:  # merged away meanwhile: whether all of it is settled is another question
        return redirect(address(ticket))
    tickets.close(ticket, by=request.actor)
    return go(address(ticket), "closed")


@require_POST
def rating(request: Helped, number: int, entry: int) -> HttpResponse:
    """Rate one answer, or change what was said of it."""
    ticket = find(request, number)
    answer = shown_public(ticket).filter(pk=min(entry, LARGEST)).first()
    if answer is None:
        raise Hidden
    try:
        tickets.rate(answer, request.POST.get("rating", ""), request.POST.get("comment", ""), by=request.actor)
    except Refused as refusal:
        return whole(request, find(request, number), refusal, answer.pk)
    return go(f"{address(ticket)}#answer-{answer.pk}", "rated")
