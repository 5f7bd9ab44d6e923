from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets import writing
from madoguchi.doors.agent.tickets.finding import entry_of
from madoguchi.models import Attachment, Ticket


@require_POST
def create(request: Desked, number: int) -> HttpResponse:
    """Pass a message on to someone else; the newest one unless another was chosen."""

    def verb(ticket: Ticket, files: list[Attachment]) -> None:
        chosen = request.POST.get("entry", "")
        tickets.forward(
            ticket,
            request.POST.get("body", ""),
            html=request.POST.get("html", ""),
            entry=entry_of(ticket, int(chosen)) if chosen.isdecimal() and len(chosen) < 19 else None,
            to=writing.people(request, "to"),
            cc=writing.people(request, "cc"),
            bcc=writing.people(request, "bcc"),
            attachments=files,
            mailbox=writing.mailbox(request),
            seen=writing.seen(request),
            by=request.actor,
        )

    return writing.write(request, number, "forward", verb, _("The mail is on its way."))
