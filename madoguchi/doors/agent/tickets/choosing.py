"""From inside a ticket: choose which others of the same contact are merged with it (SPEC M1)."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from madoguchi.access import require, scope
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import whole_tab
from madoguchi.errors import Refused
from madoguchi.models import Ticket
from madoguchi.models.organisation import State
from madoguchi.tickets.comparing import compare
from madoguchi.tickets.likeness import similar
from madoguchi.tickets.mergeable import MOST

MOST_SHOWN = 50


@require_http_methods(["GET", "POST"])
def show(request: Desked, number: int) -> HttpResponse:
    """GET: the contact's other tickets, open ones first, alike ones before them. POST: on to the comparison."""
    ticket = find(request, number)
    require(request.actor, "merge", ticket)
    if request.method == "GET":
        return listed(request, ticket)
    try:
        compare([ticket, *ticked(request, ticket)], by=request.actor)
    except Refused as refusal:
        return listed(request, ticket, refusal)
    return go(request, merge_address([ticket.number, *wanted(request)]))


def merge_address(numbers: list[int]) -> str:
    query = urlencode({"tickets": ",".join(map(str, numbers))}, safe=",")
    return f"{reverse('new_merge')}?{query}"


def wanted(request: Desked) -> list[int]:
    sent = request.POST if request.method == "POST" else request.GET
    return list(dict.fromkeys(int(n) for n in sent.getlist("with") if n.isdecimal() and len(n) < 19))[:MOST_SHOWN]


def candidates(request: Desked, ticket: Ticket) -> Any:
    others = Ticket.objects.live().filter(scope(request.actor), contact_id=ticket.contact_id).exclude(pk=ticket.pk)
    return others.select_related("status", "department", "assignee").order_by("-created_at", "-pk")


def ticked(request: Desked, ticket: Ticket) -> list[Ticket]:
    numbers = wanted(request)
    found = {row.number: row for row in candidates(request, ticket).filter(number__in=numbers)}
    return [found[n] for n in numbers if n in found]


def listed(request: Desked, ticket: Ticket, refusal: Refused | None = None) -> HttpResponse:
    q = request.GET.get("q", "").strip()[:100]
    rows = candidates(request, ticket)
    if q:
        number = q.removeprefix("#")
        by_number = Q(number=int(number)) if number.isdecimal() and len(number) < 19 else Q(pk__in=[])
        rows = rows.filter(Q(subject__icontains=q) | by_number)
    kept = {row.number: row for row in ticked(request, ticket)}
    alike = {like.ticket.pk: like for like in similar(ticket, by=request.actor)} if not q else {}
    first = list(rows.filter(state=State.OPEN)[:MOST_SHOWN])
    first += rows.exclude(state=State.OPEN)[: MOST_SHOWN - len(first)]
    first.sort(key=lambda row: -alike[row.pk].score if row.pk in alike else 0)
    shown = {row.number: row for row in [*kept.values(), *first]}
    return whole_tab(
        request,
        ticket,
        "merges/choose",
        status=422 if refusal else 200,
        refusal=None,
        told_off=refusal,
        rows=list(shown.values()),
        alike=alike,
        ticked=set(kept),
        q=q,
        most=MOST,
    )
