"""Other open tickets of the same contact that may be the same matter (SPEC M12): fetched after the page, or a page of its own."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from madoguchi.access import can
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.choosing import merge_address
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import whole_tab
from madoguchi.models import Ticket
from madoguchi.tickets.family_suggesting import Pair, pairs_of, suggestions
from madoguchi.tickets.likeness import similar

MOST_WORDS = 4


@require_safe
def show(request: Desked, number: int) -> HttpResponse:
    """With the header `Part` only what a script puts above the conversation."""
    ticket = find(request, number)
    found = similar(ticket, by=request.actor) if ticket.is_live else []
    may_merge = can(request.actor, "merge", ticket) and can(request.actor, "trash", ticket)
    relatable = relating(request, ticket, [like.ticket for like in found])
    if "Part" in request.headers and ticket.department.has_families:
        found = [like for like in found if not is_related(ticket, like.ticket)]
    context: dict[str, Any] = {
        "ticket": ticket,
        "found": found,
        "most_words": MOST_WORDS,
        "pairs": relatable,
        "suggested": None,
        "address": lambda other: merge_address([ticket.number, other.number]) if may_merge else "",
    }
    if "Part" in request.headers:
        if not found:
            context["suggested"] = next(iter(suggestions(ticket, by=request.actor)), None)
        is_some = found or context["suggested"]
        return HttpResponse(render_to_string("agent/tickets/_similar.html", context, request) if is_some else "")
    return whole_tab(request, ticket, "similar", **{k: v for k, v in context.items() if k != "ticket"})


def relating(request: Desked, ticket: Ticket, others: Sequence[Ticket]) -> dict[int, Pair]:
    """Those that can be related instead of merged, where the feature is on (SPEC M12, F8)."""
    return pairs_of(ticket, others, by=request.actor) if ticket.department.has_families else {}


def is_related(ticket: Ticket, other: Ticket) -> bool:
    """Parent and child, or children of one parent: told on the ticket already."""
    if ticket.parent_id is not None and ticket.parent_id in (other.pk, other.parent_id):
        return True
    return other.parent_id == ticket.pk
