"""What was said with the customer: conversations and threads (API B4)."""

from django.http import HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi import tickets
from madoguchi.doors.api import answers, entries, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.present import entry as present
from madoguchi.doors.api.sorting import order, wanted
from madoguchi.doors.api.wire import Id, Paged
from madoguchi.models import Entry

door = Door("Threads")


class Conversation(Paged):
    limit: int = Field(100, ge=1, le=200)
    sortBy: str = ""


@door.at("GET /tickets/{int:ticket_id}/conversations", gives="Conversation[]")
def list_conversations(request: Call, ticket_id: int, query: Query[Conversation]) -> HttpResponse:
    """Threads and comments together, newest first; `type` tells them apart."""
    ticket = finders.ticket(ticket_id, request.actor)
    offered = {"createdTime": "created_at", "sendDateTime": "created_at"}
    found = entries.of(ticket).order_by(*order(query.sortBy, offered, ("-created_at", "-id")))
    return answers.rows([either(entry) for entry in found[query.cut()]])


def either(entry: Entry) -> dict[str, object]:
    return {"type": entry.kind, **(present.comment(entry) if entry.is_comment else present.thread(entry))}


class Threads(Paged):
    limit: int = Field(100, ge=1, le=200)
    sortBy: str = ""


@door.at("GET /tickets/{int:ticket_id}/threads", gives="ThreadRow[]")
def list_threads(request: Call, ticket_id: int, query: Query[Threads]) -> HttpResponse:
    """The messages, newest first."""
    ticket = finders.ticket(ticket_id, request.actor)
    offered = {"sendDateTime": "created_at", "createdTime": "created_at"}
    found = entries.threads(ticket).order_by(*order(query.sortBy, offered, ("-created_at", "-id")))
    return answers.rows([present.thread(entry) for entry in found[query.cut(first=1)]])


class Included(BaseModel):
    include: str = ""


@door.at("GET /tickets/{int:ticket_id}/threads/{int:thread_id}", gives="Thread")
def get_thread(request: Call, ticket_id: int, thread_id: int, query: Query[Included]) -> object:
    """A message with its content."""
    ticket = finders.ticket(ticket_id, request.actor)
    entry = entries.one(ticket, entries.threads(ticket), thread_id)
    return present.whole_thread(entry, plain_text="plainText" in wanted(query.include, {"plainText"}))


class Latest(Included):
    needPublic: bool = False
    needIncomingThread: bool = False
    threadStatus: str = ""


@door.at("GET /tickets/{int:ticket_id}/latestThread", gives="Thread")
def get_latest_thread(request: Call, ticket_id: int, query: Query[Latest]) -> HttpResponse:
    """The newest message that fits; 204 where there is none."""
    found = entries.threads(finders.ticket(ticket_id, request.actor)).order_by("-created_at", "-id")
    if query.needPublic:
        found = found.filter(is_public=True)
    if query.needIncomingThread:
        found = found.filter(direction=Entry.Direction.IN)
    plain = "plainText" in wanted(query.include, {"plainText"})
    states = {word.strip().upper() for word in query.threadStatus.split(",") if word.strip()}
    for entry in found[:200]:
        if not states or present.status(entry) in states:
            return answers.to_json(present.whole_thread(entry, plain_text=plain))
    return answers.nothing()


class Failed(BaseModel):
    threadId: Id


@door.at("POST /tickets/{int:ticket_id}/resendFailedThread", gives="Thread")
def resend_failed_thread(request: Call, ticket_id: int, query: Query[Failed]) -> object:
    """Send a mail once more that could not be sent."""
    ticket = finders.ticket(ticket_id, request.actor)
    entry = entries.one(ticket, entries.threads(ticket), query.threadId)
    tickets.retry(entry, by=request.actor)
    return present.whole_thread(entries.again(entry))
