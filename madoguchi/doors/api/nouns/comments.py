"""Comments on tickets (API B4). Without `isPublic` a comment is private."""

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi import tickets
from madoguchi.doors.api import answers, entries, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import not_yet
from madoguchi.doors.api.present import entry as present
from madoguchi.doors.api.sorting import order, wanted
from madoguchi.doors.api.wire import Body, Id, Paged

door = Door("Comments", names={"attachments": "attachmentIds"})


class Comments(Paged):
    sortBy: str = ""
    include: str = ""


@door.at("GET /tickets/{int:ticket_id}/comments", gives="Comment[]")
def list_comments(request: Call, ticket_id: int, query: Query[Comments]) -> HttpResponse:
    """The comments, newest first."""
    ticket = finders.ticket(ticket_id, request.actor)
    found = entries.comments(ticket).order_by(
        *order(query.sortBy, {"commentedTime": "created_at"}, ("-created_at", "-id"))
    )
    plain = "plainText" in wanted(query.include, {"mentions", "plainText"})
    return answers.rows([present.comment(entry, plain_text=plain) for entry in found[query.cut()]])


class Included(BaseModel):
    include: str = ""


@door.at("GET /tickets/{int:ticket_id}/comments/{int:comment_id}", gives="Comment")
def get_comment(request: Call, ticket_id: int, comment_id: int, query: Query[Included]) -> object:
    """One comment."""
    ticket = finders.ticket(ticket_id, request.actor)
    entry = entries.one(ticket, entries.comments(ticket), comment_id)
    return present.comment(entry, plain_text="plainText" in wanted(query.include, {"mentions", "plainText"}))


class NewComment(Body):
    content: str = Field(max_length=32000)
    isPublic: bool = False
    contentType: Literal["html", "plainText"] = "plainText"
    attachmentIds: list[Id] = []


def written(content: str, content_type: str) -> dict[str, Any]:
    return {"html": content} if content_type == "html" else {"text": content}


@door.at("POST /tickets/{int:ticket_id}/comments", gives="Comment")
def add_comment(request: Call, ticket_id: int, body: NewComment) -> object:
    """Write a comment, private unless `isPublic`."""
    ticket = finders.ticket(ticket_id, request.actor)
    files = tickets.take_up(body.attachmentIds, by=request.actor, field="attachmentIds")
    content = written(body.content, body.contentType)
    entry = tickets.comment(ticket, **content, public=body.isPublic, attachments=files, by=request.actor)
    return present.comment(entries.again(entry))


class ChangedComment(Body):
    content: str | None = Field(None, max_length=32000)
    isPublic: bool | None = None
    contentType: Literal["html", "plainText"] = "plainText"
    attachmentIds: list[Id] = []


@door.at("PATCH /tickets/{int:ticket_id}/comments/{int:comment_id}", gives="Comment")
def change_comment(request: Call, ticket_id: int, comment_id: int, body: ChangedComment) -> object:
    """Change the text of a comment, or whether it is public."""
    ticket = finders.ticket(ticket_id, request.actor)
    entry = entries.one(ticket, entries.comments(ticket), comment_id)
    if body.attachmentIds:
        raise not_yet("/attachmentIds")
    content = written(body.content, body.contentType) if body.content is not None else {}
    tickets.edit_comment(entry, **content, public=body.isPublic, by=request.actor)
    return present.comment(entries.again(entry))


@door.at("DELETE /tickets/{int:ticket_id}/comments/{int:comment_id}")
def delete_comment(request: Call, ticket_id: int, comment_id: int) -> HttpResponse:
    """Delete a comment."""
    ticket = finders.ticket(ticket_id, request.actor)
    tickets.delete_comment(entries.one(ticket, entries.comments(ticket), comment_id), by=request.actor)
    return answers.done()
