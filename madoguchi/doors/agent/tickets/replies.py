from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets import family_closing, writing
from madoguchi.models import Attachment, Status, Ticket
from madoguchi.models.organisation import State


@require_POST
def create(request: Desked, number: int) -> HttpResponse:
    """Answer the customer, and set a status with it if one was chosen on the button."""

    said = [_("The reply is on its way.")]

    def verb(ticket: Ticket, files: list[Attachment]) -> None:
        then = status(request)
        closes = then is not None and then.state == State.CLOSED
        closed_n = family_closing.ask(request, ticket) if closes else 0
        tickets.reply(
            ticket,
            request.POST.get("body", ""),
            html=request.POST.get("html", ""),
            to=writing.people(request, "to") if "to" in request.POST else None,
            cc=writing.people(request, "cc") if "cc" in request.POST else None,
            bcc=writing.people(request, "bcc"),
            attachments=files,
            mailbox=writing.mailbox(request),
            then=then,
            seen=writing.seen(request),
            by=request.actor,
        )
        if closes:
            said[0] = family_closing.said(ticket, said[0], closed_n, by=request.actor)

    return writing.write(request, number, "reply", verb, lambda: said[0])


def status(request: Desked) -> Status | None:
    chosen = request.POST.get("then", "")
    return (
        Status.objects.filter(pk=int(chosen), is_active=True).first()
        if chosen.isdecimal() and len(chosen) < 19
        else None
    )
