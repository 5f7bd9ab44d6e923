"""Tickets over the wire: shapes, opening, changing, refusing."""

import re

import pytest

from madoguchi import tickets
from madoguchi.models import CustomField, Event, Ticket
from tests.cast import open_one
from tests.doors.api import shapes
from tests.doors.api.conftest import told

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_a_list_row_has_exactly_the_keys_of_the_contract(sato, ticket):
    row = sato.get("/tickets").json()["data"][0]
    assert set(row) == shapes.LIST_ROW
    assert row["id"] == str(ticket.pk) and row["threadCount"] == "1" and row["commentCount"] == "0"
    assert TIME.fullmatch(row["createdTime"])
    assert (row["status"], row["statusType"], row["channel"]) == ("Open", "Open", "Email")
    assert row["lastThread"] == {"channel": "EMAIL", "isDraft": False, "isForward": False, "direction": "in"}
    assert row["priority"] is None and row["assigneeId"] is None and row["isSpam"] is False


def test_a_full_ticket_has_exactly_the_keys_of_the_contract(sato, ticket):
    full = sato.get(f"/tickets/{ticket.pk}").json()
    assert set(full) == shapes.FULL
    assert "返金" in full["description"]
    assert full["source"]["uuid"] is None and full["secondaryContacts"] == [] and full["tagCount"] == "0"


def test_post_and_patch_answer_with_200_and_without_the_keys_of_reading(sato, cast):
    answer = sato.post(
        "/tickets", {"departmentId": cast.support.pk, "contactId": str(cast.yamada.pk), "subject": "電話"}
    )
    assert answer.status_code == 200 and answer["Content-Type"] == "application/json;charset=UTF-8"
    assert set(answer.json()) == shapes.WRITTEN
    patched = sato.patch(f"/tickets/{answer.json()['id']}", {"priority": "high"})
    assert patched.status_code == 200 and set(patched.json()) == shapes.WRITTEN
    assert patched.json()["priority"] == "High"


def test_without_a_description_there_is_no_thread_and_the_channel_is_phone(sato, cast):
    row = sato.post(
        "/tickets", {"departmentId": cast.support.pk, "contactId": cast.yamada.pk, "subject": "電話"}
    ).json()
    assert (row["threadCount"], row["channel"], row["description"]) == ("0", "Phone", None)


def test_with_a_description_the_first_thread_is_it(sato, cast):
    body = {
        "departmentId": cast.support.pk,
        "contactId": cast.yamada.pk,
        "subject": "x",
        "description": "<b>壊れた</b>",
    }
    row = sato.post("/tickets", body | {"channel": "WEB"}).json()
    assert (row["threadCount"], row["channel"]) == ("1", "Web") and "壊れた" in row["description"]
    thread = sato.get(f"/tickets/{row['id']}/threads").json()["data"][0]
    assert thread["isDescriptionThread"] is True and thread["channel"] == "WEB"


def test_a_contact_is_found_by_address_or_phone_or_made(sato, cast):
    def opened(**contact):
        body = {"departmentId": cast.support.pk, "subject": "x", "contact": contact}
        return sato.post("/tickets", body).json()["contactId"]

    assert opened(lastName="ちがう", email="HANAKO@midori.example") == str(cast.yamada.pk)
    new = opened(lastName="新井", firstName="修", email="arai@midori.example", phone="03-1234-5678")
    made = sato.get(f"/contacts/{new}").json()
    assert (made["lastName"], made["firstName"], made["phone"]) == ("新井", "修", "03-1234-5678")
    assert made["accountId"] == str(cast.midori.pk)
    assert opened(lastName="誰か", phone="+81312345678") == new
    assert opened(lastName="別人") != new


def test_missing_and_unknown_fields_are_named(sato, cast):
    assert told(sato.post("/tickets", {})) == (422, "INVALID_DATA", [("/departmentId", "missing")])
    body = {"departmentId": cast.support.pk, "subject": "x"}
    assert told(sato.post("/tickets", body)) == (422, "INVALID_DATA", [("/contactId", "missing")])
    more = body | {"contactId": cast.yamada.pk, "mailbox": 1}
    assert told(sato.post("/tickets", more)) == (422, "INVALID_DATA", [("/mailbox", "invalid")])
    for field, value in (("contactId", "abc"), ("contactId", 2**70), ("status", "Nope"), ("dueDate", "gestern")):
        found = told(sato.post("/tickets", body | {"contactId": cast.yamada.pk, field: value}))
        assert found == (422, "INVALID_DATA", [(f"/{field}", "invalid")])
    assert Ticket.objects.count() == 0


def test_fields_the_desk_does_not_store_yet_are_refused(sato, ticket, english):
    for field, value in (
        ("entitySkills", ["1"]),
        ("layoutId", "999"),
    ):
        answer = sato.patch(f"/tickets/{ticket.pk}", {field: value})
        assert told(answer) == (422, "INVALID_DATA", [(f"/{field}", "invalid")])
        assert answer.json()["errors"][0]["errorMessage"] == "not supported yet"
    assert sato.patch(f"/tickets/{ticket.pk}", {"layoutId": "1", "category": "返金"}).json()["category"] == "返金"


def test_one_patch_is_several_verbs_in_one_transaction(sato, cast, ticket):
    body = {
        "subject": "件名を直した",
        "status": "on hold",
        "assigneeId": str(cast.sato.agent.pk),
        "dueDate": "2020-01-01T00:00:00.000Z",
        "secondaryContacts": [cast.takahashi.pk],
        "resolution": "手順を案内",
    }
    row = sato.patch(f"/tickets/{ticket.pk}", body).json()
    assert (row["subject"], row["status"], row["statusType"]) == ("件名を直した", "On Hold", "On Hold")
    assert row["assigneeId"] == str(cast.sato.agent.pk) and row["isOverDue"] is True
    assert row["dueDate"] == "2020-01-01T00:00:00.000Z" and row["secondaryContacts"] == [str(cast.takahashi.pk)]
    verbs = set(Event.objects.filter(ticket=ticket, door="api").values_list("verb", flat=True))
    assert verbs == {"ticket.edited", "ticket.copied_in", "ticket.assigned", "ticket.held"}


def test_a_refused_part_leaves_nothing_changed(sato, cast, ticket):
    before, events = Ticket.objects.values().get(pk=ticket.pk), Event.objects.count()
    body = {"subject": "neu", "status": "Closed", "assigneeId": cast.suzuki.agent.pk}
    assert told(sato.patch(f"/tickets/{ticket.pk}", body)) == (422, "INVALID_DATA", [("/assigneeId", "invalid")])
    assert Ticket.objects.values().get(pk=ticket.pk) == before and Event.objects.count() == events


def test_null_takes_the_assignee_off(sato, cast, ticket):
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    assert sato.patch(f"/tickets/{ticket.pk}", {"assigneeId": None}).json()["assigneeId"] is None


def test_custom_fields_by_api_name_and_by_label(sato, cast, ticket):
    CustomField.objects.create(department=cast.support, api_name="cf_order", label="注文番号", kind="number")
    row = sato.patch(f"/tickets/{ticket.pk}", {"cf": {"cf_order": "12"}}).json()
    assert row["cf"] == {"cf_order": 12} and row["customFields"] == {"注文番号": 12}
    assert sato.patch(f"/tickets/{ticket.pk}", {"customFields": {"注文番号": 13}}).json()["cf"] == {"cf_order": 13}
    bad = sato.patch(f"/tickets/{ticket.pk}", {"cf": {"cf_order": "viele"}})
    assert told(bad) == (422, "INVALID_DATA", [("/cf/cf_order", "invalid")])
    unknown = sato.patch(f"/tickets/{ticket.pk}", {"cf": {"cf_x": "1"}})
    assert told(unknown) == (422, "INVALID_DATA", [("/cf/cf_x", "invalid")])
    listed = sato.get("/tickets", fields="cf_order,resolution").json()["data"][0]
    assert listed["cf"] == {"cf_order": 13} and listed["resolution"] is None
    found = sato.get("/tickets/search", customField1="cf_order:13").json()
    assert found["count"] == 1 and found["data"][0]["cf"] == {"cf_order": 13}


def test_other_departments_trashed_and_absurd_ids_are_404(sato, cast, ticket):
    hidden = open_one(cast, department=cast.billing, mailbox=None)
    gone = open_one(cast)
    tickets.trash(gone, by=cast.sato)
    for pk in (hidden.pk, gone.pk, 10**12, 10**40, "abc"):
        assert told(sato.get(f"/tickets/{pk}"))[:2] == (404, "URL_NOT_FOUND")
        assert told(sato.patch(f"/tickets/{pk}", {"subject": "x"}))[:2] == (404, "URL_NOT_FOUND")
    assert told(sato.get("/tickets", departmentId=cast.billing.pk))[:2] == (404, "URL_NOT_FOUND")
    assert [row["id"] for row in sato.get("/tickets").json()["data"]] == [str(ticket.pk)]


def test_administrators_see_every_department(admin, cast, ticket):
    hidden = open_one(cast, department=cast.billing, mailbox=None)
    assert admin.get(f"/tickets/{hidden.pk}").status_code == 200
    assert len(admin.get("/tickets").json()["data"]) == 2


def test_who_sees_but_may_not_do_gets_403_and_nothing_changes(caller, cast, ticket):
    light = caller(cast.light)
    assert light.get(f"/tickets/{ticket.pk}").status_code == 200
    for answer in (
        light.patch(f"/tickets/{ticket.pk}", {"subject": "x"}),
        light.post("/closeTickets", {"ids": [ticket.pk]}),
        light.post(f"/tickets/{ticket.pk}/associateTag", {"tags": ["a"]}),
        light.post("/tickets", {"departmentId": cast.support.pk, "contactId": cast.yamada.pk, "subject": "x"}),
    ):
        assert told(answer)[:2] == (403, "FORBIDDEN")
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.state, Ticket.objects.count()) == ("返金はいつになりますか", "Open", 1)


def test_move_names_the_department_in_body_or_query(sato, cast, ticket):
    assert sato.post(f"/tickets/{ticket.pk}/move", {"departmentId": cast.billing.pk}).status_code == 200
    assert sato.get(f"/tickets/{ticket.pk}").status_code == 404
    other = open_one(cast)
    answer = sato.post(f"/tickets/{other.pk}/move?departmentId={cast.billing.pk}")
    assert answer.json()["departmentId"] == str(cast.billing.pk)


def test_filters(sato, cast, ticket):
    other = open_one(cast, subject="別件", contact=cast.takahashi, by=cast.sato)
    tickets.close(other, by=cast.sato)
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)

    def ids(**query):
        answer = sato.get("/tickets", **query)
        return [int(row["id"]) for row in answer.json()["data"]] if answer.status_code == 200 else answer.status_code

    assert ids() == [other.pk, ticket.pk]
    assert ids(status="closed") == [other.pk]
    assert ids(status="${OPEN},${ONHOLD}") == [ticket.pk]
    assert ids(assignee="Unassigned") == [other.pk]
    assert ids(assignee=f"{cast.sato.agent.pk},Unassigned") == [other.pk, ticket.pk]
    assert ids(departmentIds=f"{cast.support.pk}") == [other.pk, ticket.pk]
    assert ids(sortBy="createdTime") == [ticket.pk, other.pk]
    assert ids(channel="Web") == 204
    assert ids(receivedInDays="15") == [other.pk, ticket.pk]
    assert ids(sortBy="colour") == ids(receivedInDays="3") == ids(colour="red") == ids(limit="101") == 422
    assert [row["id"] for row in sato.get(f"/contacts/{cast.takahashi.pk}/tickets").json()["data"]] == [str(other.pk)]


def test_include_nests_what_is_asked_for(sato, cast, ticket):
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    row = sato.get("/tickets", include="contacts,assignee,departments,team,products,isRead").json()["data"][0]
    assert row["contact"]["lastName"] == "山田" and row["contact"]["email"] == "hanako@midori.example"
    assert row["contact"]["account"]["accountName"] == "株式会社みどり商事"
    assert row["assignee"] == {
        "id": str(cast.sato.agent.pk), "name": "佐藤 健", "firstName": "健", "lastName": "佐藤",
        "email": "sato@demo.example", "photoURL": None,
    }  # fmt: skip
    assert row["department"] == {"id": str(cast.support.pk), "name": "サポート"}
    assert row["team"] is None and row["product"] is None


def test_paging_is_0_based_and_an_offset_beyond_4999_is_refused(sato, cast, english):
    made = [open_one(cast, subject=str(n)).pk for n in range(3)]
    ids = [int(row["id"]) for row in sato.get("/tickets", **{"from": 1, "limit": 1}).json()["data"]]
    assert ids == [made[1]]
    answer = sato.get("/tickets", **{"from": 5000})
    assert told(answer)[:2] == (422, "UNPROCESSABLE_ENTITY")
    assert "from" in answer.json()["message"] and "4999" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/tickets", "/tickets?include=contacts,assignee,departments,products,team"])
def test_a_list_costs_the_same_for_3_rows_and_for_30(sato, cast, path, django_assert_max_num_queries):
    for n in range(3):
        open_one(cast, subject=str(n))
    sato.get("/tickets")
    with django_assert_max_num_queries(6) as few:
        sato.get(path + ("&" if "?" in path else "?") + "limit=50")
    for n in range(27):
        open_one(cast, subject=str(n))
    with django_assert_max_num_queries(6) as many:
        answer = sato.get(path + ("&" if "?" in path else "?") + "limit=50")
    assert len(answer.json()["data"]) == 30 and len(few) == len(many)
