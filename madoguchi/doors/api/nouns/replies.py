"""sendReply: answer the customer, or forward (API B4)."""

from typing import Any, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.doors.api import answers, entries, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit, not_yet
from madoguchi.doors.api.nouns.tickets import RULES
from madoguchi.doors.api.present import entry as present
from madoguchi.doors.api.wire import Body, Id, refuse_unbuilt
from madoguchi.kit import addresses
from madoguchi.kit.addresses import Address
from madoguchi.kit.letters.rating_block import without, without_in_html
from madoguchi.models import Entry, Mailbox, Ticket

door = Door("Threads")


class Reply(Body):
    channel: str
    content: str
    fromEmailAddress: str | None = None
    to: str | None = None
    cc: str | None = None
    bcc: str | None = None
    contentType: Literal["html", "plainText"] = "plainText"
    isForward: bool = False
    isPrivate: bool = False
    inReplyToThreadId: Id | None = None
    attachmentIds: list[Id] = []
    uploads: list[Id] = []
    ticketStatus: str | None = None
    direction: Literal["out"] | None = None
    sendAsEmailMode: str | None = None
    cf: dict[str, Any] | None = None
    layoutId: Id | None = None


class How(BaseModel):
    isPrivate: bool = False
    sendImmediately: bool = True


@door.at("POST /tickets/{int:ticket_id}/sendReply", gives="Thread")
def send_reply(request: Call, ticket_id: int, body: Reply, query: Query[How]) -> HttpResponse:
    """Answer by e-mail; with `isForward` pass a message on instead. The thread is PENDING until it was sent."""
    ticket, by = finders.ticket(ticket_id, request.actor), request.actor
    refuse(body, query)
    box = mailbox(body)
    is_html = body.contentType == "html"
    text = {"html": without_in_html(body.content)} if is_html else {"text": without(body.content)}
    shared: dict[str, Any] = {
        **text,
        "bcc": people(body.bcc, "/bcc") or (),
        "attachments": tickets.take_up([*body.attachmentIds, *body.uploads], by=by, field="attachmentIds"),
        "mailbox": box,
        "by": by,
    }
    replied = replied_to(ticket, body)
    if body.isForward:
        entry = forward(ticket, body, replied, shared, by)
    else:
        then = finders.status(body.ticketStatus, "/ticketStatus") if body.ticketStatus else None
        entry = tickets.reply(ticket, to=people(body.to, "/to"), cc=people(body.cc, "/cc"), then=then, **shared)
    response = answers.to_json(present.whole_thread(entries.again(entry)))
    for name, value in RULES.items():
        response[name] = value
    return response


def forward(ticket: Ticket, body: Reply, passed_on: Entry | None, shared: dict[str, Any], by: Actor) -> Entry:
    to, cc = people(body.to, "/to") or [], people(body.cc, "/cc") or []
    entry = tickets.forward(ticket, entry=passed_on, to=to, cc=cc, **shared)
    if body.ticketStatus:
        then = finders.status(body.ticketStatus, "/ticketStatus")
        if then.pk != ticket.status_id:
            tickets.set_status(ticket, then, by=by)
    return entry


def refuse(body: Reply, query: How) -> None:
    if body.channel.upper() != "EMAIL":
        raise not_yet("/channel")
    if body.isPrivate or query.isPrivate:
        raise not_yet("/isPrivate")
    if body.sendAsEmailMode == "removeTicketNumber":
        raise not_yet("/sendAsEmailMode")
    refuse_unbuilt(body, "cf")


def mailbox(body: Reply) -> Mailbox:
    """The mailbox whose address `fromEmailAddress` names; whether it may be used the verb decides."""
    if not (body.fromEmailAddress or "").strip():
        raise Unfit("/fromEmailAddress", "missing")
    named = people(body.fromEmailAddress, "/fromEmailAddress") or []
    found = Mailbox.objects.filter(folded=named[0].folded).select_related("department").first() if named else None
    if found is None:
        raise Unfit("/fromEmailAddress", text=_("You cannot write from this address."))
    return found


def people(text: str | None, pointer: str) -> list[Address] | None:
    """The addresses of a comma list; None where none was sent."""
    if not (text or "").strip():
        return None
    try:
        return addresses.parse_list(text or "")
    except ValueError as exc:
        raise Unfit(pointer, text=_("This is not a mail address: %(a)s") % {"a": str(exc.args[0])[:100]}) from None


def replied_to(ticket: Ticket, body: Reply) -> Entry | None:
    if body.inReplyToThreadId is None:
        return None
    found = entries.threads(ticket).filter(pk=body.inReplyToThreadId).first()
    if found is None:
        raise Unfit("/inReplyToThreadId", text=_("This choice does not exist (any more)."))
    return found
