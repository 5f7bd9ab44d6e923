from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets.finding import find
from madoguchi.doors.agent.tickets.show import done


@require_http_methods(["POST", "DELETE"])
def change(request: Desked, number: int) -> HttpResponse:
    """Spam, or no spam after all (`_method` DELETE)."""
    ticket = find(request, number)
    if "DELETE" in (request.method, request.POST.get("_method")):
        tickets.unmark_spam(ticket, by=request.actor)
        return done(request, ticket, _("#%(n)s is not spam.") % {"n": ticket.number})
    tickets.mark_spam(ticket, by=request.actor)
    return done(request, ticket, _("#%(n)s marked as spam.") % {"n": ticket.number})
