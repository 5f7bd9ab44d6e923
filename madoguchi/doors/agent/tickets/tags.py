from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import again, done
from madoguchi.errors import Refused


@require_POST
def change(request: Desked, number: int) -> HttpResponse:
    """Add tags (commas part them), or take one off with `_method` DELETE."""
    ticket = find(request, number)
    names = [name for name in request.POST.get("value", "").replace("、", ",").split(",") if name.strip()]
    takes_off = request.POST.get("_method") == "DELETE"
    try:
        (tickets.untag if takes_off else tickets.tag)(ticket, names, by=request.actor)
    except Refused as refusal:
        return again(request, number, refusal, edit="tags")
    return done(request, ticket, _("Tag removed.") if takes_off else _("Tags added."))
