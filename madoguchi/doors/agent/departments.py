"""The department an agent looks at: chosen in the bar, kept in the session."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from madoguchi.doors.agent.answer import Desked, came_from, go
from madoguchi.errors import Hidden


@require_POST
def switch(request: Desked) -> HttpResponse:
    """Look at another own department from now on."""
    chosen = next((d for d in request.departments if str(d.pk) == request.POST.get("department")), None)
    if chosen is None:
        raise Hidden
    request.session["department"] = chosen.pk
    return go(request, came_from(request, reverse("home")))
