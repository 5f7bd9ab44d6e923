"""One ticket as its customer sees it: what was said in public; answer, close."""

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
from madoguchi.errors import Refused
from madoguchi.kit import html as markup
from madoguchi.models import Attachment, Entry, Ticket
from madoguchi.prepared import Prepared
from madoguchi.tickets.timeline import shown_public

ENTRIES = Prepared(lambda mark: shown_public(mark.number("ticket")).select_related("agent", "contact"))
OWN_IMAGE = re.compile(r'(<img [^>]*src=")/files/')


def address(ticket: Ticket) -> str:
    return reverse("help_ticket", kwargs={"number": ticket.number})


@require_safe
def show(request: Helped, number: int) -> HttpResponse:
    ticket = find(request, number)
    if ticket.number != number:
        return redirect(address(ticket))
    return whole(request, ticket)


def whole(request: Helped, ticket: Ticket, refusal: Refused | None = None) -> HttpResponse:
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
        typed=request.POST.get("text", ""),
        refusal=refusal,
        once=secrets.token_urlsafe(12),
    )


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
