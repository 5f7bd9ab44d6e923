"""HubSpot behaves as Zoho CRM does: one file is enough for another CRM (SPEC C6)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from madoguchi.organisation import crm
from madoguchi.reactions.crm import hubspot, kinds
from madoguchi.reactions.crm.connector import Deal, Down, Misunderstood, Person, Record, Unauthorised
from tests.cast import Cast
from tests.reactions.crm_servers.hubspot import TOKEN, HubSpotServer
from tests.reactions.crm_servers.serving import Answer, running, told

SEARCH = "/crm/v3/objects/contacts/search"


@pytest.fixture
def server(settings: Any) -> Iterator[HubSpotServer]:
    with running(HubSpotServer) as server:
        settings.CRM_HOSTS = {"hubspot": server.url}
        yield server


@pytest.fixture
def connector(server: HubSpotServer, cast: Cast) -> Iterator[hubspot.HubSpot]:
    crm.connect("hubspot", settings={"per_minute": 6000}, secrets={"access_token": TOKEN}, by=cast.admin)
    connector = kinds.connector(crm.connection())
    assert isinstance(connector, hubspot.HubSpot)
    yield connector
    connector.close()


def find(connector: hubspot.HubSpot, *emails: str, phones: tuple[str, ...] = ()) -> Record | None:
    return connector.find(list(emails), list(phones))


def test_a_contact_is_found_by_its_address(server: HubSpotServer, connector: hubspot.HubSpot) -> None:
    record = server.add(email="hanako@midori.example", lifecyclestage="customer")
    assert find(connector, "Hanako@MIDORI.example") == Record("contacts", record)


def test_a_contact_is_found_by_a_further_address(server: HubSpotServer, connector: hubspot.HubSpot) -> None:
    record = server.add(email="office@midori.example", hs_additional_emails="a@midori.example;hanako@midori.example")
    assert find(connector, "hanako@midori.example") == Record("contacts", record)


@pytest.mark.parametrize("stored", ["03-1234-5678", "0312345678", "+81312345678"])
def test_a_number_is_found_however_it_is_written(
    server: HubSpotServer, connector: hubspot.HubSpot, stored: str
) -> None:
    record = server.add(mobilephone=stored, hs_searchable_calculated_mobile_number="312345678")
    assert find(connector, "hanako@midori.example", phones=("+81 3 1234 5678",)) == Record("contacts", record)


def test_an_address_that_is_only_like_it_is_no_hit(server: HubSpotServer, connector: hubspot.HubSpot) -> None:
    answer = {"results": [{"id": "7", "properties": {"email": "hanako2@midori.example"}}]}
    server.misbehave(SEARCH, answer=told(answer))
    assert find(connector, "hanako@midori.example") is None


@pytest.mark.parametrize(("stage", "module"), [("lead", "leads"), ("subscriber", "leads"), ("customer", "contacts")])
def test_early_in_life_and_without_deals_is_a_lead(
    server: HubSpotServer, connector: hubspot.HubSpot, stage: str, module: Any
) -> None:
    record = server.add(email="hanako@midori.example", lifecyclestage=stage)
    assert find(connector, "hanako@midori.example") == Record(module, record)


def test_deals_come_with_category_stage_and_amount(server: HubSpotServer, connector: hubspot.HubSpot) -> None:
    record = server.add(email="hanako@midori.example", lifecyclestage="lead")
    server.add_deal(record, "closedwon", amount="1200000", deal_currency_code="JPY", hs_is_closed_won="true")
    server.add_deal(record, "appointmentscheduled", amount="", hs_is_closed="false")
    server.add_deal(record, "closedlost", amount="many", hs_is_closed="true", hs_is_closed_won="false")
    found = find(connector, "hanako@midori.example")
    assert found == Record(
        "contacts",
        record,
        (Deal("won", "受注", Decimal(1200000), "JPY"), Deal("open", "日程確定"), Deal("lost", "失注")),
    )


def test_where_a_deal_does_not_say_it_its_stage_does(server: HubSpotServer, connector: hubspot.HubSpot) -> None:
    record = server.add(email="hanako@midori.example")
    for stage in ("closedwon", "closedlost", "appointmentscheduled", "unknown"):
        server.add_deal(record, stage)
    found = find(connector, "hanako@midori.example")
    assert found is not None and [deal.category for deal in found.deals] == ["won", "lost", "open", "open"]


def test_more_deals_than_fit_one_question_are_asked_in_several(
    server: HubSpotServer, connector: hubspot.HubSpot
) -> None:
    record = server.add(email="hanako@midori.example")
    for _ in range(230):
        server.add_deal(record, "closedlost")
    found = find(connector, "hanako@midori.example")
    assert found is not None and len(found.deals) == 230
    assert server.paths().count("/crm/v3/objects/deals/batch/read") == 3


def test_the_test_says_which_account_it_is(connector: hubspot.HubSpot) -> None:
    assert connector.test() == "HubSpot 1234567"


def test_a_withdrawn_token_is_unauthorised(server: HubSpotServer, connector: hubspot.HubSpot) -> None:
    server.tokens.clear()
    with pytest.raises(Unauthorised) as refused:
        find(connector, "hanako@midori.example")
    assert refused.value.status == 401


def test_a_missing_scope_is_unauthorised(server: HubSpotServer, connector: hubspot.HubSpot) -> None:
    server.misbehave(SEARCH, answer=told({"category": "MISSING_SCOPES"}, 403))
    with pytest.raises(Unauthorised):
        find(connector, "hanako@midori.example")


@pytest.mark.parametrize(
    ("how", "raised"),
    [
        ({"answer": Answer(429, b"", {"Retry-After": "10"})}, Down),
        ({"answer": Answer(502, b"<html>")}, Down),
        ({"hang_up": True}, Down),
        ({"endless": True}, Misunderstood),
        ({"answer": Answer(302, b"", {"Location": "http://169.254.169.254/"})}, Misunderstood),
        ({"answer": Answer(200, b"<html>")}, Misunderstood),
        ({"answer": told({"results": None})}, Misunderstood),
        ({"answer": told({"results": [{"id": "7"}]})}, Misunderstood),
        ({"answer": told({"results": [{"id": "../7", "properties": {}}]})}, Misunderstood),
        ({"answer": told({"results": [{"id": "7", "properties": {"email": 7}}]})}, Misunderstood),
        ({"answer": told({"message": "bad"}, 400)}, Misunderstood),
    ],
)
def test_a_hostile_network_is_told_apart(
    server: HubSpotServer, connector: hubspot.HubSpot, how: dict[str, Any], raised: type[Exception]
) -> None:
    server.misbehave(SEARCH, **how)
    with pytest.raises(raised):
        find(connector, "hanako@midori.example")
    assert server.paths() == [SEARCH]


def test_a_changed_contact_concerns_itself(server: HubSpotServer, connector: hubspot.HubSpot) -> None:
    record = server.add(email="hanako@midori.example", phone="0312345678")
    assert connector.concerned("Contacts", [record]) == [Person(record, ("hanako@midori.example",), ("0312345678",))]


def test_a_changed_deal_concerns_its_contacts(server: HubSpotServer, connector: hubspot.HubSpot) -> None:
    record = server.add(email="hanako@midori.example")
    deal = server.add_deal(record, "closedwon")
    assert [person.record for person in connector.concerned("Deals", [deal])] == [record]
