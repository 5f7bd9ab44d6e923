"""Many at once, search, counts, history, metrics, resolution, tags, followers, the bin."""

import pytest

from madoguchi import tickets
from madoguchi.models import Event, Tag, Ticket
from tests.cast import open_one
from tests.doors.api import shapes
from tests.doors.api.conftest import told


@pytest.fixture
def three(cast):
    return [open_one(cast, subject=f"件名{n}") for n in range(3)]


def test_closing_many_answers_for_each(sato, three):
    answer = sato.post("/closeTickets", {"ids": [three[2].pk, str(three[0].pk)]})
    assert answer.json() == {
        "results": [{"id": str(t.pk), "success": True, "errors": None} for t in (three[2], three[0])]
    }
    assert [t.state for t in Ticket.objects.order_by("id")] == ["Closed", "Open", "Closed"]


def test_permission_is_all_or_nothing(sato, cast, three):
    hidden = open_one(cast, department=cast.billing, mailbox=None)
    events = Event.objects.count()
    for path, body in (
        ("/closeTickets", {"ids": [three[0].pk, hidden.pk]}),
        ("/tickets/moveToTrash", {"ticketIds": [three[0].pk, hidden.pk]}),
        ("/tickets/markSpam", {"ids": [three[0].pk, 10**9]}),
        ("/tickets/updateMany", {"ids": [three[0].pk, hidden.pk], "fieldName": "priority", "fieldValue": "High"}),
    ):
        assert told(sato.post(path, body))[:2] == (404, "URL_NOT_FOUND")
    assert Event.objects.count() == events


def test_rules_refuse_one_by_one(sato, cast, three):
    tickets.move(three[1], cast.delivery, by=cast.sato)
    tickets.move(three[1], cast.support, by=cast.ito)
    body = {"ids": [t.pk for t in three], "fieldName": "assigneeId", "fieldValue": cast.suzuki.agent.pk}
    answer = sato.post("/tickets/updateMany", body)
    assert answer.status_code == 200
    assert [r["errors"]["fieldName"] for r in answer.json()["results"]] == ["/assigneeId"] * 3
    assert sato.post("/tickets/updateMany", body | {"fieldValue": cast.sato.agent.pk}).status_code == 204
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {cast.sato.agent.pk}


@pytest.mark.parametrize(
    ("name", "value", "column", "stored"),
    [
        ("status", "On Hold", "state", "On Hold"),
        ("priority", "Urgent", "priority", "Urgent"),
        ("dueDate", "2030-05-06T07:08:09.000Z", "is_overdue", False),
        ("category", "返金", "category", "返金"),
        ("teamId", None, "team", None),
    ],
)
def test_one_field_of_many(sato, three, name, value, column, stored):
    body = {"ids": [t.pk for t in three], "fieldName": name, "fieldValue": value}
    assert sato.post("/tickets/updateMany", body).status_code == 204
    assert set(Ticket.objects.values_list(column, flat=True)) == {stored}


def test_fields_that_cannot_be_set_on_many(sato, three):
    for name, field in (("number", "/fieldName"), ("sharedDepartments", "/fieldName")):
        body = {"ids": [three[0].pk], "fieldName": name, "fieldValue": "1"}
        assert told(sato.post("/tickets/updateMany", body))[2] == [(field, "invalid")]
    body = {"ids": [three[0].pk], "fieldName": "dueDate", "fieldValue": "bald"}
    assert told(sato.post("/tickets/updateMany", body))[2] == [("/fieldValue", "invalid")]
    assert told(sato.post("/closeTickets", {"ids": []}))[2] == [("/ids", "invalid")]


def test_spam_leaves_lists_and_counts_and_comes_back(sato, three):
    assert sato.get("/ticketsCount").json() == {"count": "3"}
    sato.post("/tickets/markSpam", {"ids": [three[0].pk], "isSpam": True})
    assert sato.get("/ticketsCount").json() == {"count": "2"}
    assert sato.get(f"/tickets/{three[0].pk}").json()["isSpam"] is True
    by_field = sato.get("/ticketsCountByFieldValues", field="statusType,spam,overDue").json()
    assert by_field["statusType"] == [{"value": "OPEN", "count": "2"}]
    assert by_field["spam"] == [{"value": "true", "count": "1"}]
    sato.post("/tickets/markSpam", {"ids": [three[0].pk], "isSpam": False})
    assert sato.get("/ticketsCount").json() == {"count": "3"}


def test_the_bin_is_for_supervisors_and_gives_back(sato, caller, cast, three):
    assert sato.post("/tickets/moveToTrash", {"ticketIds": [three[0].pk, three[1].pk]}).status_code == 204
    assert sato.get(f"/tickets/{three[0].pk}").status_code == 404
    assert told(sato.get("/recycleBin"))[:2] == (403, "FORBIDDEN")
    tanaka = caller(cast.tanaka)
    rows = tanaka.get("/recycleBin", module="tickets", include="deletedBy,department").json()["data"]
    assert {row["moduleId"] for row in rows} == {str(three[0].pk), str(three[1].pk)}
    assert rows[0]["type"] == "Tickets" and rows[0]["deletedBy"]["name"] == "佐藤 健"
    answer = tanaka.post("/recycleBin/restore", {"ids": [rows[0]["id"], 990]}).json()["results"]
    assert [r["success"] for r in answer] == [True, False]
    assert answer[1]["errors"] == {"errorCode": "URL_NOT_FOUND", "httpCode": "404"}
    assert tanaka.post("/recycleBin/delete", {"ids": [rows[1]["id"]]}).json()["results"][0]["success"] is True
    assert Ticket.objects.count() == 2 and tanaka.get("/recycleBin").status_code == 204


def test_contacts_and_accounts_lie_in_the_bin_too(admin, cast):
    assert admin.post("/contacts/moveToTrash", {"contactIds": [cast.takahashi.pk]}).status_code == 204
    assert admin.post("/accounts/moveToTrash", {"accountIds": [cast.midori.pk]}).status_code == 204
    assert admin.get(f"/contacts/{cast.takahashi.pk}").status_code == 404
    rows = admin.get("/recycleBin", sortBy="type").json()["data"]
    assert [row["type"] for row in rows] == ["Contacts", "Accounts"] and rows[0]["displayName"] == "高橋 誠"
    admin.post("/recycleBin/restore", {"ids": [row["id"] for row in rows]})
    assert admin.get(f"/contacts/{cast.takahashi.pk}").status_code == 200


def test_a_contact_with_tickets_stays(admin, cast, ticket):
    answer = admin.post("/contacts/moveToTrash", {"contactIds": [cast.yamada.pk, cast.takahashi.pk]})
    assert [r["success"] for r in answer.json()["results"]] == [False, True]


def test_search_by_field(sato, cast, three):
    tickets.tag(three[0], ["至急"], by=cast.sato)
    other = open_one(cast, contact=cast.takahashi, subject="Printer broken", by=cast.sato)

    def ids(**query):
        answer = sato.get("/tickets/search", **query)
        return {int(row["id"]) for row in answer.json()["data"]} if answer.status_code == 200 else answer.status_code

    everyone = {t.pk for t in three}
    assert ids(subject="件名*") == everyone and ids(subject="*roken") == {other.pk} == ids(subject="*inter b*")
    assert ids(ticketNumber=str(other.number)) == {other.pk} == ids(id=str(other.pk))
    assert ids(email="HANAKO@midori.example") == everyone and ids(contactName="高橋 誠") == {other.pk}
    assert ids(tag="至急") == {three[0].pk} and ids(accountName="*みどり*") == everyone
    assert ids(description="注文番号") == everyone | {other.pk}
    assert ids(status="Open", contactId=cast.takahashi.pk) == {other.pk} and ids(assigneeId="Unassigned") == ids(
        status="open"
    )
    assert ids(createdTimeRange="2020-01-01T00:00:00.000Z,2020-02-01T00:00:00.000Z") == 204
    assert ids(priority="${empty}") == everyone | {other.pk} and ids(category="${notempty}") == 204
    assert ids(subject="50%_") == 204
    assert ids(createdTimeRange="gestern") == ids(customField1="x") == ids(**{"from": 1000}) == 422


def test_a_search_row_nests_everything_and_count_is_a_number(sato, three):
    answer = sato.get("/tickets/search", subject="件名*", **{"from": 1}).json()
    assert answer["count"] == 3 and len(answer["data"]) == 2
    row = answer["data"][0]
    assert shapes.LIST_ROW | shapes.NESTED | {"childTicketCount", "isRead"} <= set(row)
    assert row["contact"]["email"] == "hanako@midori.example" and row["team"] is None


def test_a_search_costs_the_same_for_3_and_for_30(sato, cast, three, django_assert_max_num_queries):
    sato.get("/myinfo")
    with django_assert_max_num_queries(9) as few:
        sato.get("/tickets/search", subject="件名*", limit=50)
    for n in range(27):
        open_one(cast, subject=f"件名{n}")
    with django_assert_max_num_queries(9) as many:
        sato.get("/tickets/search", subject="件名*", limit=50)
    assert len(few) == len(many)


def test_history_tells_who_did_what(sato, cast, ticket):
    sato.patch(f"/tickets/{ticket.pk}", {"priority": "High"})
    first, second = sato.get(f"/tickets/{ticket.pk}/History").json()["data"]
    assert first["eventName"] == "TicketUpdated" and second["eventName"] == "TicketCreated"
    assert first["actor"] == {"id": str(cast.sato.agent.pk), "name": "佐藤 健", "type": "Agent"}
    assert second["actor"]["type"] == "Contact" and second["source"] == "Email"
    assert first["eventInfo"] == [
        {
            "propertyName": "priority",
            "propertyType": "ValueTransition",
            "propertyValue": {"previousValue": "", "updatedValue": "High"},
            "systemProperty": None,
        }
    ]
    created = sato.get(f"/tickets/{ticket.pk}/History", eventFilter="TicketCreated").json()["data"]
    assert created == [second]
    one_based = [sato.get(f"/tickets/{ticket.pk}/History", **{"from": n, "limit": 1}).json()["data"] for n in (0, 1, 2)]
    assert one_based == [[first], [first], [second]]


def test_metrics(sato, cast, ticket):
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    tickets.reply(ticket, "はい", then=None, by=cast.sato)
    tickets.close(ticket, by=cast.sato)
    found = sato.get(f"/tickets/{ticket.pk}/metrics").json()
    assert (found["firstResponseTime"], found["resolutionTime"]) == ("00:00 hrs", "00:00 hrs")
    assert found["business"] == {
        "firstResponseTime": "00:00 hrs",
        "totalResponseTime": "00:00 hrs",
        "resolutionTime": "00:00 hrs",
        "onHoldTime": "00:00 hrs",
    }
    assert (found["outgoingCount"], found["threadCount"], found["responseCount"]) == ("1", "2", "1")
    assert (found["reassignCount"], found["reopenCount"]) == ("0", "0")
    assert [row["agentName"] for row in found["agentsHandled"]] == ["佐藤 健"]
    assert [row["status"] for row in found["stagingData"]] == ["Open", "Closed"]


def test_resolution(sato, ticket):
    path = f"/tickets/{ticket.pk}/resolution"
    assert sato.get(path).json() == {"content": None, "modifiedTime": None, "author": None}
    written = sato.patch(path, {"content": "返金済み"}).json()
    assert written["content"] == "返金済み" and written["author"]["name"] == "佐藤 健"
    assert sato.delete(path).status_code == 204 and sato.get(path).json()["content"] is None


def test_tags(sato, cast, ticket):
    put = sato.post(f"/tickets/{ticket.pk}/associateTag", {"tags": ["VIP", "至急"]})
    assert put.status_code == 200 and {t["name"] for t in put.json()["tags"]} == {"VIP", "至急"}
    listed = sato.get(f"/tickets/{ticket.pk}/tags").json()["tags"]
    assert set(listed[0]) == {"id", "name", "tagType"}
    counted = sato.get("/ticketTags", departmentId=cast.support.pk).json()["data"]
    assert [(t["name"], t["ticketCount"]) for t in counted] == [("VIP", "1"), ("至急", "1")]
    assert sato.get("/tags/search", searchVal="vi").json()["data"][0]["name"] == "VIP"
    tag = Tag.objects.get(name="VIP")
    assert sato.get(f"/tags/{tag.pk}/tickets").json()["data"][0]["id"] == str(ticket.pk)
    sato.post(f"/tickets/{ticket.pk}/dissociateTag", {"tags": ["vip"]})
    assert sato.get(f"/tags/{tag.pk}/tickets").status_code == 404
    assert told(sato.post(f"/tickets/{ticket.pk}/associateTag", {"tags": ["a/b"]}))[2] == [("/tags", "invalid")]


def test_tags_of_other_departments_are_not_seen(caller, cast, sato, ticket):
    sato.post(f"/tickets/{ticket.pk}/associateTag", {"tags": ["secret"]})
    suzuki = caller(cast.suzuki)
    assert suzuki.get("/ticketTags").status_code == suzuki.get("/tags/search", searchVal="se").status_code == 204
    assert suzuki.get(f"/tags/{Tag.objects.get().pk}/tickets").status_code == 404


def test_followers(sato, cast, ticket):
    path = f"/tickets/{ticket.pk}"
    assert sato.post(f"{path}/addFollowers", {"followerIds": [cast.tanaka.agent.pk]}).status_code == 204
    row = sato.get(f"{path}/followers").json()["data"][0]
    assert (
        set(row) == {"id", "firstName", "lastName", "email", "photoURL", "following"} and row["following"] == "tickets"
    )
    refused = sato.post(f"{path}/addFollowers", {"followerIds": [cast.suzuki.agent.pk]})
    assert told(refused)[2] == [("/followerIds", "invalid")]
    assert sato.post(f"{path}/removeFollowers", {"followerIds": [cast.tanaka.agent.pk]}).status_code == 204
    assert sato.get(f"{path}/followers").status_code == 204
