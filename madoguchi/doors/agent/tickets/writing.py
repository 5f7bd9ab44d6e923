"""What replies, comments and forwards have in common as forms: text, files, addresses, and sending once."""

import secrets
from collections.abc import Callable
from contextlib import suppress

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.errors import lost
from madoguchi.doors.agent.tickets.composer import seen_by
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.leading import Led, lead
from madoguchi.doors.agent.tickets.once import Repeated, use_up
from madoguchi.doors.agent.tickets.show import again, done
from madoguchi.errors import Denied, Hidden, Merged, Newer, Refused
from madoguchi.kit import addresses
from madoguchi.kit.addresses import Address
from madoguchi.models import Attachment, Mailbox, Ticket
from madoguchi.transactions import all_or_nothing

EVERYTHING = 2**62


def write(
    request: Desked,
    number: int,
    mode: str,
    verb: Callable[[Ticket, list[Attachment]], object],
    said: str | Callable[[], str],
) -> HttpResponse:
    """Do the verb once, and forget the draft with it. After a refusal text, addresses and uploaded files are still in
    the form; what was written under something newer is a draft as well, so that the ticket can be read again first. Where
    the ticket, or the right to write so, was taken away meanwhile, the text is given back."""
    try:
        return written(request, number, mode, verb, said)
    except (Hidden, Denied) as problem:
        return lost(request, problem, request.POST.get("body", ""))


def written(
    request: Desked,
    number: int,
    mode: str,
    verb: Callable[[Ticket, list[Attachment]], object],
    said: str | Callable[[], str],
) -> HttpResponse:
    try:
        ticket = find(request, number)
    except Led as led:
        return carry(request, led, mode)
    files: list[Attachment] = []
    try:
        files = uploads(request)
        with all_or_nothing():
            use_up(request)
            verb(ticket, files)
            tickets.discard_draft(ticket, mode, by=request.actor)
    except Repeated:
        return done(request, ticket, _("This was sent already."))
    except Merged:
        try:
            find(request, number)
        except Led as led:
            return carry(request, led, mode, files)
        raise
    except Refused as refusal:
        if isinstance(refusal, Newer):
            keep(request, ticket, mode, files)
        return again(request, number, refusal, mode=mode, kept=files)
    return done(request, ticket, said() if callable(said) else said)


def carry(request: Desked, led: Led, mode: str, files: list[Attachment] | None = None) -> HttpResponse:
    """The ticket was merged away while this was written: nothing is sent, the text waits in the main ticket's form."""
    kept = uploads(request) if files is None else files
    written = {**request.POST.dict(), "upload": [file.key for file in kept]}
    tickets.carry_draft(led.main, mode, written, by=request.actor)
    return lead(request, led, compose=mode, unsent=1)


def keep(request: Desked, ticket: Ticket, mode: str, files: list[Attachment]) -> None:
    """As a draft, whatever stood there before: this is the text the writer wanted to send."""
    written = {**request.POST.dict(), "upload": [file.key for file in files]}
    with suppress(Refused), transaction.atomic():
        tickets.discard_draft(ticket, mode, by=request.actor)
        tickets.save_draft(ticket, mode, written, seen=EVERYTHING, by=request.actor)


def seen(request: Desked) -> int | None:
    """What the writer has seen: the newest entry of the page, or of the warning they answered with “send anyway”."""
    anyway = request.POST.get("anyway", "")
    known = max(seen_by(request), int(anyway) if anyway.isdecimal() and len(anyway) < 19 else 0)
    return known or None


def uploads(request: Desked) -> list[Attachment]:
    """Files kept from an earlier try, then the new ones."""
    kept = tickets.take_up(request.POST.getlist("upload"), by=request.actor) if request.POST.getlist("upload") else []
    new = [f for f in request.FILES.getlist("files") if f.name]
    return kept + [tickets.upload(f.name or "", f.content_type or "", f, by=request.actor) for f in new]  # type: ignore[arg-type]


def people(request: Desked, field: str) -> list[Address]:
    """The addresses typed into a field. Refused: NOT_AN_ADDRESS."""
    try:
        return addresses.parse_list(request.POST.get(field, "")[:20_000])
    except ValueError as error:
        message = _("This is not a mail address: %(a)s") % {"a": str(error.args[0])[:100]}
        raise Refused("NOT_AN_ADDRESS", message, field) from None


def mailbox(request: Desked) -> Mailbox | None:
    """The address chosen to write from; the verb asks whether that is allowed."""
    chosen = request.POST.get("from", "")
    return Mailbox.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 19 else None


def new_key() -> str:
    """For the hidden field `once`."""
    return secrets.token_urlsafe(12)
