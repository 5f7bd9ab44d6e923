"""Files: of a ticket, of a message or comment, and uploads that will lie on one (API B4)."""

from typing import BinaryIO, cast
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse
from ninja import File, Query, UploadedFile
from pydantic import BaseModel

from madoguchi import tickets
from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.present import entry as present
from madoguchi.doors.api.sorting import order, wanted
from madoguchi.doors.api.wire import Body, Paged
from madoguchi.errors import Hidden
from madoguchi.models import Attachment
from madoguchi.tickets.attaching import path_of
from madoguchi.tickets.timeline import files as files_of

door = Door("Attachments")


class Files(Paged):
    sortBy: str = ""
    include: str = ""
    isPublic: bool | None = None


@door.at("GET /tickets/{int:ticket_id}/attachments", gives="Attachment[]")
def list_attachments(request: Call, ticket_id: int, query: Query[Files]) -> HttpResponse:
    """The files of a ticket."""
    found = files_of(finders.ticket(ticket_id, request.actor)).filter(is_inline=False).select_related("agent")
    if query.isPublic is not None:
        found = found.filter(is_public=query.isPublic)
    creator = "creator" in wanted(query.include, {"creator"})
    found = found.order_by(*order(query.sortBy, {"createdTime": "created_at"}, ("-created_at", "-id")))
    return answers.rows([present.attachment(file, with_creator=creator) for file in found[query.cut()]])


def bytes_of(file: UploadedFile) -> BinaryIO:
    return cast(BinaryIO, file.file)


class Visibility(BaseModel):
    isPublic: bool = False


@door.at("POST /tickets/{int:ticket_id}/attachments", gives="Attachment")
def add_attachment(request: Call, ticket_id: int, query: Query[Visibility], file: UploadedFile = File(...)) -> object:
    """Put a file on the ticket: multipart/form-data, part `file`."""
    ticket = finders.ticket(ticket_id, request.actor)
    name, kind = file.name or "", file.content_type or ""
    return present.attachment(
        tickets.add_file(ticket, name, kind, bytes_of(file), public=query.isPublic, by=request.actor)
    )


class Published(Body):
    isPublic: bool


@door.at("PATCH /tickets/{int:ticket_id}/attachments/{int:attachment_id}", gives="Attachment")
def change_attachment(request: Call, ticket_id: int, attachment_id: int, body: Published) -> object:
    """Show the file to the customer, or no longer."""
    ticket = finders.ticket(ticket_id, request.actor)
    file = finders.one(files_of(ticket), attachment_id)
    return present.attachment(tickets.publish_file(ticket, file, public=body.isPublic, by=request.actor))


@door.at("DELETE /tickets/{int:ticket_id}/attachments/{int:attachment_id}")
def remove_attachment(request: Call, ticket_id: int, attachment_id: int) -> HttpResponse:
    """Take a file off the ticket."""
    ticket = finders.ticket(ticket_id, request.actor)
    tickets.remove_file(ticket, finders.one(files_of(ticket), attachment_id), by=request.actor)
    return answers.done()


@door.at("GET /tickets/{int:ticket_id}/attachments/{int:attachment_id}/content", gives="file")
def get_attachment_content(request: Call, ticket_id: int, attachment_id: int) -> object:
    """The bytes of a file."""
    return content(finders.one(files_of(finders.ticket(ticket_id, request.actor)), attachment_id))


@door.at("GET /tickets/{int:ticket_id}/threads/{int:entry_id}/attachments/{int:attachment_id}/content", gives="file")
def get_thread_attachment_content(request: Call, ticket_id: int, entry_id: int, attachment_id: int) -> object:
    """The bytes of a file of a message."""
    files = files_of(finders.ticket(ticket_id, request.actor))
    return content(finders.one(files.filter(entry=entry_id, entry__kind="thread"), attachment_id))


@door.at("GET /tickets/{int:ticket_id}/comments/{int:entry_id}/attachments/{int:attachment_id}/content", gives="file")
def get_comment_attachment_content(request: Call, ticket_id: int, entry_id: int, attachment_id: int) -> object:
    """The bytes of a file of a comment."""
    files = files_of(finders.ticket(ticket_id, request.actor))
    return content(finders.one(files.filter(entry=entry_id, entry__kind="comment"), attachment_id))


@door.at("POST /uploads", gives="Attachment")
def upload(request: Call, file: UploadedFile = File(...)) -> object:
    """Keep a file for a reply or comment; its id goes into `uploads` or `attachmentIds`."""
    return present.attachment(
        tickets.upload(file.name or "", file.content_type or "", bytes_of(file), by=request.actor)
    )


@door.at("GET /uploads/{int:attachment_id}/content", gives="file")
def get_upload_content(request: Call, attachment_id: int) -> object:
    """The bytes of an own upload that lies on nothing yet."""
    mine = Attachment.objects.filter(agent=me(request), entry=None, ticket=None)
    return content(finders.one(mine, attachment_id))


def content(file: Attachment) -> FileResponse:
    """Always a download, never shown by a browser on our origin (MAIL.md, attachments)."""
    path = path_of(file.digest)
    if not default_storage.exists(path):
        raise Hidden
    response = FileResponse(default_storage.open(path), content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox"
    return response
