"""Light, dark or as the system: the one preference that can be changed from every page."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from madoguchi.doors.agent.answer import Desked, came_from, go
from madoguchi.errors import Hidden
from madoguchi.models import Agent
from madoguchi.people.preferences import edit_preferences


@require_POST
def change(request: Desked) -> HttpResponse:
    theme = request.POST.get("theme", "")
    if theme not in dict(Agent.THEMES):
        raise Hidden
    edit_preferences({"theme": theme}, by=request.actor)
    return go(request, came_from(request, reverse("home")))
