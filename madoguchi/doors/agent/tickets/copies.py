"""Who else takes part and gets a copy of replies (CC)."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import people, tickets
from madoguchi.access import require
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets import writing
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import again, done
from madoguchi.errors import Refused
from madoguchi.models import Contact


@require_POST
def change(request: Desked, number: int) -> HttpResponse:
    """Add people by address (unknown ones become contacts), or take one off with `_method` DELETE."""
    ticket = find(request, number)
    require(request.actor, "edit", ticket)
    value = request.POST.get("value", "")
    try:
        if request.POST.get("_method") == "DELETE":
            tickets.drop_secondary_contact(
                ticket, int(value) if value.isdecimal() and len(value) < 19 else 0, by=request.actor
            )
        else:
            tickets.add_secondary_contacts(ticket, added(request), by=request.actor)
    except Refused as refusal:
        return again(request, number, refusal, edit="copies")
    return done(request, ticket, _("Copies changed."))


def added(request: Desked) -> list[Contact]:
    typed = writing.people(request, "value")
    if not typed:
        raise Refused("EMPTY", _("Enter a mail address."), "copies")
    return [people.identify(person.address, person.name, by=request.actor) for person in typed[:20]]
