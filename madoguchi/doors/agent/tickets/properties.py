from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets import editing
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import again, done
from madoguchi.errors import Refused


@require_POST
def change(request: Desked, number: int) -> HttpResponse:
    """Change one field. `seen` is what the form showed: where something else stands now, nothing is overwritten."""
    ticket = find(request, number)
    name = request.POST.get("field", "")
    try:
        changes, expected = editing.read(ticket, name, request.POST.get("value", ""), request.POST.get("seen", ""))
        tickets.edit(ticket, changes, expected=expected, by=request.actor)
    except Refused as refusal:
        return again(request, number, refusal, edit=name)
    return done(request, ticket, _("Saved."))
