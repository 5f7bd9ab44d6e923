"""Messages, replies, comments and files over the wire."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from madoguchi import tickets
from madoguchi.models import Attachment, Entry, OutboundMail, Ticket
from tests.cast import open_one
from tests.doors.api import shapes
from tests.doors.api.conftest import told

REPLY = {"channel": "EMAIL", "content": "ご返金しました", "fromEmailAddress": "support@demo.example"}


def file(name="控え.txt", content=b"abc", kind="text/plain"):
    return SimpleUploadedFile(name, content, kind)


def test_thread_rows_and_a_whole_thread(sato, ticket):
    row = sato.get(f"/tickets/{ticket.pk}/threads").json()["data"][0]
    assert set(row) == shapes.THREAD | shapes.MAIL and set(row["author"]) == shapes.AUTHOR
    assert (row["channel"], row["direction"], row["status"], row["visibility"]) == ("EMAIL", "in", "SUCCESS", "public")
    assert row["author"]["type"] == "END_USER" and row["author"]["name"] == "山田 花子"
    whole = sato.get(f"/tickets/{ticket.pk}/threads/{row['id']}", include="plainText").json()
    assert set(whole) == shapes.THREAD | shapes.MAIL | {"content", "attachments", "plainText"}
    assert whole["content"] == whole["plainText"] == "注文番号 12345 の返金について教えてください。"


def test_a_reply_is_pending_until_it_was_sent(sato, cast, ticket):
    answer = sato.post(f"/tickets/{ticket.pk}/sendReply", REPLY | {"ticketStatus": "closed"})
    row = answer.json()
    assert answer.status_code == 200 and answer["isslaapplied"] == "false"
    assert (row["status"], row["direction"], row["contentType"]) == ("PENDING", "out", "text/plain")
    assert row["to"] == "山田 花子 <hanako@midori.example>" and "support@demo.example" in row["fromEmailAddress"]
    assert row["author"]["type"] == "AGENT" and row["responderId"] == str(cast.sato.agent.pk)
    assert sato.get(f"/tickets/{ticket.pk}").json()["status"] == "Closed"
    assert sato.get(f"/tickets/{ticket.pk}/latestThread").json()["id"] == row["id"]
    incoming = sato.get(f"/tickets/{ticket.pk}/latestThread", needIncomingThread="true").json()
    assert incoming["direction"] == "in"


def test_the_state_of_the_mail_is_the_status_of_the_thread(sato, ticket):
    sato.post(f"/tickets/{ticket.pk}/sendReply", REPLY)
    states = {"QUEUED": "PENDING", "SENDING": "PENDING", "SENT": "SUCCESS", "FAILED": "FAILED", "UNCERTAIN": "FAILED"}
    for state, status in states.items():
        OutboundMail.objects.update(state=state)
        assert sato.get(f"/tickets/{ticket.pk}/threads").json()["data"][0]["status"] == status


def test_a_failed_thread_names_how_to_send_it_again_and_that_works_once(sato, ticket):
    row = sato.post(f"/tickets/{ticket.pk}/sendReply", REPLY).json()
    assert told(sato.post(f"/tickets/{ticket.pk}/resendFailedThread?threadId={row['id']}")) == (
        422, "INVALID_DATA", [("/threadId", "invalid")],
    )  # fmt: skip
    OutboundMail.objects.update(state="FAILED")
    action = sato.get(f"/tickets/{ticket.pk}/threads/{row['id']}").json()["actions"][0]
    assert action["href"].endswith(f"/tickets/{ticket.pk}/resendFailedThread?threadId={row['id']}")
    again = sato.post(f"/tickets/{ticket.pk}/resendFailedThread?threadId={row['id']}")
    assert again.json()["status"] == "PENDING" and again.json()["actions"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fromEmailAddress": None}, "fromEmailAddress"),
        ({"fromEmailAddress": "billing@demo.example"}, "fromEmailAddress"),
        ({"fromEmailAddress": "nobody@demo.example"}, "fromEmailAddress"),
        ({"channel": "TWITTER"}, "channel"),
        ({"content": "  "}, "content"),
        ({"to": "kein Postfach"}, "to"),
        ({"ticketStatus": "Nope"}, "ticketStatus"),
        ({"isPrivate": True}, "isPrivate"),
        ({"attachmentIds": [999]}, "attachmentIds"),
        ({"inReplyToThreadId": 999}, "inReplyToThreadId"),
    ],
)
def test_a_reply_that_is_refused_writes_nothing(sato, ticket, change, field):
    status, code, fields = told(sato.post(f"/tickets/{ticket.pk}/sendReply", REPLY | change))
    assert (status, code, [name for name, _kind in fields]) == (422, "INVALID_DATA", [f"/{field}"])
    assert Entry.objects.count() == 1 and OutboundMail.objects.count() == 0


def test_a_forward_is_private_and_goes_to_someone_else(sato, ticket):
    body = REPLY | {
        "isForward": True,
        "to": "工場 <factory@example.jp>",
        "contentType": "html",
        "content": "<p>至急</p>",
    }
    row = sato.post(f"/tickets/{ticket.pk}/sendReply", body).json()
    assert (row["isForward"], row["visibility"], row["contentType"]) == (True, "private", "text/html")
    assert row["to"] == "工場 <factory@example.jp>"
    ticket.refresh_from_db()
    assert ticket.first_response_s is None


def test_an_upload_goes_out_with_a_reply_and_only_once(sato, ticket, admin):
    uploaded = sato.upload("/uploads", file()).json()
    assert set(uploaded) == shapes.ATTACHMENT and uploaded["size"] == "3"
    stolen = admin.post(f"/tickets/{ticket.pk}/sendReply", REPLY | {"attachmentIds": [uploaded["id"]]})
    assert told(stolen)[2] == [("/attachmentIds", "invalid")]
    row = sato.post(f"/tickets/{ticket.pk}/sendReply", REPLY | {"uploads": [uploaded["id"]]}).json()
    assert row["attachmentCount"] == "1" and row["attachments"][0]["name"] == "控え.txt"
    again = sato.post(f"/tickets/{ticket.pk}/sendReply", REPLY | {"uploads": [uploaded["id"]]})
    assert told(again)[0] == 422
    href = row["attachments"][0]["href"].split("/api/v1")[1]
    got = sato.get(href)
    assert b"".join(got.streaming_content) == b"abc"
    assert got["Content-Disposition"].startswith("attachment;") and got["X-Content-Type-Options"] == "nosniff"


def test_comments_are_private_unless_said(sato, ticket):
    row = sato.post(f"/tickets/{ticket.pk}/comments", {"content": "確認中"}).json()
    assert set(row) == shapes.COMMENT and set(row["commenter"]) == shapes.COMMENTER
    assert (row["isPublic"], row["contentType"], row["modifiedTime"]) == (False, "plainText", None)
    path = f"/tickets/{ticket.pk}/comments/{row['id']}"
    changed = sato.patch(path, {"content": "<b>済</b>", "contentType": "html", "isPublic": True}).json()
    assert (changed["isPublic"], changed["contentType"]) == (True, "html") and changed["modifiedTime"]
    assert sato.get(f"/tickets/{ticket.pk}/comments").json()["data"][0] == changed
    deleted = sato.delete(path)
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert sato.get(path).status_code == 404 and sato.get(f"/tickets/{ticket.pk}/comments").status_code == 204


def test_a_comment_is_changed_by_its_writer_only(caller, cast, sato, ticket):
    entry = tickets.comment(ticket, "書いた人", by=cast.tanaka)
    path = f"/tickets/{ticket.pk}/comments/{entry.pk}"
    assert told(sato.patch(path, {"content": "x"}))[:2] == (403, "FORBIDDEN")
    assert told(sato.post(f"/tickets/{ticket.pk}/comments", {"content": "x" * 32001}))[2] == [("/content", "invalid")]
    assert sato.get(path).json()["content"] == "書いた人"
    light = caller(cast.light)
    assert light.post(f"/tickets/{ticket.pk}/comments", {"content": "x", "isPublic": True}).status_code == 403
    assert light.post(f"/tickets/{ticket.pk}/comments", {"content": "x"}).status_code == 200


def test_conversations_mix_threads_and_comments_newest_first(sato, cast, ticket):
    tickets.comment(ticket, "メモ", by=cast.sato)
    rows = sato.get(f"/tickets/{ticket.pk}/conversations").json()["data"]
    assert [row["type"] for row in rows] == ["comment", "thread"]
    assert set(rows[0]) == shapes.COMMENT | {"type"}


def test_entries_of_another_ticket_are_not_found_through_this_one(sato, cast, ticket):
    other = open_one(cast)
    entry, note = other.entries.get(), tickets.comment(other, "x", by=cast.sato)
    assert sato.get(f"/tickets/{ticket.pk}/threads/{entry.pk}").status_code == 404
    assert sato.get(f"/tickets/{ticket.pk}/comments/{note.pk}").status_code == 404
    assert sato.get(f"/tickets/{other.pk}/threads/{note.pk}").status_code == 404


def test_files_of_a_ticket(sato, ticket, english):
    row = sato.upload(f"/tickets/{ticket.pk}/attachments?isPublic=false", file()).json()
    assert set(row) == shapes.ATTACHMENT and row["isPublic"] is False
    assert sato.get(f"/tickets/{ticket.pk}/attachments").json()["data"] == [row]
    path = f"/tickets/{ticket.pk}/attachments/{row['id']}"
    assert sato.patch(path, {"isPublic": True}).json()["isPublic"] is True
    assert b"".join(sato.get(path + "/content").streaming_content) == b"abc"
    assert sato.delete(path).status_code == 200 and sato.get(path + "/content").status_code == 404
    assert told(sato.client.post(f"/api/v1/tickets/{ticket.pk}/attachments", headers=sato.headers))[0] == 422


def test_a_file_is_not_reached_through_another_ticket(sato, cast, ticket, caller):
    other = open_one(cast, department=cast.billing, mailbox=None)
    row = sato.upload(f"/tickets/{ticket.pk}/attachments", file()).json()
    suzuki = caller(cast.suzuki)
    for path in (f"/tickets/{ticket.pk}", f"/tickets/{other.pk}"):
        assert suzuki.get(f"{path}/attachments/{row['id']}/content").status_code == 404


def test_a_file_that_is_too_large_is_413(sato, ticket):
    from madoguchi.models import Organisation
    from madoguchi.organisation import current

    Organisation.objects.update(max_file_bytes=2)
    current.forget()
    answer = sato.upload(f"/tickets/{ticket.pk}/attachments", file())
    assert told(answer)[:2] == (413, "RESOURCE_SIZE_EXCEEDED")
    assert Attachment.objects.count() == 0 and Ticket.objects.get().attachment_n == 0


def test_a_conversation_costs_the_same_for_3_and_for_30(sato, cast, ticket, django_assert_max_num_queries):
    sato.get("/myinfo")
    for n in range(2):
        tickets.comment(ticket, str(n), by=cast.sato)
    with django_assert_max_num_queries(6) as few:
        sato.get(f"/tickets/{ticket.pk}/conversations")
    for n in range(27):
        tickets.comment(ticket, str(n), by=cast.sato)
    with django_assert_max_num_queries(6) as many:
        assert len(sato.get(f"/tickets/{ticket.pk}/conversations").json()["data"]) == 30
    assert len(few) == len(many)


def test_include_of_something_else_is_refused(sato, ticket):
    entry = ticket.entries.get()
    answer = sato.get(f"/tickets/{ticket.pk}/threads/{entry.pk}", include="Result")
    assert told(answer)[:2] == (422, "UNPROCESSABLE_ENTITY")
