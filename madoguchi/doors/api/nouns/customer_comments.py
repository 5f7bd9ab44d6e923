"""Comments on contacts and accounts: the notes of their pages (API B6). Customers never see them."""

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query
from pydantic import Field

from madoguchi.doors.api import answers, finders
from madoguchi.doors.api.call import Call
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import Unfit, not_yet
from madoguchi.doors.api.present.note import note as told
from madoguchi.doors.api.sorting import order
from madoguchi.doors.api.wire import Body, Paged
from madoguchi.kit.html import text_from
from madoguchi.lists import customer_notes
from madoguchi.models import Account, Contact, CustomerNote
from madoguchi.people import notes

door = Door("Contacts", names={"text": "content"})
Customer = Contact | Account


class Comments(Paged):
    sortBy: str = ""


class Comment(Body):
    content: str = Field(max_length=32000)
    contentType: Literal["html", "plainText"] = "plainText"
    isPublic: bool = False
    attachmentIds: list[Any] = []

    @property
    def text(self) -> str:
        """Notes are plain text, for agents alone, without files."""
        if self.isPublic:
            raise Unfit("/isPublic")
        if self.attachmentIds:
            raise not_yet("/attachmentIds")
        return text_from(self.content) if self.contentType == "html" else self.content


def listed(customer: Customer, query: Comments) -> HttpResponse:
    sort = order(query.sortBy, {"commentedTime": "created_at"}, ("-created_at", "-id"))
    return answers.rows([told(note) for note in customer_notes.of(customer).order_by(*sort)[query.cut()]])


def one(customer: Customer, comment_id: int) -> CustomerNote:
    return finders.one(customer_notes.of(customer), comment_id)


def changed(request: Call, note: CustomerNote, body: Comment) -> object:
    notes.edit_note(note, body.text, by=request.actor)
    return told(one(note.contact or note.account, note.pk))  # type: ignore[arg-type]


def added(request: Call, customer: Customer, body: Comment) -> object:
    return told(notes.write_note(customer, body.text, by=request.actor))


@door.at("GET /contacts/{int:contact_id}/comments", gives="Comment[]")
def list_contact_comments(request: Call, contact_id: int, query: Query[Comments]) -> HttpResponse:
    """The notes on a contact, newest first."""
    return listed(finders.contact(contact_id), query)


@door.at("GET /contacts/{int:contact_id}/comments/{int:comment_id}", gives="Comment")
def get_contact_comment(request: Call, contact_id: int, comment_id: int) -> object:
    """A note on a contact."""
    return told(one(finders.contact(contact_id), comment_id))


@door.at("POST /contacts/{int:contact_id}/comments", gives="Comment")
def add_contact_comment(request: Call, contact_id: int, body: Comment) -> object:
    """Write a note on a contact."""
    return added(request, finders.contact(contact_id), body)


@door.at("PATCH /contacts/{int:contact_id}/comments/{int:comment_id}", gives="Comment")
def change_contact_comment(request: Call, contact_id: int, comment_id: int, body: Comment) -> object:
    """Change a note on a contact."""
    return changed(request, one(finders.contact(contact_id), comment_id), body)


@door.at("PUT /contacts/{int:contact_id}/comments/{int:comment_id}", gives="Comment")
def put_contact_comment(request: Call, contact_id: int, comment_id: int, body: Comment) -> object:
    """Change a note on a contact, as PATCH does."""
    return changed(request, one(finders.contact(contact_id), comment_id), body)


@door.at("DELETE /contacts/{int:contact_id}/comments/{int:comment_id}")
def delete_contact_comment(request: Call, contact_id: int, comment_id: int) -> HttpResponse:
    """Delete a note on a contact."""
    notes.delete_note(one(finders.contact(contact_id), comment_id), by=request.actor)
    return answers.done()


@door.at("GET /accounts/{int:account_id}/comments", gives="Comment[]")
def list_account_comments(request: Call, account_id: int, query: Query[Comments]) -> HttpResponse:
    """The notes on an account, newest first."""
    return listed(finders.account(account_id), query)


@door.at("GET /accounts/{int:account_id}/comments/{int:comment_id}", gives="Comment")
def get_account_comment(request: Call, account_id: int, comment_id: int) -> object:
    """A note on an account."""
    return told(one(finders.account(account_id), comment_id))


@door.at("POST /accounts/{int:account_id}/comments", gives="Comment")
def add_account_comment(request: Call, account_id: int, body: Comment) -> object:
    """Write a note on an account."""
    return added(request, finders.account(account_id), body)


@door.at("PATCH /accounts/{int:account_id}/comments/{int:comment_id}", gives="Comment")
def change_account_comment(request: Call, account_id: int, comment_id: int, body: Comment) -> object:
    """Change a note on an account."""
    return changed(request, one(finders.account(account_id), comment_id), body)


@door.at("PUT /accounts/{int:account_id}/comments/{int:comment_id}", gives="Comment")
def put_account_comment(request: Call, account_id: int, comment_id: int, body: Comment) -> object:
    """Change a note on an account, as PATCH does."""
    return changed(request, one(finders.account(account_id), comment_id), body)


@door.at("DELETE /accounts/{int:account_id}/comments/{int:comment_id}")
def delete_account_comment(request: Call, account_id: int, comment_id: int) -> HttpResponse:
    """Delete a note on an account."""
    notes.delete_note(one(finders.account(account_id), comment_id), by=request.actor)
    return answers.done()
