"""Whom one can mention in a comment: the agents who see the ticket."""

from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from madoguchi.access import departments_seeing, require
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.models import Agent, Role

MOST = 500


@require_safe
def show(request: Desked, number: int) -> HttpResponse:
    """Those of the ticket's department first, then of the receiving ones, then administrators; oneself is left out."""
    ticket = find(request, number)
    require(request.actor, "comment_private", ticket)
    places = {pk: place for place, pk in enumerate(departments_seeing(ticket))}
    there = Q(departments__in=places, departments__is_enabled=True)
    rows = Agent.objects.filter(there | Q(role__base=Role.Base.ADMINISTRATOR), is_active=True)
    rows = (
        rows.exclude(pk=request.agent.pk)
        .distinct()
        .select_related("role")
        .prefetch_related("departments")
        .order_by("last_name", "pk")
    )
    listed = []
    for agent in rows[:MOST]:
        nearest = min((d for d in agent.departments.all() if d.pk in places), key=lambda d: places[d.pk], default=None)
        place = places[nearest.pk] if nearest else len(places)
        name, mail = agent.name, agent.email.partition("@")[0]
        told = {"id": agent.pk, "name": name, "mail": mail, "department": nearest.name if nearest else str(agent.role)}
        listed.append((place, told))
    return JsonResponse({"agents": [told for _place, told in sorted(listed, key=lambda one: one[0])]})
