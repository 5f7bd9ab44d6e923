"""GET /contacts|accounts/{id}/history (API A5), and the comments of contacts and accounts (API B6)."""

import pytest

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.models import CustomerNote, Status
from madoguchi.people import notes
from tests.cast import open_one
from tests.doors.api.conftest import told
from tests.doors.api.shapes import COMMENT

HISTORY = set(
    """eventTime operation ticketId ticketNumber subject status statusType priority dueDate departmentId recipients webUrl
    author""".split()
)


def data(answer) -> list[dict]:
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def test_the_history_of_a_contact_has_time_author_ticket_and_the_status_then(cast, sato, ticket):
    entry = tickets.reply(ticket, "済みました。", then=Status.objects.get(name="Closed"), by=cast.sato)
    tickets.rate(entry, "good", by=Actor(contact=cast.yamada, door="help"))
    rows = data(sato.get(f"/contacts/{cast.yamada.pk}/history"))
    assert [(row["operation"], row["status"]) for row in rows][:4] == [
        ("Customer_Rated", "Closed"),
        ("Ticket_Closed", "Closed"),
        ("Mail_Response_Reply", "Open"),
        ("Ticket_Created", "Open"),
    ]
    assert rows[0].keys() == HISTORY
    closed = rows[1]
    assert closed["author"] == {
        "id": str(cast.sato.agent.pk),
        "type": "AGENT",
        "firstName": "健",
        "lastName": "佐藤",
        "email": "sato@demo.example",
        "photoURL": None,
    }
    assert (closed["ticketId"], closed["ticketNumber"], closed["subject"], closed["statusType"]) == (
        str(ticket.pk),
        str(ticket.number),
        ticket.subject,
        "Closed",
    )
    assert (rows[0]["author"]["type"], rows[0]["author"]["email"]) == ("END_USER", "hanako@midori.example")
    assert closed["departmentId"] == str(cast.support.pk) and closed["eventTime"].endswith("Z")


def test_the_history_is_narrowed_and_paged(cast, sato, ticket):
    tickets.comment(ticket, "一", by=cast.sato)
    tickets.comment(ticket, "二", by=cast.tanaka)
    open_one(cast, "他社", contact=cast.takahashi)
    here = f"/accounts/{cast.midori.pk}/history"
    everything = data(sato.get(here, limit=100))
    assert data(sato.get(here, limit=1, **{"from": 1})) == everything[1:2]
    assert [row["author"]["lastName"] for row in data(sato.get(here, agentId=cast.tanaka.agent.pk))] == ["田中"]
    by_department = data(sato.get(here, departmentId=cast.support.pk))
    assert {row["departmentId"] for row in by_department} == {str(cast.support.pk)} and len(by_department) == 3
    assert len(data(sato.get(here, contactId=cast.yamada.pk))) >= 3
    assert sato.get(here, contactId=cast.takahashi.pk).status_code == 204
    assert sato.get(here, departmentId=cast.billing.pk).status_code == 404
    assert sato.get(here, limit=101).status_code == 422


def test_another_department_gets_no_ticket_of_it(cast, caller, ticket):
    tickets.share(ticket, [tickets.Wish(cast.billing)], by=cast.sato)
    for path in (f"/contacts/{cast.yamada.pk}/history", f"/accounts/{cast.midori.pk}/history"):
        rows = data(caller(cast.suzuki).get(path))
        assert [row["ticketId"] for row in rows if row["ticketId"]] == [] and ticket.subject not in str(rows)


@pytest.mark.parametrize("kind", ["contacts", "accounts"])
def test_comments_are_the_notes_of_the_page(cast, sato, caller, kind):
    customer = cast.yamada if kind == "contacts" else cast.midori
    here = f"/{kind}/{customer.pk}/comments"
    assert sato.get(here).status_code == 204
    made = sato.post(here, {"content": "<p>午後に<br>電話</p>", "contentType": "html"}).json()
    assert made.keys() == COMMENT
    assert (made["content"], made["isPublic"], made["commenter"]["name"]) == ("午後に\n電話", False, "佐藤 健")
    notes.write_note(customer, "二つ目", by=cast.tanaka)
    assert [row["content"] for row in data(sato.get(here))] == ["二つ目", "午後に\n電話"]
    assert [row["content"] for row in data(sato.get(here, sortBy="commentedTime", limit=1))] == ["午後に\n電話"]
    assert sato.get(f"{here}/{made['id']}").json() == made
    for method in ("PATCH", "PUT"):
        changed = sato.call(method, f"{here}/{made['id']}", {"content": f"夕方に {method}"}).json()
        assert changed["content"] == f"夕方に {method}" and changed["modifiedTime"]
    suzuki = caller(cast.suzuki)
    assert told(suzuki.patch(f"{here}/{made['id']}", {"content": "改"}))[:2] == (403, "FORBIDDEN")
    assert told(suzuki.delete(f"{here}/{made['id']}"))[:2] == (403, "FORBIDDEN")
    assert sato.get(f"/{kind}/999999/comments").status_code == 404
    assert sato.delete(f"{here}/{made['id']}").status_code == 200
    assert sato.get(f"{here}/{made['id']}").status_code == 404
    assert CustomerNote.objects.get().text == "二つ目"


def test_what_a_note_cannot_be_is_refused(cast, sato):
    here = f"/contacts/{cast.yamada.pk}/comments"
    assert told(sato.post(here, {"content": " "}))[0] == 422
    assert told(sato.post(here, {"content": "公開", "isPublic": True}))[2] == [("/isPublic", "invalid")]
    assert told(sato.post(here, {"content": "x", "attachmentIds": ["1"]}))[2] == [("/attachmentIds", "invalid")]
    assert told(sato.post(here, {}))[0] == 422
    assert not CustomerNote.objects.exists()
