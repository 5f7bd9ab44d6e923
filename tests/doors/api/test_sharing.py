"""Sharing over the wire (API A2, B3): written by PATCH and POST, told in answers, and what receivers may do."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from madoguchi import tickets
from madoguchi.models import Department, Event, Permission, Share, Ticket
from madoguchi.tickets import Wish, sharing
from tests.cast import open_one
from tests.doors.api import shapes
from tests.doors.api.conftest import told

SOON = "2099-05-06T07:08:09.000Z"
KEY = {"Idempotency-Key": "k-1"}


@pytest.fixture
def suzuki(caller, cast):
    return caller(cast.suzuki)


@pytest.fixture
def ito(caller, cast):
    return caller(cast.ito)


@pytest.fixture
def shared(cast, ticket):
    """With accounts receivable for everything, with delivery for reading."""
    tickets.share(ticket, [Wish(cast.billing), Wish(cast.delivery, Permission.READ)], by=cast.sato)
    return ticket


def where(ticket):
    return f"/tickets/{ticket.pk}"


def put(ticket, *rows):
    return {"sharedDepartments": list(rows)}


def stored():
    return [(share.department_id, Permission(share.level).name) for share in Share.objects.order_by("id")]


def events(ticket):
    return list(Event.objects.filter(ticket=ticket, verb__contains="share").order_by("id"))


def test_a_ticket_is_shared_by_patch_and_says_so_in_every_whole_answer(sato, cast, ticket):
    body = put(
        ticket, {"id": str(cast.billing.pk), "type": "READ_ONLY"}, {"id": cast.delivery.pk, "type": "read_write"}
    )
    answer = sato.patch(where(ticket), body)
    told_then = [
        {"id": str(cast.billing.pk), "name": "経理", "type": "READ_ONLY"},
        {"id": str(cast.delivery.pk), "name": "配送", "type": "READ_WRITE"},
    ]
    assert answer.status_code == 200 and set(answer.json()) == shapes.WRITTEN
    assert answer.json()["sharedDepartments"] == told_then
    assert sato.get(where(ticket)).json()["sharedDepartments"] == told_then
    assert sato.get("/tickets/search", id=ticket.pk).json()["data"][0]["sharedDepartments"] == told_then
    assert sato.get("/tickets", fields="sharedDepartments").json()["data"][0]["sharedDepartments"] == told_then
    assert sharing.differing() == []


def test_the_list_replaces_all_and_an_empty_one_unshares(sato, cast, shared):
    sato.patch(where(shared), put(shared, {"id": cast.billing.pk, "type": "RESTRICTED_ACCESS"}))
    assert stored() == [(cast.billing.pk, "RESTRICTED")]
    for nothing in ([], None):
        answer = sato.patch(where(shared), {"sharedDepartments": nothing})
        assert answer.status_code == 200 and answer.json()["sharedDepartments"] == [] and stored() == []
    assert sharing.differing() == []


def test_expiry_and_reason_are_told_where_set_stay_where_left_out_and_go_with_null(sato, cast, ticket):
    billing = {"id": str(cast.billing.pk), "type": "READ_WRITE"}

    def after(**more):
        (found,) = sato.patch(where(ticket), put(ticket, billing | more)).json()["sharedDepartments"]
        return found

    whole = billing | {"name": "経理", "expiresAt": SOON, "reason": "請求の確認"}
    assert after(expiresAt=SOON, reason="請求の確認") == whole
    assert after() == whole
    assert after(type="READ_ONLY") == whole | {"type": "READ_ONLY"}
    assert after(type="READ_WRITE", name="what a client read before") == whole
    assert after(expiresAt=None) == billing | {"name": "経理", "reason": "請求の確認"}
    assert after(reason=None) == billing | {"name": "経理"}
    (found,) = sato.patch(where(ticket), put(ticket, cast.billing.pk)).json()["sharedDepartments"]
    assert found == billing | {"name": "経理"}


def test_what_was_read_and_is_sent_back_is_no_change(sato, cast, shared):
    sato.patch(
        where(shared),
        put(shared, {"id": cast.billing.pk, "expiresAt": "2099-05-06T07:08:09.123456Z", "reason": "確認"}),
    )
    count, version = len(events(shared)), Ticket.objects.get().version
    whole = sato.get(where(shared)).json()
    body = {name: whole[name] for name in ("sharedDepartments", "status", "assigneeId", "departmentId", "subject")}
    assert sato.patch(where(shared), body).json()["sharedDepartments"] == whole["sharedDepartments"]
    assert (len(events(shared)), Ticket.objects.get().version) == (count, version)


def test_a_share_that_is_over_is_told_no_more_and_gives_nothing_to_a_new_one(sato, suzuki, cast, ticket):
    past = timezone.now() - timedelta(seconds=1)
    tickets.share(ticket, [Wish(cast.billing, reason="昔の", expires_at=past + timedelta(days=1))], by=cast.sato)
    Share.objects.update(expires_at=past)
    sharing.mend(ticket.pk)
    assert sato.get(where(ticket)).json()["sharedDepartments"] == []
    assert suzuki.get(where(ticket)).status_code == 404
    answer = sato.patch(where(ticket), put(ticket, {"id": cast.billing.pk}))
    assert answer.json()["sharedDepartments"] == [{"id": str(cast.billing.pk), "name": "経理", "type": "READ_WRITE"}]
    assert suzuki.get(where(ticket)).status_code == 200


def test_what_is_wrong_is_named_and_nothing_is_shared_or_changed(sato, cast, ticket):
    billing, past = {"id": cast.billing.pk, "type": "READ_WRITE"}, "2020-01-01T00:00:00.000Z"
    off = Department.objects.create(name="休止中", is_enabled=False)
    many = [{"id": Department.objects.create(name=f"部門{n}").pk, "type": "READ_ONLY"} for n in range(11)]
    for rows, field, kind in (
        ([billing, {"id": cast.support.pk, "type": "READ_ONLY"}], "/sharedDepartments/1/id", "invalid"),
        ([billing, {"id": 10**9, "type": "READ_ONLY"}], "/sharedDepartments/1/id", "invalid"),
        ([billing, {"id": off.pk, "type": "READ_ONLY"}], "/sharedDepartments/1/id", "invalid"),
        ([billing, {"id": "abc"}], "/sharedDepartments/1/id", "invalid"),
        ([billing, "abc"], "/sharedDepartments/1/id", "invalid"),
        ([billing, {"type": "READ_ONLY"}], "/sharedDepartments/1/id", "missing"),
        ([billing | {"type": "WRITE"}], "/sharedDepartments/0/type", "invalid"),
        ([billing | {"type": 3}], "/sharedDepartments/0/type", "invalid"),
        ([billing, billing | {"type": "READ_ONLY"}], "/sharedDepartments/1/id", "duplicate"),
        ([billing | {"expiresAt": past}], "/sharedDepartments/0/expiresAt", "invalid"),
        ([billing | {"expiresAt": "gestern"}], "/sharedDepartments/0/expiresAt", "invalid"),
        ([billing | {"reason": "長" * 501}], "/sharedDepartments/0/reason", "invalid"),
        ([billing | {"level": 3}], "/sharedDepartments/0/level", "invalid"),
        (many, "/sharedDepartments", "invalid"),
        ("x", "/sharedDepartments", "invalid"),
    ):
        answer = sato.patch(where(ticket), {"subject": "変えない", "sharedDepartments": rows})
        assert told(answer) == (422, "INVALID_DATA", [(field, kind)]), rows
    found = Ticket.objects.get()
    assert (found.subject, found.shared, stored(), events(ticket)) == (ticket.subject, {}, [], [])


def test_sharing_and_other_fields_are_one_patch_all_or_nothing(sato, cast, ticket):
    row = {"id": cast.delivery.pk, "type": "READ_ONLY"}
    wrong = {"priority": "High", "assigneeId": cast.suzuki.agent.pk, **put(ticket, row)}
    assert told(sato.patch(where(ticket), wrong))[2] == [("/assigneeId", "invalid")]
    assert (stored(), Ticket.objects.get().priority) == ([], "")
    answer = sato.patch(where(ticket), wrong | {"assigneeId": cast.sato.agent.pk, "status": "On Hold"}).json()
    assert (answer["priority"], answer["status"], answer["assigneeId"]) == ("High", "On Hold", str(cast.sato.agent.pk))
    assert stored() == [(cast.delivery.pk, "READ")]


def test_a_ticket_moved_to_a_department_it_is_shared_with_is_shared_with_it_no_more(sato, cast, shared):
    answer = sato.patch(where(shared), {"departmentId": cast.billing.pk})
    assert [row["id"] for row in answer.json()["sharedDepartments"]] == [str(cast.delivery.pk)]
    assert sharing.differing() == []


def test_a_new_ticket_is_shared_at_once_with_objects_or_ids_alone(sato, suzuki, cast):
    new = {"departmentId": cast.support.pk, "contactId": cast.yamada.pk, "subject": "新しい件"}
    rows = [str(cast.billing.pk), {"id": cast.delivery.pk, "type": "RESTRICTED_ACCESS", "reason": "集荷"}]
    answer = sato.post("/tickets", new | {"sharedDepartments": rows})
    assert answer.json()["sharedDepartments"] == [
        {"id": str(cast.billing.pk), "name": "経理", "type": "READ_WRITE"},
        {"id": str(cast.delivery.pk), "name": "配送", "type": "RESTRICTED_ACCESS", "reason": "集荷"},
    ]
    assert suzuki.get(f"/tickets/{answer.json()['id']}").status_code == 200
    wrong = sato.post("/tickets", new | {"sharedDepartments": [cast.support.pk]})
    assert told(wrong)[2] == [("/sharedDepartments/0/id", "invalid")]
    assert Ticket.objects.count() == 1
    assert sato.post("/tickets", new | {"sharedDepartments": []}).json()["sharedDepartments"] == []


def test_history_tells_what_was_shared_changed_and_revoked(sato, cast, shared):
    sato.patch(
        where(shared), put(shared, {"id": cast.billing.pk, "type": "READ_ONLY", "expiresAt": SOON, "reason": "確認"})
    )
    billing = {"id": str(cast.billing.pk), "name": "経理"}
    found = {row["eventName"]: row for row in sato.get(f"{where(shared)}/History").json()["data"]}
    shown = {"propertyName": "sharedDepartments", "systemProperty": None}
    delivery = {"id": str(cast.delivery.pk), "name": "配送", "type": "READ_ONLY"}
    assert found["TicketShared"]["eventInfo"] == [
        shown | {"propertyType": "EntityList", "propertyValue": [billing | {"type": "READ_WRITE"}, delivery]}
    ]
    assert found["TicketShareRevoked"]["eventInfo"] == [
        shown | {"propertyType": "EntityList", "propertyValue": [delivery]}
    ]
    changed = {
        "previousValue": [billing | {"type": "READ_WRITE"}],
        "updatedValue": [billing | {"type": "READ_ONLY", "expiresAt": SOON, "reason": "確認"}],
    }
    assert found["TicketShareModeUpdated"]["eventInfo"] == [
        shown | {"propertyType": "ValueTransition", "propertyValue": changed}
    ]
    assert found["TicketShareRevoked"]["actor"]["id"] == str(cast.sato.agent.pk)
    only = sato.get(
        f"{where(shared)}/History", eventFilter="TicketShared,TicketShareRevoked", fieldName="sharedDepartments"
    )
    assert [row["eventName"] for row in only.json()["data"]] == ["TicketShareRevoked", "TicketShared"]


LOOK_UPS = [
    "",
    "/threads",
    "/conversations",
    "/latestThread",
    "/History",
    "/metrics",
    "/resolution",
    "/tags",
    "/access",
]


def test_receivers_open_it_by_id_and_find_it_in_no_list_of_theirs(suzuki, ito, cast, shared):
    tag = tickets.tag(shared, ["至急"], by=cast.sato)[0]
    for receiver in (suzuki, ito):
        for path in LOOK_UPS:
            assert receiver.get(where(shared) + path).status_code == 200, path
        for path in (
            "/tickets",
            f"/contacts/{shared.contact_id}/tickets",
            f"/accounts/{cast.midori.pk}/tickets",
            "/ticketTags",
        ):
            assert receiver.get(path).status_code == 204, path
        assert receiver.get(f"/tags/{tag.pk}/tickets").status_code == 404
        assert receiver.get("/ticketsCount").json() == {"count": "0"}
        for view in range(1, 10):
            assert receiver.get("/tickets", viewId=view).status_code == 204
            assert receiver.get("/ticketQueueView/count", viewId=view).json() == {"count": "0"}
        assert receiver.get("/ticketsCountByFieldValues", field="status,overDue").json() == {
            "status": [],
            "overDue": [{"value": "true", "count": "0"}],
        }


def test_search_finds_it_while_it_is_shared(sato, suzuki, cast, shared):
    asked = [
        ("/tickets/search", {"email": "hanako@midori.example"}),
        ("/tickets/search", {"ticketNumber": shared.number}),
        ("/tickets/search", {"_all": "返金"}),
        ("/tickets/search", {}),
        ("/search", {"searchStr": "返金", "module": "tickets"}),
    ]
    own = open_one(cast, "経理の返金", department=cast.billing, mailbox=None)
    for path, query in asked:
        found = suzuki.get(path, **query).json()
        assert shared.pk in {int(row["id"]) for row in found["data"]}
        assert found["count"] == (1 if "ticketNumber" in query else 2)
    sato.patch(where(shared), put(shared))
    for path, query in asked:
        answer = suzuki.get(path, **query)
        rows = answer.json()["data"] if answer.status_code == 200 else []
        assert {int(row["id"]) for row in rows} <= {own.pk}


def test_the_shared_views_hold_what_is_shared_with_a_department(sato, suzuki, cast, shared):
    closed = open_one(cast, "閉じた件")
    tickets.share(closed, [Wish(cast.billing)], by=cast.sato)
    tickets.close(closed, by=cast.sato)
    found = {row["name"]: row["id"] for row in suzuki.get("/views", module="tickets").json()["data"]}
    assert (found["Open Tickets"], found["Spam Tickets"]) == ("1", "9")
    for name, expected in (("Shared Tickets", [shared.pk, closed.pk]), ("Shared Open Tickets", [shared.pk])):
        for query in ({}, {"departmentId": cast.billing.pk}):
            rows = suzuki.get("/tickets", viewId=found[name], **query).json()["data"]
            assert sorted(int(row["id"]) for row in rows) == expected
            count = suzuki.get("/ticketQueueView/count", viewId=found[name], **query).json()
            assert count == {"count": str(len(expected))}
        assert sato.get("/tickets", viewId=found[name]).status_code == 204
    wanted = suzuki.get("/tickets", viewId=found["Shared Tickets"], status="Closed", include="departments").json()[
        "data"
    ]
    assert [(int(row["id"]), row["department"]["name"]) for row in wanted] == [(closed.pk, "サポート")]
    path = f"/lastAccessedView?module=tickets&departmentId={cast.billing.pk}"
    assert suzuki.call("PUT", path, {"viewId": found["Shared Tickets"]}).status_code == 200
    assert suzuki.get("/lastAccessedView", departmentId=cast.billing.pk).json() == {"viewId": found["Shared Tickets"]}


CHANGES = {
    "status": "Closed",
    "assigneeId": "{suzuki}",
    "teamId": None,
    "departmentId": "{billing}",
    "sharedDepartments": [],
}


@pytest.mark.parametrize("name", ["status", "assigneeId", "departmentId", "sharedDepartments"])
def test_a_receiver_changes_neither_status_nor_assignee_department_or_shares_and_nothing_else_with_them(
    suzuki, cast, shared, name
):
    values = {"{suzuki}": cast.suzuki.agent.pk, "{billing}": cast.billing.pk}
    value = values.get(CHANGES[name], CHANGES[name]) if isinstance(CHANGES[name], str) else CHANGES[name]
    before = Ticket.objects.values().get()
    for more in ({}, {"subject": "侵入", "priority": "Urgent"}, {"subject": ""}, {"contactId": 10**9}):
        assert told(suzuki.patch(where(shared), {**more, name: value}))[:2] == (403, "FORBIDDEN"), more
    assert Ticket.objects.values().get() == before
    assert stored() == [(cast.billing.pk, "FULL"), (cast.delivery.pk, "READ")]


def test_a_receiver_with_full_access_may_send_along_what_is_as_it_was(suzuki, sato, cast, shared):
    tickets.assign(shared, cast.sato.agent, by=cast.sato)
    whole = suzuki.get(where(shared)).json()
    along = {name: whole[name] for name in ("status", "assigneeId", "teamId", "departmentId")}
    version = Ticket.objects.get().version
    assert suzuki.patch(where(shared), along).status_code == 200
    assert Ticket.objects.get().version == version
    answer = suzuki.patch(where(shared), along | {"subject": "直した", "dueDate": SOON, "status": "open"})
    assert (answer.status_code, answer.json()["subject"], answer.json()["dueDate"]) == (200, "直した", SOON)
    assert answer.json()["assigneeId"] == str(cast.sato.agent.pk)
    assert told(suzuki.patch(where(shared), along | {"status": "Closed"}))[0] == 403


@pytest.mark.parametrize("level", [Permission.READ, Permission.RESTRICTED])
def test_a_receiver_with_less_than_full_access_patches_nothing(suzuki, cast, ticket, level):
    tickets.share(ticket, [Wish(cast.billing, level)], by=cast.sato)
    before = Ticket.objects.values().get()
    for name, value in (
        ("subject", "侵入"), ("subject", ticket.subject), ("status", "Open"), ("assigneeId", None), ("departmentId", ticket.department_id),
        ("dueDate", SOON), ("cf", {"x": 1}), ("secondaryContacts", []), ("layoutId", "1"), ("description", "x"), ("parentTicket", {"id": 1}),
        ("sharedDepartments", []), ("resolution", "x"),
    ):  # fmt: skip
        assert told(suzuki.patch(where(ticket), {name: value}))[:2] == (403, "FORBIDDEN"), name
    assert told(suzuki.patch(f"{where(ticket)}/resolution", {"content": "x"}))[0] == 403
    assert Ticket.objects.values().get() == before


def test_who_does_not_see_it_is_told_nothing(suzuki, sato, cast, ticket):
    for body in (put(ticket), put(ticket, {"id": cast.billing.pk}), {"subject": "x"}, {"parentTicket": {"id": 1}}):
        assert told(suzuki.patch(where(ticket), body))[:2] == (404, "URL_NOT_FOUND")
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    for hide in (tickets.mark_spam, tickets.trash):
        hide(Ticket.objects.with_people().get(), by=cast.sato)
        assert told(suzuki.get(where(ticket)))[0] == 404
        assert suzuki.get("/associatedTickets").status_code == 204


def test_many_at_once_is_forbidden_as_a_whole_where_one_is_only_shared(suzuki, cast, shared):
    own = open_one(cast, "経理の件", department=cast.billing, mailbox=None)
    ids, count = [own.pk, shared.pk], Event.objects.count()
    for path, body in (
        ("/closeTickets", {"ids": ids}),
        ("/tickets/moveToTrash", {"ticketIds": ids}),
        ("/tickets/markSpam", {"ids": ids}),
        ("/tickets/markSpam", {"ids": ids, "contactSpam": True}),
        ("/tickets/updateMany", {"ids": ids, "fieldName": "status", "fieldValue": "Open"}),
        ("/tickets/updateMany", {"ids": ids, "fieldName": "assigneeId", "fieldValue": None}),
        (f"{where(shared)}/move", {"departmentId": cast.billing.pk}),
        (f"{where(shared)}/merge", {"ids": [own.pk]}),
        (f"{where(own)}/merge", {"ids": [shared.pk]}),
        (f"{where(own)}/merge?dryRun=true", {"ids": [shared.pk]}),
    ):
        assert told(suzuki.post(path, body))[:2] == (403, "FORBIDDEN"), path
    assert Event.objects.count() == count
    body = {"ids": ids, "fieldName": "priority", "fieldValue": "High"}
    assert suzuki.post("/tickets/updateMany", body).status_code == 204
    assert set(Ticket.objects.values_list("priority", flat=True)) == {"High"}


def test_light_agents_and_those_whose_role_may_not_share_do_not_share(caller, cast, ticket):
    body = put(ticket, {"id": cast.billing.pk})
    assert told(caller(cast.light).patch(where(ticket), body))[0] == 403
    cast.sato.agent.role.takes_away = ["share"]
    cast.sato.agent.role.save()
    assert told(caller(cast.sato).patch(where(ticket), {"subject": "x"} | body))[0] == 403
    new = {"departmentId": cast.support.pk, "contactId": cast.yamada.pk, "subject": "x"}
    assert told(caller(cast.sato).post("/tickets", new | body))[0] == 403
    assert (Ticket.objects.count(), stored()) == (1, [])


def test_receivers_reply_comment_and_forward_as_far_as_their_level_goes(suzuki, ito, cast, shared):
    tickets.share(shared, [Wish(cast.delivery, Permission.RESTRICTED)], by=cast.sato)
    mail = {"channel": "EMAIL", "content": "x", "fromEmailAddress": "support@demo.example"}
    forward = mail | {"isForward": True, "to": "partner@example.com"}
    assert told(ito.post(f"{where(shared)}/sendReply", mail))[0] == 403
    assert told(ito.post(f"{where(shared)}/sendReply", forward | {"ticketStatus": "Closed"}))[0] == 403
    assert ito.post(f"{where(shared)}/sendReply", forward | {"ticketStatus": "Open"}).status_code == 200
    assert told(ito.post(f"{where(shared)}/comments", {"content": "x", "isPublic": True}))[0] == 403
    assert ito.post(f"{where(shared)}/comments", {"content": "x"}).json()["isPublic"] is False
    assert told(suzuki.post(f"{where(shared)}/sendReply", mail | {"ticketStatus": "Closed"}))[0] == 403
    assert suzuki.post(f"{where(shared)}/sendReply", mail | {"ticketStatus": "Open"}).status_code == 200
    assert suzuki.post(f"{where(shared)}/associateTag", {"tags": ["至急"]}).status_code == 200


def test_everybody_who_sees_it_is_told_who_does_and_why(sato, ito, cast, shared):
    found = ito.get(f"{where(shared)}/access").json()
    assert found == sato.get(f"{where(shared)}/access").json()
    groups = {(group["reason"], (group["department"] or {}).get("name")): group for group in found["agents"]}
    assert groups["SHARED", "配送"]["type"] == "READ_ONLY" and groups["DEPARTMENT", "サポート"]["type"] == "OWNER"
    assert groups["SHARED", "経理"]["agents"] == [{"id": str(cast.suzuki.agent.pk), "name": "鈴木 大輔"}]
    assert groups["SHARED", "経理"]["sharedBy"]["name"] == "佐藤 健"
    assert found["agentCount"] == "6" and [group["reason"] for group in found["contacts"]] == ["REQUESTER"]


def test_the_same_patch_again_with_its_key_changes_nothing(sato, cast, ticket):
    body = put(ticket, {"id": cast.billing.pk, "type": "READ_ONLY"})
    first = sato.call("PATCH", where(ticket), body, **KEY)
    sato.patch(where(ticket), put(ticket))
    again = sato.call("PATCH", where(ticket), body, **KEY)
    assert again.content == first.content and again["Idempotent-Replayed"] == "true"
    assert stored() == [] and len(events(ticket)) == 2
    assert sato.call("PATCH", where(ticket), put(ticket), **KEY).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_of_two_lists_sent_at_once_one_wins_whole(sato, caller, cast, ticket):
    others = [Department.objects.create(name=f"部門{n}") for n in range(4)]
    lists = [
        [{"id": d.pk, "type": "READ_ONLY", "reason": "一"} for d in others[:3]],
        [{"id": d.pk, "type": "READ_WRITE", "reason": "二"} for d in others[1:]],
    ]
    tanaka, statuses, start = caller(cast.tanaka), [], threading.Barrier(2)

    def send(who, rows):
        start.wait(60)
        for _n in range(5):
            statuses.append(who.patch(where(ticket), put(ticket, *rows)).status_code)
        connection.close()

    threads = [threading.Thread(target=send, args=pair) for pair in zip((sato, tanaka), lists, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 10
    found = [(share.department_id, share.level, share.reason) for share in Share.objects.order_by("department")]
    assert found in (
        [(d.pk, 1, "一") for d in others[:3]],
        [(d.pk, 3, "二") for d in others[1:]],
    )
    assert sharing.differing() == []


def test_shares_of_many_tickets_cost_one_statement(sato, cast, django_assert_num_queries):
    def search(n):
        with django_assert_num_queries(n):
            return sato.get("/tickets/search", limit=100).json()["data"]

    found = [open_one(cast, f"件{n}") for n in range(2)]
    sato.get("/myinfo")
    search(9)
    tickets.share(found[0], [Wish(cast.billing)], by=cast.sato)
    search(10)
    for other in [open_one(cast, f"別{n}") for n in range(10)]:
        tickets.share(other, [Wish(cast.billing), Wish(cast.delivery)], by=cast.sato)
    rows = search(10)
    assert sum(len(row["sharedDepartments"]) for row in rows) == 21


def test_of_what_was_merged_into_it_a_receiver_reads_no_longer_what_was_restored(sato, suzuki, caller, cast, shared):
    other = open_one(cast, "同じ件")
    tickets.merge(shared, [other], by=cast.sato)
    path = f"{where(shared)}/mergedTickets"
    assert [row["subject"] for row in suzuki.get(path).json()["data"]] == ["同じ件"]
    assert suzuki.get(where(other)).json()["mergedFrom"] == str(other.pk)
    tickets.restore(Ticket.objects.get(pk=other.pk), by=cast.tanaka)
    tickets.edit(Ticket.objects.with_people().get(pk=other.pk), {"subject": "別の秘密"}, by=cast.sato)
    assert [row["subject"] for row in suzuki.get(path).json()["data"]] == [None]
    assert [row["subject"] for row in sato.get(path).json()["data"]] == ["別の秘密"]
    assert suzuki.get(where(other)).status_code == 404


def test_the_condition_shared_with_others_narrows_lists(sato, cast, shared):
    open_one(cast, "共有していない")
    for value, found in ((True, [shared.subject]), (False, ["共有していない"])):
        asked = {"criteria": {"fieldConditions": [{"field": "isShared", "operator": "is", "value": value}]}}
        rows = sato.get("/tickets", filters=json.dumps(asked)).json()["data"]
        assert [row["subject"] for row in rows] == found
