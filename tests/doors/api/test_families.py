"""Parents and children by the API (SPEC F3–F5, API A3)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi import tickets
from madoguchi.models import Department, Ticket
from tests.cast import open_one


@pytest.fixture
def order(cast) -> list[Ticket]:
    Department.objects.filter(pk=cast.support.pk).update(has_families=True)
    return [open_one(cast, f"注文番号12345 {n}") for n in range(3)]


def switch(cast, **on: bool) -> None:
    Department.objects.filter(pk=cast.support.pk).update(**on)


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def told(answer) -> tuple[int, str, list[str]]:
    found = answer.json()
    return answer.status_code, found["errorCode"], [row["fieldName"] for row in found.get("errors", [])]


def state(ticket: Ticket) -> str:
    return Ticket.objects.get(pk=ticket.pk).state


def test_children_are_listed_added_and_taken_away(cast, sato, order):
    parent, late, cancel = order
    path = f"/tickets/{parent.pk}/childTickets"
    assert sato.get(path).status_code == 204
    assert ids(sato.post(path, {"ids": [str(late.pk), cancel.pk]})) == [str(late.pk), str(cancel.pk)]
    rows = {row["id"]: row["relationshipType"] for row in sato.get("/tickets").json()["data"]}
    assert rows == {str(parent.pk): "Parent", str(late.pk): "Child", str(cancel.pk): "Child"}
    found = sato.get("/tickets/search", ticketNumber=parent.number).json()["data"][0]
    assert (found["childTicketCount"], found["relationshipType"]) == ("2", "Parent")
    assert sato.call("DELETE", path, {"ids": [late.pk]}).status_code == 204
    assert ids(sato.get(path)) == [str(cancel.pk)]
    assert sato.call("DELETE", path, {"ids": [late.pk]}).status_code == 404


def test_what_cannot_be_related_is_refused_whole(cast, sato, order):
    parent, late, cancel = order
    sato.post(f"/tickets/{parent.pk}/childTickets", {"ids": [late.pk]})
    refused = (422, "INVALID_DATA", ["/ids"])
    assert told(sato.post(f"/tickets/{late.pk}/childTickets", {"ids": [cancel.pk]})) == refused
    assert told(sato.post(f"/tickets/{cancel.pk}/childTickets", {"ids": [parent.pk]})) == refused
    assert told(sato.post(f"/tickets/{parent.pk}/childTickets", {"ids": [cancel.pk, parent.pk]})) == refused
    assert Ticket.objects.get(pk=cancel.pk).parent_id is None
    switch(cast, has_families=False)
    assert told(sato.post(f"/tickets/{parent.pk}/childTickets", {"ids": [cancel.pk]})) == refused
    assert sato.get(f"/tickets/{parent.pk}/childTickets").status_code == 204


def test_a_stranger_sees_no_family(cast, caller, order):
    parent, late, _cancel = order
    suzuki = caller(cast.suzuki)
    path = f"/tickets/{parent.pk}/childTickets"
    for answer in (
        suzuki.get(path),
        suzuki.post(path, {"ids": [late.pk]}),
        suzuki.call("DELETE", path, {"ids": [late.pk]}),
        suzuki.patch(f"/tickets/{late.pk}", {"parentTicket": {"id": parent.pk}}),
    ):
        assert answer.status_code == 404
    mine = open_one(cast, "経理", department=cast.billing, mailbox=None)
    answer = suzuki.patch(f"/tickets/{mine.pk}", {"parentTicket": {"id": str(parent.pk)}})
    assert told(answer) == (422, "INVALID_DATA", ["/parentTicket/id"])


def test_the_parent_is_a_field_of_the_child(cast, sato, order):
    parent, late, cancel = order
    assert (
        sato.patch(f"/tickets/{late.pk}", {"parentTicket": {"id": str(parent.pk)}, "priority": "High"}).status_code
        == 200
    )
    assert Ticket.objects.get(pk=late.pk).parent_id == parent.pk
    answer = sato.patch(f"/tickets/{late.pk}", {"parentTicket": {"id": cancel.pk}, "priority": "Low"})
    assert told(answer) == (422, "INVALID_DATA", ["/parentTicket/id"])
    assert Ticket.objects.get(pk=late.pk).priority == "High"
    assert sato.patch(f"/tickets/{late.pk}", {"parentTicket": None}).status_code == 200
    assert Ticket.objects.get(pk=late.pk).parent_id is None
    body = {"departmentId": cast.support.pk, "contactId": cast.yamada.pk, "subject": "子"}
    made = sato.post("/tickets", body | {"parentTicket": {"id": parent.pk}})
    assert Ticket.objects.get(pk=made.json()["id"]).parent_id == parent.pk
    before = Ticket.objects.count()
    assert sato.post("/tickets", body | {"parentTicket": {"id": made.json()["id"]}}).status_code == 422
    assert Ticket.objects.count() == before


def test_closing_by_the_api_obeys_the_switches(cast, sato, order):
    parent, late, cancel = order
    sato.post(f"/tickets/{parent.pk}/childTickets", {"ids": [late.pk, cancel.pk]})
    switch(cast, waits_for_children=True)
    assert told(sato.patch(f"/tickets/{parent.pk}", {"subject": "別", "status": "Closed"}))[:2] == (
        422,
        "UNPROCESSABLE_ENTITY",
    )
    assert Ticket.objects.get(pk=parent.pk).subject != "別"
    results = sato.post("/closeTickets", {"ids": [parent.pk, late.pk]}).json()["results"]
    assert [row["success"] for row in results] == [False, True]
    results = sato.post("/closeTickets", {"ids": [parent.pk, cancel.pk]}).json()["results"]
    assert [row["success"] for row in results] == [True, True]
    for ticket in order:
        tickets.reopen(Ticket.objects.get(pk=ticket.pk), by=cast.sato)
    switch(cast, waits_for_children=False, closes_children=True)
    body = {"ids": [parent.pk], "fieldName": "status", "fieldValue": "Closed"}
    assert sato.post("/tickets/updateMany", body).status_code == 204
    assert [state(ticket) for ticket in order] == ["Closed"] * 3


def test_a_list_asks_for_relations_once(cast, sato, order):
    parent, late, cancel = order
    with CaptureQueriesContext(connection) as few:
        sato.get("/tickets")
    sato.post(f"/tickets/{parent.pk}/childTickets", {"ids": [late.pk, cancel.pk]})
    with CaptureQueriesContext(connection) as many:
        sato.get("/tickets")
    assert len(many) == len(few)


def test_one_reply_goes_to_each_customer(cast, sato, order):
    parent, late, _cancel = order
    message = {"text": "こちらもです。", "from_name": "高橋 誠", "from_address": "makoto@kita.example"}
    other = open_one(cast, "別の人", contact=cast.takahashi, message=message)
    sato.post(f"/tickets/{parent.pk}/childTickets", {"ids": [late.pk, other.pk]})
    path = f"/tickets/{parent.pk}/childTickets/reply"
    found = sato.post(path, {"content": "お待たせしています。", "ids": [other.pk]}).json()["results"]
    assert [(row["id"], row["success"]) for row in found] == [(str(other.pk), True)]
    assert other.entries.last().to[0]["address"] == "makoto@kita.example"
    found = sato.post(path, {"content": "発送しました。", "ticketStatus": "Closed"}).json()["results"]
    assert {row["id"]: row["success"] for row in found} == {str(late.pk): True, str(other.pk): True}
    assert {state(late), state(other)} == {"Closed"}
    assert parent.entries.filter(direction="out").count() == 0
    assert sato.post(path, {"content": "x", "ids": [parent.pk]}).status_code == 404
    assert sato.post(path, {"content": " ", "ids": [late.pk]}).status_code == 422


def test_the_switches_are_those_of_the_department(cast, caller, sato, order):
    path = f"/departments/{cast.support.pk}/settings/parentChild"
    tanaka = caller(cast.tanaka)
    assert tanaka.get(path).json() == {
        "isEnabled": True,
        "closeChildrenWithParent": False,
        "closeParentOnlyAfterChildren": False,
        "closeParentWithChildren": False,
    }
    assert sato.patch(path, {"isEnabled": False}).status_code == 403
    changed = tanaka.patch(path, {"closeParentOnlyAfterChildren": True, "closeParentWithChildren": True}).json()
    assert (changed["closeParentOnlyAfterChildren"], changed["closeParentWithChildren"]) == (True, True)
    refused = told(tanaka.patch(path, {"closeChildrenWithParent": True, "isEnabled": False}))
    assert refused == (422, "INVALID_DATA", ["/closeParentOnlyAfterChildren"])
    assert tanaka.get(path).json() == changed
    assert told(tanaka.patch(path, {"isEnabled": None})) == (422, "INVALID_DATA", ["/isEnabled"])
    assert caller(cast.suzuki).patch(path, {"isEnabled": True}).status_code == 404
