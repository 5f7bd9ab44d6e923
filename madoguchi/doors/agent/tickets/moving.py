from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.access import can
from madoguchi.doors.agent.answer import Desked, go
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import again, done
from madoguchi.errors import Refused
from madoguchi.models import Department


@require_POST
def move(request: Desked, number: int) -> HttpResponse:
    """Hand the ticket to another department; whoever does not work there lands on the list."""
    ticket = find(request, number)
    value = request.POST.get("value", "")
    try:
        department = Department.objects.filter(pk=int(value)).first() if value.isdecimal() and len(value) < 19 else None
        if department is None:
            raise Refused("NOT_A_CHOICE", _("Choose a department."), "move")
        tickets.move(ticket, department, by=request.actor)
    except Refused as refusal:
        return again(request, number, refusal, edit="move")
    said = _("#%(n)s moved to %(department)s.") % {"n": ticket.number, "department": ticket.department.name}
    return done(request, ticket, said) if can(request.actor, "read", ticket) else go(request, reverse("tickets"), said)
