from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from madoguchi import tickets
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.tickets import writing
from madoguchi.doors.agent.tickets.finding import entry_of, find
from madoguchi.doors.agent.tickets.leading import Led
from madoguchi.doors.agent.tickets.show import again, done
from madoguchi.errors import Refused
from madoguchi.models import Attachment, Ticket


@require_POST
def create(request: Desked, number: int) -> HttpResponse:
    """A note: private unless chosen otherwise."""

    def verb(ticket: Ticket, files: list[Attachment]) -> None:
        tickets.comment(
            ticket,
            request.POST.get("body", ""),
            html=request.POST.get("html", ""),
            public=request.POST.get("public") == "1",
            attachments=files,
            seen=writing.seen(request),
            by=request.actor,
        )

    return writing.write(request, number, "note", verb, _("Comment added."))


@require_POST
def change(request: Desked, number: int, entry: int) -> HttpResponse:
    """Change the text of a comment, or take it out of the conversation."""
    try:
        ticket = find(request, number)
    except Led as led:
        if request.POST.get("_method") == "DELETE":
            raise
        return writing.carry(request, led, "note")
    written = entry_of(ticket, entry)
    try:
        if request.POST.get("_method") == "DELETE":
            tickets.delete_comment(written, by=request.actor)
            return done(request, ticket, _("Comment deleted."))
        tickets.edit_comment(written, request.POST.get("body", ""), html=request.POST.get("html", ""), by=request.actor)
    except Refused as refusal:
        return again(request, number, refusal, edit=f"entry-{entry}")
    return done(request, ticket, _("Comment changed."))
