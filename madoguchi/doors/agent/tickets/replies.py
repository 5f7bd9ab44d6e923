from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets import writing
from madoguchi.models import Attachment, Status, Ticket


@require_POST
def create(request: Desked, number: int) -> HttpResponse:
    """Answer the customer, and set a status with it if one was chosen on the button."""

    def verb(ticket: Ticket, files: list[Attachment]) -> None:
        tickets.reply(
            ticket,
            request.POST.get("body", ""),
            html=request.POST.get("html", ""),
            to=writing.people(request, "to") if "to" in request.POST else None,
            cc=writing.people(request, "cc") if "cc" in request.POST else None,
            bcc=writing.people(request, "bcc"),
            attachments=files,
            mailbox=writing.mailbox(request),
            then=status(request),
            seen=writing.seen(request),
            by=request.actor,
        )

    return writing.write(request, number, "reply", verb, _("The reply is on its way."))


def status(request: Desked) -> Status | None:
    chosen = request.POST.get("then", "")
    return (
        Status.objects.filter(pk=int(chosen), is_active=True).first()
        if chosen.isdecimal() and len(chosen) < 19
        else None
    )
