"""Leads, contacts and deals of the built-in CRM at the API (ours)."""

import json
from typing import Any

import pytest

from madoguchi import crm, lookups
from madoguchi.models import CrmConnection, CrmDeal, CrmPerson, CrmStage, Event
from tests.crm.test_people import wished
from tests.doors.api.conftest import told


@pytest.fixture
def desk(cast):
    CrmConnection.objects.update_or_create(pk=1, defaults={"kind": "builtin"})
    lookups.forget()
    return cast


@pytest.fixture
def hanako(desk) -> CrmPerson:
    values = {"last_name": "山田", "first_name": "花子", "email": "hanako@midori.example", "phone": "03-1234-5678"}
    return crm.create_person("contact", values, by=desk.sato)


def answer(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.content.decode()
    return json.loads(response.content) if response.content else None


LEAD = {"lastName": "高橋", "firstName": "誠", "email": "makoto@kita.example", "phone": "045-111-2222", "mobile": "090-1111-2222",
        "accountName": "北印刷"}  # fmt: skip


@pytest.mark.parametrize("noun", ["leads", "contacts"])
def test_people_are_added_read_changed_found_and_deleted(desk, sato, noun):
    made = answer(sato.post(f"/crm/{noun}", LEAD))
    assert {name: made[name] for name in LEAD} == LEAD and isinstance(made["id"], str)
    assert answer(sato.get(f"/crm/{noun}/{made['id']}")) == made
    changed = answer(sato.patch(f"/crm/{noun}/{made['id']}", {"phone": None, "ownerId": str(desk.tanaka.agent.pk)}))
    assert (changed["phone"], changed["ownerId"], changed["mobile"]) == (
        None,
        str(desk.tanaka.agent.pk),
        LEAD["mobile"],
    )
    for query in ({"email": "MAKOTO@kita.example"}, {"phone": "+81 90 1111 2222"}, {"searchStr": "北印刷"}):
        assert [row["id"] for row in answer(sato.get(f"/crm/{noun}", **query))["data"]] == [made["id"]], query
    for query in ({"email": ""}, {"phone": "1"}, {"email": "x@y.example"}):
        assert sato.get(f"/crm/{noun}", **query).status_code == 204, query
    other = "contacts" if noun == "leads" else "leads"
    assert sato.get(f"/crm/{other}/{made['id']}").status_code == 404 and sato.get(f"/crm/{other}").status_code == 204
    assert sato.delete(f"/crm/{noun}/{made['id']}").status_code == 204
    assert sato.get(f"/crm/{noun}/{made['id']}").status_code == 404 and CrmPerson.objects.count() == 0


def test_lists_are_paged_and_sorted(desk, sato):
    for name in ("い", "あ", "う"):
        crm.create_person("lead", {"last_name": name}, by=desk.sato)
    names = lambda **query: [row["lastName"] for row in answer(sato.get("/crm/leads", **query))["data"]]
    assert names(sortBy="lastName") == ["あ", "い", "う"] and names(**{"from": 1, "limit": 1}) == ["あ"]
    assert told(sato.get("/crm/leads", sortBy="salary"))[0] == 422


def test_a_lead_is_converted_with_its_id(desk, sato):
    made = answer(sato.post("/crm/leads", LEAD))
    assert answer(sato.post(f"/crm/leads/{made['id']}/convert"))["id"] == made["id"]
    assert sato.get(f"/crm/leads/{made['id']}").status_code == 404
    assert answer(sato.get(f"/crm/contacts/{made['id']}"))["email"] == LEAD["email"]


def test_deals_are_added_moved_and_deleted(desk, sato, hanako):
    made = answer(sato.post("/crm/deals", {"dealName": "年間契約", "contactId": str(hanako.pk), "amount": 1200000}))
    assert (made["stage"], made["stageCategory"], made["amount"], made["currency"]) == (
        "First meeting",
        "open",
        1200000,
        "JPY",
    )
    won = answer(sato.patch(f"/crm/deals/{made['id']}", {"stageCategory": "won"}))
    assert (won["stage"], won["stageCategory"]) == ("Won", "won")
    lost = answer(
        sato.patch(
            f"/crm/deals/{made['id']}", {"stage": "失注", "amount": "１，５００．５", "closingDate": "2026-12-31"}
        )
    )
    assert (lost["stageCategory"], lost["amount"], lost["closingDate"]) == ("lost", 1500.5, "2026-12-31")
    assert answer(sato.get(f"/crm/deals/{made['id']}")) == lost
    assert [d["id"] for d in answer(sato.get("/crm/deals", stageCategory="lost", contactId=hanako.pk))["data"]] == [
        made["id"]
    ]
    assert sato.get("/crm/deals", stageCategory="won").status_code == 204
    assert sato.delete(f"/crm/deals/{made['id']}").status_code == 204 and CrmDeal.objects.count() == 0


def test_a_category_that_holds_already_moves_no_deal(desk, sato, hanako):
    stage = CrmStage.objects.get(name_ja="見積提示")
    deal = crm.create_deal({"name": "契約", "person": hanako, "stage": stage}, by=desk.sato)
    assert answer(sato.patch(f"/crm/deals/{deal.pk}", {"stageCategory": "open"}))["stage"] == "Quote"


def test_the_largest_amount_comes_back_as_it_was_sent(desk, sato, hanako):
    made = sato.post("/crm/deals", {"dealName": "大", "contactId": hanako.pk, "amount": "99999999999999.99"})
    assert b'"amount":99999999999999.99,' in made.content


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"stage": "受注", "stageCategory": "open"}, [("/stageCategory", "invalid")]),
        ({"stage": "無い"}, [("/stage", "invalid")]),
        ({"stageCategory": "maybe"}, [("/stageCategory", "invalid")]),
        ({"amount": -1}, [("/amount", "invalid")]),
        ({"amount": True}, [("/amount", "invalid")]),
        ({"amount": 1.234}, [("/amount", "invalid")]),
        ({"closingDate": "明日"}, [("/closingDate", "invalid")]),
        ({"ownerId": "99999"}, [("/ownerId", "invalid")]),
        ({"contactId": "99999"}, [("/contactId", "invalid")]),
        ({"dealName": ""}, [("/dealName", "missing")]),
        ({"dealName": "契" * 300, "currency": "XYZ"}, [("/dealName", "invalid"), ("/currency", "invalid")]),
        ({"salary": 1}, [("/salary", "invalid")]),
    ],
)
def test_a_deal_that_cannot_be_names_its_fields(desk, sato, hanako, body, fields):
    response = sato.post("/crm/deals", {"dealName": "契約", "contactId": hanako.pk, **body})
    status, code, found = told(response)
    assert (status, code, sorted(found)) == (422, "INVALID_DATA", sorted(fields)) and CrmDeal.objects.count() == 0


def test_a_deal_with_a_lead_is_refused_with_the_reason(desk, sato):
    lead = answer(sato.post("/crm/leads", LEAD))
    response = sato.post("/crm/deals", {"dealName": "契約", "contactId": lead["id"]})
    assert told(response) == (422, "INVALID_DATA", [("/contactId", "invalid")])
    assert "見込み客を連絡先に変換" in response.content.decode()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, [("/lastName", "missing")]),
        ({"lastName": "", "email": "だめ"}, [("/email", "invalid"), ("/lastName", "missing")]),
        ({"lastName": "\x00"}, [("/lastName", "missing")]),
        ({"lastName": "字" * 300}, [("/lastName", "invalid")]),
        ({"lastName": "x", "dealName": "y"}, [("/dealName", "invalid")]),
        ({"lastName": "x", "accountName": "社" * 300}, [("/accountName", "invalid")]),
    ],
)
def test_a_person_who_cannot_be_names_the_fields(desk, sato, body, fields):
    response = sato.post("/crm/leads", body or {"firstName": "x"})
    assert told(response)[0] == 422 and sorted(told(response)[2]) == fields and CrmPerson.objects.count() == 0


def test_the_same_key_adds_one_lead(desk, sato):
    first = sato.post("/crm/leads", LEAD, **{"Idempotency-Key": "k1"})
    again = sato.post("/crm/leads", LEAD, **{"Idempotency-Key": "k1"})
    assert first.content == again.content and CrmPerson.objects.count() == 1


def test_a_change_is_recorded_through_the_api_and_looked_up(desk, sato, hanako):
    answer(sato.post("/crm/deals", {"dealName": "契約", "contactId": hanako.pk, "stageCategory": "won"}))
    event = Event.objects.order_by("pk").last()
    assert (event.verb, event.door, event.agent) == ("deal.created", "api", desk.sato.agent)
    assert wished() == {desk.yamada.pk}


def test_light_agents_read_and_change_nothing(desk, caller, hanako):
    light = caller(desk.light)
    assert answer(light.get(f"/crm/contacts/{hanako.pk}"))["lastName"] == "山田"
    assert told(light.post("/crm/leads", LEAD))[:2] == (403, "FORBIDDEN")
    assert told(light.delete(f"/crm/contacts/{hanako.pk}"))[:2] == (403, "FORBIDDEN")
    assert CrmPerson.objects.count() == 1


@pytest.mark.parametrize("path", ["/crm/leads", "/crm/contacts", "/crm/deals", "/crm/contacts/1", "/crm/deals/1"])
def test_switched_off_it_says_so(cast, sato, path):
    status, code, _fields = told(sato.get(path))
    assert (status, code) == (422, "UNPROCESSABLE_ENTITY")
    if path.count("/") == 2:
        body = {"dealName": "x", "contactId": "1"} if "deals" in path else {"lastName": "x"}
        assert sato.post(path, body).status_code == 422 and CrmPerson.objects.count() == 0
