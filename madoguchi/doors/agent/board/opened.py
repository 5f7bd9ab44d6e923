"""A card that is open: the quick reply, the columns it can be moved to, or why something was refused, in place of its buttons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from markupsafe import Markup

from madoguchi.access import can, require
from madoguchi.board import modes, reading
from madoguchi.doors.agent import reader
from madoguchi.doors.agent.answer import Desked, shell
from madoguchi.doors.agent.board.asked import Asked
from madoguchi.doors.agent.tickets import composer, conversation
from madoguchi.doors.agent.tickets.finding import find, find_whole
from madoguchi.errors import Refused
from madoguchi.models import Attachment, Entry
from madoguchi.models.organisation import State
from madoguchi.organisation.current import default_status

LAST_TEXT = 600


@dataclass(frozen=True, slots=True)
class Opened:
    """`below` is what stands on the card. `text`: what was typed, and must not be lost where there is no card any more."""

    number: int
    below: Markup
    refusal: Refused | None = None
    text: str = ""


def for_reply(
    request: Desked,
    asked: Asked,
    number: int,
    refusal: Refused | None = None,
    *,
    typed: Mapping[str, str] | None = None,
    kept: Sequence[Attachment] = (),
) -> Opened:
    """The quick reply, with the customer's newest message to read; a draft of the agent's is taken up."""
    ticket = find_whole(request, number)
    require(request.actor, "reply", ticket)
    entries = conversation.entries_of(ticket)
    form = composer.composer(request, ticket, entries, "reply", typed, kept)
    closed = default_status(State.CLOSED)
    below = drawn(
        request,
        "reply",
        asked=asked,
        ticket=ticket,
        composer=form,
        refusal=refusal,
        newest=newest_of(entries),
        closed=closed if can(request.actor, "set_status", ticket) else None,
    )
    return Opened(number, below, refusal, request.POST.get("body", ""))


def for_place(request: Desked, asked: Asked, number: int, refusal: Refused | None = None) -> Opened:
    """Where the card can go: the way to move it without a mouse."""
    ticket = find(request, number)
    here = reading.place_of(ticket, asked.mode)
    columns = modes.columns(asked.mode, asked.department, by=request.actor)
    there = [column for column in columns if column.may_drop and column.key != here]
    below = drawn(request, "place", asked=asked, ticket=ticket, refusal=refusal, here=here, columns=there)
    return Opened(number, below, refusal)


def for_refusal(request: Desked, asked: Asked, number: int, refusal: Refused) -> Opened:
    """Why closing or moving was refused, or the question it depends on."""
    return Opened(number, drawn(request, "refused", asked=asked, number=number, refusal=refusal), refusal)


def newest_of(entries: Sequence[Entry]) -> Entry | None:
    """The customer's newest message."""
    return next((e for e in reversed(entries) if not e.is_comment and not e.is_outgoing), None)


def drawn(request: HttpRequest, kind: str, **context: Any) -> Markup:
    with reader.settled():
        html = render_to_string(f"agent/board/_{kind}.html", {**shell(request), **context}, request)
    return Markup(html)
