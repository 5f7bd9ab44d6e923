"""Every operation on a ticket, tried by an agent of another department (SECURITY: neighbour objects)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from madoguchi import tickets
from madoguchi.doors.api.catalogue import operations
from madoguchi.models import Attachment, Entry, Event, Ticket
from tests.doors.api.conftest import told

OF_TICKETS = [(method, path) for method, path in operations() if "{ticket_id}" in path]
BODIES = {
    "PATCH /tickets/{ticket_id}": {"subject": "x"},
    "POST /tickets/{ticket_id}/move": {"departmentId": 1},
    "POST /tickets/{ticket_id}/merge": {"ids": [1]},
    "POST /tickets/{ticket_id}/childTickets": {"ids": [1]},
    "POST /tickets/{ticket_id}/childTickets/reply": {"content": "x"},
    "DELETE /tickets/{ticket_id}/childTickets": {"ids": [1]},
    "POST /tickets/{ticket_id}/sendReply": {"channel": "EMAIL", "content": "x", "fromEmailAddress": "a@b.example"},
    "POST /tickets/{ticket_id}/comments": {"content": "x"},
    "PATCH /tickets/{ticket_id}/comments/{comment_id}": {"content": "x"},
    "PATCH /tickets/{ticket_id}/resolution": {"content": "x"},
    "PATCH /tickets/{ticket_id}/attachments/{attachment_id}": {"isPublic": True},
    "POST /tickets/{ticket_id}/associateTag": {"tags": ["x"]},
    "POST /tickets/{ticket_id}/dissociateTag": {"tags": ["x"]},
    "POST /tickets/{ticket_id}/addFollowers": {"followerIds": [1]},
    "POST /tickets/{ticket_id}/removeFollowers": {"followerIds": [1]},
}


def counted():
    return [model.objects.count() for model in (Ticket, Entry, Event, Attachment)]


@pytest.mark.parametrize("binned", [False, True])
def test_a_stranger_and_the_bin_answer_404_everywhere(caller, cast, ticket, binned):
    note = tickets.comment(ticket, "秘密", by=cast.sato)
    file = tickets.add_file(ticket, "a.txt", "text/plain", b"abc", by=cast.sato)
    if binned:
        tickets.trash(ticket, by=cast.sato)
    who = caller(cast.sato if binned else cast.suzuki)
    entry, before = ticket.entries.first().pk, counted()
    ids = {
        "ticket_id": ticket.pk,
        "comment_id": note.pk,
        "attachment_id": file.pk,
        "thread_id": entry,
        "entry_id": entry,
    }
    assert len(OF_TICKETS) > 30
    for method, path in OF_TICKETS:
        where = path.removeprefix("/api/v1").format(**ids)
        if path.endswith("resendFailedThread"):
            where += f"?threadId={entry}"
        if method == "POST" and path.endswith("/attachments"):
            answer = who.upload(where, SimpleUploadedFile("a.txt", b"abc"))
        else:
            answer = who.call(method, where, BODIES.get(f"{method} {path.removeprefix('/api/v1')}"))
        assert told(answer)[:2] == (404, "URL_NOT_FOUND"), (method, path, answer.content)
    assert counted() == before


def test_others_entries_are_not_found_through_an_own_ticket(caller, cast, ticket):
    """The ids of a hidden ticket's entries and files, asked for through a ticket one may see."""
    from tests.cast import open_one

    own = open_one(cast, department=cast.billing, mailbox=None)
    note = tickets.comment(ticket, "秘密", by=cast.sato)
    file = tickets.add_file(ticket, "a.txt", "text/plain", b"abc", by=cast.sato)
    suzuki, before = caller(cast.suzuki), counted()
    for path in (
        f"/tickets/{own.pk}/comments/{note.pk}",
        f"/tickets/{own.pk}/threads/{ticket.entries.first().pk}",
        f"/tickets/{own.pk}/attachments/{file.pk}/content",
        f"/tickets/{own.pk}/comments/{note.pk}/attachments/{file.pk}/content",
        f"/uploads/{file.pk}/content",
    ):
        assert told(suzuki.get(path))[:2] == (404, "URL_NOT_FOUND")
    assert told(suzuki.patch(f"/tickets/{own.pk}/comments/{note.pk}", {"content": "x"}))[0] == 404
    assert told(suzuki.delete(f"/tickets/{own.pk}/attachments/{file.pk}"))[0] == 404
    assert counted() == before
