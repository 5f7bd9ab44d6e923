"""POST /hooks/crm/{key}: the CRM says that something changed (SPEC C7)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from madoguchi import people
from madoguchi.doors.hooks import crm as hook
from madoguchi.models import Classification, Contact, CrmConnection, CrmTrouble, Lookup
from madoguchi.organisation import crm
from madoguchi.reactions.crm import notified
from tests.cast import Cast
from tests.reactions.crm_servers.hubspot import TOKEN, HubSpotServer
from tests.reactions.crm_servers.serving import Answer, running
from tests.reactions.crm_servers.zoho import ZohoServer


@pytest.fixture
def zoho(settings: Any, cast: Cast) -> Iterator[ZohoServer]:
    with running(ZohoServer) as server:
        settings.CRM_HOSTS = {"zoho": server.url}
        crm.connect("zoho", settings=server.settings(), secrets=server.signed_in(), by=cast.admin)
        Lookup.objects.all().delete()
        hook.calls.forget()
        yield server


def call(told: Any, *, key: str | None = None, **more: Any) -> int:
    key = CrmConnection.objects.get().webhook_key if key is None else key
    sent = {"content_type": "application/json", "data": json.dumps(told), **more}
    return Client(enforce_csrf_checks=True).post(f"/hooks/crm/{key}", **sent).status_code


def waiting() -> set[int]:
    return set(Lookup.objects.filter(is_forced=True).values_list("contact_id", flat=True))


def jobs() -> list[dict[str, Any]]:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return [each.args for each in ProcrastinateJob.objects.filter(task_name="look_up_notified").order_by("id")]


@pytest.mark.parametrize("told", [{"email": "Hanako@midori.example"}, [{"email": "hanako@midori.example"}]])
def test_an_address_has_its_contact_looked_up(zoho: ZohoServer, cast: Cast, told: Any) -> None:
    assert call(told) == 202
    assert waiting() == {cast.yamada.pk}


def test_a_number_has_its_contact_looked_up(zoho: ZohoServer, cast: Cast) -> None:
    people.edit_contact(cast.takahashi, {}, phone_numbers=[("phone", "03-1234-5678")], by=cast.admin)
    Lookup.objects.all().delete()
    assert call({"phone": "+81 3 1234 5678"}) == 202
    assert waiting() == {cast.takahashi.pk}


def test_a_form_is_understood_as_well(zoho: ZohoServer, cast: Cast) -> None:
    form = "email=hanako%40midori.example&module=Contacts&id=77"
    assert call(None, data=form, content_type="application/x-www-form-urlencoded") == 202
    assert waiting() == {cast.yamada.pk}
    assert jobs() == [{"module": "Contacts", "ids": ["77"], "tries": 0}]


def test_nobody_can_learn_whom_the_desk_knows(zoho: ZohoServer) -> None:
    assert call({"email": "nobody@else.example"}) == 202
    assert call({}) == 202
    assert waiting() == set()


def test_a_notification_of_zoho_has_known_records_looked_up_at_once(zoho: ZohoServer, cast: Cast) -> None:
    Classification.objects.create(contact=cast.yamada, source="zoho", module="contacts", record="4876876000000100001")
    told = {
        "module": "Contacts",
        "ids": ["4876876000000100001"],
        "operation": "update",
        "token": "x",
        "channel_id": "1",
    }
    assert call(told) == 202
    assert waiting() == {cast.yamada.pk}
    assert zoho.asked == []


def test_a_deal_that_was_won_concerns_its_contact(zoho: ZohoServer, cast: Cast) -> None:
    deal = zoho.add_deal(zoho.add("Contacts", Email="hanako@midori.example"), "Closed Won")
    assert call({"module": "Deals", "ids": [deal]}) == 202
    assert (waiting(), zoho.asked) == (set(), [])
    (job,) = jobs()
    assert notified.look_up(**job) == 1
    assert waiting() == {cast.yamada.pk}


def test_a_notification_of_hubspot_concerns_its_contact(settings: Any, cast: Cast) -> None:
    with running(HubSpotServer) as server:
        settings.CRM_HOSTS = {"hubspot": server.url}
        crm.connect("hubspot", settings={}, secrets={"access_token": TOKEN}, by=cast.admin)
        Lookup.objects.all().delete()
        record = server.add(email="hanako@midori.example")
        assert call([{"objectId": int(record), "subscriptionType": "contact.propertyChange"}]) == 202
        (job,) = jobs()
        assert notified.look_up(**job) == 1
    assert waiting() == {cast.yamada.pk}


def test_while_the_crm_is_down_the_notification_waits(zoho: ZohoServer) -> None:
    zoho.misbehave("/crm/", answer=Answer(503))
    assert notified.look_up("Contacts", ["77"]) == 0
    assert [(job["tries"], job["ids"]) for job in jobs()] == [(1, ["77"])]
    assert crm.connection().paused_until is not None
    asked = len(zoho.asked)
    assert notified.look_up("Contacts", ["78"], tries=4) == 0
    assert len(zoho.asked) == asked and len(jobs()) == 1
    assert CrmTrouble.objects.get().asked == "Contacts 77"


@pytest.mark.parametrize("key", ["", "x", "é", "%00", "a" * 43, "a" * 5000])
def test_a_wrong_key_is_no_address(zoho: ZohoServer, key: str) -> None:
    assert call({"email": "hanako@midori.example"}, key=key or "-") == 404
    assert waiting() == set()


def test_without_a_connection_no_key_is_right(cast: Cast) -> None:
    CrmConnection.objects.create(pk=1, kind="", webhook_key="")
    assert call({"email": "hanako@midori.example"}, key="-") == 404
    CrmConnection.objects.update(webhook_key="left-over")
    assert call({"email": "hanako@midori.example"}, key="left-over") == 404


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "7",
        '["hanako@midori.example"]',
        "[" * 60_000,
        '{"email": ' + "9" * 5000 + "}",
        "\ud800".encode("utf-8", "surrogatepass"),
    ],
)
def test_what_is_no_notification_is_refused(zoho: ZohoServer, body: Any) -> None:
    assert call(None, data=body) == 400
    assert waiting() == set()


@pytest.mark.parametrize(
    "told",
    [
        {"email": 7, "ids": {}, "module": []},
        {"email": ["\x00", None, {}], "phone": [[]]},
        {"module": "Deals", "ids": ["../org", "1; DROP TABLE", None, -5, True, 1.5]},
        {"module": "Accounts", "ids": ["7"]},
        {"subscriptionType": ["x"], "objectId": "../7"},
        {"ids": ["7"]},
    ],
)
def test_strange_values_concern_nobody(zoho: ZohoServer, told: Any) -> None:
    assert call(told) == 202
    assert (waiting(), jobs()) == (set(), [])


def test_a_large_body_is_not_read(zoho: ZohoServer) -> None:
    assert call({"email": "x" * 70_000}) == 413


def test_lists_are_read_to_a_limit(zoho: ZohoServer) -> None:
    assert call({"module": "Contacts", "ids": [str(n) for n in range(500)]}) == 202
    assert [len(job["ids"]) for job in jobs()] == [100]


def test_too_many_calls_in_a_minute_are_sent_away(
    zoho: ZohoServer, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook, "A_MINUTE", 3)
    monkeypatch.setattr(hook.time, "time", lambda: 60.0 * 10**6)
    hook.calls.forget()
    assert [call({}) for _ in range(5)] == [202, 202, 202, 429, 429]
    monkeypatch.setattr(hook.time, "time", lambda: 60.0 * (10**6 + 1))
    assert call({}) == 202


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_only_post_is_answered(zoho: ZohoServer, method: str) -> None:
    key = CrmConnection.objects.get().webhook_key
    assert getattr(Client(), method)(f"/hooks/crm/{key}").status_code == 405


def test_it_asks_for_no_session_and_sets_no_cookie(zoho: ZohoServer) -> None:
    key = CrmConnection.objects.get().webhook_key
    answer = Client().post(f"/hooks/crm/{key}", "{}", content_type="application/json")
    assert (answer.content, answer.cookies) == (b"", {})
    assert Contact.objects.count() == 2
