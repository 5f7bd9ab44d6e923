"""Other open tickets of the same contact that may be the same matter (SPEC M12): fetched after the page, or a page of its own."""

from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from madoguchi.access import can
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.choosing import merge_address
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import whole_tab
from madoguchi.tickets.likeness import similar

MOST_WORDS = 4


@require_safe
def show(request: Desked, number: int) -> HttpResponse:
    """With the header `Part` only what a script puts above the conversation."""
    ticket = find(request, number)
    found = similar(ticket, by=request.actor) if ticket.is_live else []
    may_merge = can(request.actor, "merge", ticket)
    context: dict[str, Any] = {
        "ticket": ticket,
        "found": found,
        "most_words": MOST_WORDS,
        "address": lambda other: merge_address([ticket.number, other.number]) if may_merge else "",
    }
    if "Part" in request.headers:
        return HttpResponse(render_to_string("agent/tickets/_similar.html", context, request) if found else "")
    return whole_tab(request, ticket, "similar", **{k: v for k, v in context.items() if k != "ticket"})
