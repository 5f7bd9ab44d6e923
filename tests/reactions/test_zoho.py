"""Zoho CRM is asked as its documentation says, and believed only as far as it goes (SPEC C2, C6, C7)."""

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from madoguchi.models import CrmClass, CrmConnection
from madoguchi.organisation import crm
from madoguchi.reactions.crm import http, kinds, zoho, zoho_oauth
from madoguchi.reactions.crm.connector import Deal, Down, Misunderstood, Person, Record, Unauthorised
from madoguchi.reactions.crm.looking_up import LookingUp
from tests.cast import Cast, open_one
from tests.reactions.crm_servers.serving import Answer, running, told
from tests.reactions.crm_servers.zoho import ZohoServer

SEARCH = "/crm/v8/Contacts/search"


@pytest.fixture
def server(settings: Any) -> Iterator[ZohoServer]:
    with running(ZohoServer) as server:
        settings.CRM_HOSTS = {"zoho": server.url}
        yield server


@pytest.fixture
def connector(server: ZohoServer, cast: Cast) -> Iterator[zoho.Zoho]:
    """As the desk asks it once it is connected, but without waiting for turns."""
    shown = {**server.settings(), "per_minute": 6000}
    crm.connect("zoho", settings=shown, secrets=server.signed_in(), by=cast.admin)
    connector = kinds.connector(crm.connection())
    assert isinstance(connector, zoho.Zoho)
    yield connector
    connector.close()


def find(connector: zoho.Zoho, *emails: str, phones: tuple[str, ...] = ()) -> Record | None:
    return connector.find(list(emails), list(phones))


# who it is


def test_a_contact_is_found_by_its_address(server: ZohoServer, connector: zoho.Zoho) -> None:
    record = server.add("Contacts", Email="Hanako@midori.example")
    assert find(connector, "hanako@MIDORI.example") == Record("contacts", record)


def test_a_contact_is_found_by_its_second_address(server: ZohoServer, connector: zoho.Zoho) -> None:
    record = server.add("Contacts", Email="office@midori.example", Secondary_Email="hanako@midori.example")
    assert find(connector, "hanako@midori.example") == Record("contacts", record)


def test_whom_the_crm_does_not_know_is_nobody(server: ZohoServer, connector: zoho.Zoho) -> None:
    server.add("Contacts", Email="somebody@else.example")
    assert find(connector, "hanako@midori.example", phones=("03-1234-5678",)) is None


def test_an_address_that_is_only_like_it_is_no_hit(server: ZohoServer, connector: zoho.Zoho) -> None:
    server.add("Contacts", Email="hanako2@midori.example")
    server.add("Leads", Email="a.hanako@midori.example")
    assert find(connector, "hanako@midori.example") is None
    assert [each.path for each in server.asked] == [SEARCH, "/crm/v8/Leads/search"]


def test_the_one_among_many_that_are_like_it_is_found(server: ZohoServer, connector: zoho.Zoho) -> None:
    for n in range(30):
        server.add("Contacts", Email=f"hanako{n}@midori.example")
    record = server.add("Contacts", Email="hanako@midori.example")
    assert find(connector, "hanako@midori.example") == Record("contacts", record)


@pytest.mark.parametrize("stored", ["03-1234-5678", "0312345678", "+81312345678"])
@pytest.mark.parametrize("ours", ["03-1234-5678", "０３－１２３４－５６７８", "+81 3 1234 5678", "0312345678"])
def test_a_number_is_found_however_either_writes_it(
    server: ZohoServer, connector: zoho.Zoho, stored: str, ours: str
) -> None:
    record = server.add("Contacts", Email="office@midori.example", Other_Phone=stored)
    assert find(connector, phones=(ours,)) == Record("contacts", record)


def test_a_number_that_only_begins_alike_is_no_hit(server: ZohoServer, connector: zoho.Zoho) -> None:
    server.add("Contacts", Phone="03123456789")
    assert find(connector, phones=("0312345678",)) is None


def test_contacts_come_before_leads_and_addresses_before_numbers(server: ZohoServer, connector: zoho.Zoho) -> None:
    server.add("Leads", Email="hanako@midori.example")
    by_number = server.add("Contacts", Phone="0312345678")
    assert find(connector, "hanako@midori.example", phones=("0312345678",)) == Record("contacts", by_number)
    by_address = server.add("Contacts", Email="hanako@midori.example")
    assert find(connector, "hanako@midori.example", phones=("0312345678",)) == Record("contacts", by_address)


def test_a_lead_is_found_unless_it_was_converted(server: ZohoServer, connector: zoho.Zoho) -> None:
    lead = server.add("Leads", Email="hanako@midori.example")
    assert find(connector, "hanako@midori.example") == Record("leads", lead)
    assert server.asked[-1].query["converted"] == "false"
    server.records["Leads"][lead]["$converted"] = True
    assert find(connector, "hanako@midori.example") is None


def test_an_address_zoho_calls_invalid_is_asked_no_further(server: ZohoServer, connector: zoho.Zoho) -> None:
    assert find(connector, "not an address") is None


# with which deals


def test_deals_come_with_category_stage_and_amount(server: ZohoServer, connector: zoho.Zoho) -> None:
    record = server.add("Contacts", Email="hanako@midori.example")
    server.add_deal(record, "Closed Won", Amount=1_200_000, Probability=100)
    server.add_deal(record, "Negotiation/Review", Amount=350000.5, Probability=90)
    server.add_deal(record, "Closed Lost", Probability=0)
    found = find(connector, "hanako@midori.example")
    assert found == Record(
        "contacts",
        record,
        (
            Deal("won", "Closed Won", Decimal(1_200_000), "JPY"),
            Deal("open", "Negotiation/Review", Decimal("350000.5"), "JPY"),
            Deal("lost", "Closed Lost", None, "JPY"),
        ),
    )


def test_deals_of_all_pages_count(server: ZohoServer, connector: zoho.Zoho) -> None:
    record = server.add("Contacts", Email="hanako@midori.example")
    for _ in range(401):
        server.add_deal(record, "Closed Lost")
    server.add_deal(record, "Closed Won")
    found = find(connector, "hanako@midori.example")
    assert found is not None and len(found.deals) == 402
    assert found.deals[-1].category == "won"


def test_stages_mean_what_the_pipeline_says(server: ZohoServer, connector: zoho.Zoho) -> None:
    """Whatever they are called, and whatever the probability."""
    server.stages = {"検収済み": "Closed Won", "見送り": "Closed Lost", "お見積り": "Open"}
    record = server.add("Contacts", Email="hanako@midori.example")
    for stage, probability in (("検収済み", 60), ("見送り", 40), ("お見積り", 100)):
        server.add_deal(record, stage, Probability=probability)
    found = find(connector, "hanako@midori.example")
    assert found is not None and [deal.category for deal in found.deals] == ["won", "lost", "open"]


def test_stages_are_asked_for_once_an_hour(
    server: ZohoServer, connector: zoho.Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = server.add("Contacts", Email="hanako@midori.example")
    server.add_deal(record, "Closed Won")
    for _ in range(3):
        find(connector, "hanako@midori.example")
    assert server.paths().count("/crm/v8/settings/pipeline") == 1
    later = time.monotonic() + 3601
    monkeypatch.setattr(zoho.time, "monotonic", lambda: later)
    find(connector, "hanako@midori.example")
    assert server.paths().count("/crm/v8/settings/pipeline") == 2


@pytest.mark.parametrize(
    ("stage", "probability", "category"),
    [
        ("Closed Won", 100, "won"),
        ("Closed-Won (renewal)", None, "won"),
        ("受注", None, "won"),
        ("Closed Lost to Competition", 0, "lost"),
        ("失注", 50, "lost"),
        ("納品", 100, "won"),
        ("見送り", 0, "lost"),
        ("Qualification", 10, "open"),
        ("納品", True, "open"),
        ("", None, "open"),
    ],
)
def test_without_pipelines_stage_and_probability_decide(
    server: ZohoServer, connector: zoho.Zoho, stage: str, probability: Any, category: str
) -> None:
    server.misbehave("/crm/v8/settings/", answer=told({"code": "OAUTH_SCOPE_MISMATCH"}, 401))
    record = server.add("Contacts", Email="hanako@midori.example")
    server.add_deal(record, stage, Probability=probability)
    found = find(connector, "hanako@midori.example")
    assert found is not None and [deal.category for deal in found.deals] == [category]


def test_the_same_person_twice_in_the_crm_has_the_deals_of_both(server: ZohoServer, connector: zoho.Zoho) -> None:
    first = server.add("Contacts", Email="hanako@midori.example")
    server.add_deal(server.add("Contacts", Email="hanako@midori.example"), "Closed Won")
    found = find(connector, "hanako@midori.example")
    assert found is not None and found.id == first
    assert [deal.category for deal in found.deals] == ["won"]


def test_an_amount_nobody_can_pay_is_left_out(server: ZohoServer, connector: zoho.Zoho) -> None:
    record = server.add("Contacts", Email="hanako@midori.example")
    for strange in (10**30, "1,000", True, [1]):
        server.add_deal(record, "Closed Won", Amount=strange)
    found = find(connector, "hanako@midori.example")
    assert found is not None and {deal.amount for deal in found.deals} == {None}


# what it is asked


def test_the_question_is_asked_as_documented(server: ZohoServer, connector: zoho.Zoho) -> None:
    record = server.add("Contacts", Email="hanako+crm@midori.example")
    find(connector, "hanako+crm@midori.example")
    search, deals = server.asked
    assert (search.method, search.path) == ("GET", SEARCH)
    assert search.query["email"] == "hanako+crm@midori.example"
    assert search.headers["authorization"].startswith("Zoho-oauthtoken 1000.")
    assert deals.path == f"/crm/v8/Contacts/{record}/Deals"
    assert deals.query["fields"] == "Deal_Name,Stage,Probability,Amount,Closing_Date"
    assert int(deals.query["per_page"]) <= 200


def test_the_test_says_whose_crm_it_is(server: ZohoServer, connector: zoho.Zoho) -> None:
    assert connector.test() == "株式会社みなと製作所"


def test_the_test_sees_that_a_right_is_missing(server: ZohoServer, connector: zoho.Zoho) -> None:
    server.misbehave("/crm/v8/Deals", answer=told({"code": "OAUTH_SCOPE_MISMATCH"}, 401))
    with pytest.raises(Unauthorised) as refused:
        connector.test()
    assert refused.value.status == 401
    assert server.refreshes() == 0


# tokens


def test_a_token_that_ended_is_renewed_once_and_kept_sealed(server: ZohoServer, connector: zoho.Zoho) -> None:
    record = server.add("Contacts", Email="hanako@midori.example")
    old = crm.secrets_of(crm.connection())
    server.end_access()
    assert find(connector, "hanako@midori.example") == Record("contacts", record)
    kept = crm.secrets_of(crm.connection())
    assert server.refreshes() == 1
    assert kept["access_token"] in server.access_tokens and kept["access_token"] != old["access_token"]
    assert kept["refresh_token"] == old["refresh_token"]
    row = CrmConnection.objects.get()
    assert kept["access_token"] not in row.secrets and kept["access_token"] not in json.dumps(row.settings)


def test_a_token_near_its_end_is_renewed_before_it_is_used(
    server: ZohoServer, connector: zoho.Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.lives_s = 24 * 3600
    later = time.time() + 3001
    monkeypatch.setattr(zoho_oauth.time, "time", lambda: later)
    find(connector, "hanako@midori.example")
    assert server.asked[0].form["grant_type"] == "refresh_token"
    assert all(each.path != "/oauth/v2/token" for each in server.asked[1:])


@pytest.mark.parametrize("skew_s", [-3 * 24 * 3600, 5 * 365 * 24 * 3600])
def test_a_clock_that_is_wrong_costs_a_renewal_and_no_more(
    server: ZohoServer, connector: zoho.Zoho, monkeypatch: pytest.MonkeyPatch, skew_s: int
) -> None:
    moved = time.time() + skew_s
    with monkeypatch.context() as clock:
        clock.setattr(zoho_oauth.time, "time", lambda: moved)
        find(connector, "hanako@midori.example")
        find(connector, "hanako@midori.example")
    assert server.refreshes() == 1


def test_a_consent_that_was_taken_back_is_unauthorised(server: ZohoServer, connector: zoho.Zoho) -> None:
    server.end_consent()
    with pytest.raises(Unauthorised):
        find(connector, "hanako@midori.example")
    assert server.refreshes() == 1


def test_a_token_refused_even_when_new_is_unauthorised_after_one_renewal(
    server: ZohoServer, connector: zoho.Zoho
) -> None:
    server.misbehave("/crm/", answer=told({"code": "INVALID_TOKEN"}, 401))
    with pytest.raises(Unauthorised):
        find(connector, "hanako@midori.example")
    assert server.refreshes() == 1


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        ({"error": "invalid_client"}, Unauthorised),
        ({"error": "invalid_client_secret"}, Unauthorised),
        ({"error": "Access Denied", "error_description": "You have made too many requests continuously."}, Down),
        ({"error": "general_error"}, Down),
        ({"error": {"odd": "<script>"}}, Down),
        ({"access_token": "x\r\nX-Evil: 1"}, Misunderstood),
        ({"access_token": 7}, Misunderstood),
        ({}, Misunderstood),
        ([], Misunderstood),
    ],
)
def test_what_the_token_endpoint_may_say(
    server: ZohoServer, connector: zoho.Zoho, error: Any, raised: type[Exception]
) -> None:
    server.end_access()
    before = crm.secrets_of(crm.connection())
    server.misbehave("/oauth/v2/token", answer=told(error))
    with pytest.raises(raised):
        find(connector, "hanako@midori.example")
    assert crm.secrets_of(crm.connection()) == before


@pytest.mark.parametrize("told_s", [0, -5, 10**12, "3600", None, True, 3600000])
def test_a_strange_lifetime_counts_as_an_hour(server: ZohoServer, connector: zoho.Zoho, told_s: Any) -> None:
    server.end_access()
    server.misbehave("/oauth/v2/token", answer=told({"access_token": "1000.abcdefgh", "expires_in": told_s}), times=1)
    with pytest.raises(Unauthorised):  # our server does not know this token
        find(connector, "hanako@midori.example")
    left = float(crm.secrets_of(crm.connection())["renew_at"]) - time.time()
    assert 3000 < left < 3600


# a hostile network


def test_too_many_requests_say_how_long_to_wait(server: ZohoServer, connector: zoho.Zoho) -> None:
    server.misbehave(SEARCH, answer=Answer(429, b"", {"Retry-After": "120"}))
    with pytest.raises(Down) as down:
        find(connector, "hanako@midori.example")
    assert (down.value.status, down.value.retry_after_s) == (429, 120.0)


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("120", 120, 120),
        ("999999999999", http.LONGEST_WAIT_S, http.LONGEST_WAIT_S),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("Fri, 31 Dec 2100 23:59:59 GMT", http.LONGEST_WAIT_S, http.LONGEST_WAIT_S),
    ],
)
def test_retry_after_is_a_number_or_a_date_and_at_most_a_day(value: str, least: float, most: float) -> None:
    wait = http.retry_after_s(value)
    assert wait is not None and least <= wait <= most


@pytest.mark.parametrize("value", ["", "soon", "-5", "1e9", "٣", "Wed, 99 Foo"])
def test_retry_after_without_sense_says_nothing(value: str) -> None:
    assert http.retry_after_s(value) is None


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_the_crm_is_down(server: ZohoServer, connector: zoho.Zoho, status: int) -> None:
    server.misbehave(SEARCH, answer=Answer(status, b"<html>Bad Gateway</html>"))
    with pytest.raises(Down) as down:
        find(connector, "hanako@midori.example")
    assert down.value.status == status


def test_no_server_at_all_is_down(server: ZohoServer, connector: zoho.Zoho) -> None:
    server.stop()
    with pytest.raises(Down):
        find(connector, "hanako@midori.example")


def test_no_answer_in_time_is_down(server: ZohoServer, connector: zoho.Zoho, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "WHOLE_S", 0.3)
    server.misbehave(SEARCH, before_s=1.0)
    began = time.monotonic()
    with pytest.raises(Down):
        find(connector, "hanako@midori.example")
    assert time.monotonic() - began < 0.9


def test_a_body_that_drips_is_left_in_time(
    server: ZohoServer, connector: zoho.Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes soon enough; all of them never would."""
    monkeypatch.setattr(http, "WHOLE_S", 0.5)
    server.misbehave(SEARCH, drip=50)
    began = time.monotonic()
    with pytest.raises(Down):
        find(connector, "hanako@midori.example")
    assert time.monotonic() - began < 2


def test_a_body_without_end_is_left(server: ZohoServer, connector: zoho.Zoho) -> None:
    server.misbehave(SEARCH, endless=True)
    with pytest.raises(Misunderstood):
        find(connector, "hanako@midori.example")


@pytest.mark.parametrize(
    "raw", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"\x00" * 99]
)
def test_what_is_no_http_is_down(server: ZohoServer, connector: zoho.Zoho, raw: bytes) -> None:
    server.misbehave(SEARCH, raw=raw)
    with pytest.raises(Down):
        find(connector, "hanako@midori.example")


def test_a_server_that_hangs_up_is_down(server: ZohoServer, connector: zoho.Zoho) -> None:
    server.misbehave(SEARCH, hang_up=True)
    with pytest.raises(Down):
        find(connector, "hanako@midori.example")


GOOD = {"id": "1", "Email": "hanako@midori.example"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Login</body></html>",
        b'{"data": [',
        b"[" * 100_000,
        b'{"data": NaN}',
        b"\xff\xfe\x00",
        json.dumps([GOOD]).encode(),
        json.dumps({"status": "error", "code": "INTERNAL"}).encode(),
        json.dumps({"data": None}).encode(),
        json.dumps({"data": {"0": GOOD}}).encode(),
        json.dumps({"data": ["hanako@midori.example"]}).encode(),
        json.dumps({"data": [{**GOOD, "id": None}]}).encode(),
        json.dumps({"data": [{**GOOD, "id": 12}]}).encode(),
        json.dumps({"data": [{**GOOD, "id": "1/../../settings"}]}).encode(),
        json.dumps({"data": [{**GOOD, "Email": 5}]}).encode(),
        json.dumps({"data": [{**GOOD, "Email": ["hanako@midori.example"]}]}).encode(),
        b'{"data": [{"id": ' + b"9" * 5000 + b"}]}",
    ],
)
def test_an_answer_that_makes_no_sense_is_misunderstood(server: ZohoServer, connector: zoho.Zoho, body: bytes) -> None:
    server.misbehave(SEARCH, answer=Answer(200, body, {"Content-Type": "application/json"}))
    with pytest.raises(Misunderstood):
        find(connector, "hanako@midori.example")
    assert server.paths() == [SEARCH]


def test_a_deal_whose_stage_is_no_text_is_misunderstood(server: ZohoServer, connector: zoho.Zoho) -> None:
    record = server.add("Contacts", Email="hanako@midori.example")
    server.add_deal(record, "Closed Won")
    next(iter(server.records["Deals"].values()))["Stage"] = {"name": "Closed Won"}
    with pytest.raises(Misunderstood):
        find(connector, "hanako@midori.example")


def test_deals_that_never_end_are_read_to_a_limit(server: ZohoServer, connector: zoho.Zoho) -> None:
    record = server.add("Contacts", Email="hanako@midori.example")
    page = {"data": [{"id": "1", "Stage": "Closed Won"}], "info": {"more_records": True}}
    server.misbehave(f"/crm/v8/Contacts/{record}/Deals", answer=told(page))
    found = find(connector, "hanako@midori.example")
    assert found is not None and len(found.deals) == 10


@pytest.mark.parametrize("status", [400, 404, 405, 418])
def test_a_refused_question_is_misunderstood(server: ZohoServer, connector: zoho.Zoho, status: int) -> None:
    server.misbehave(SEARCH, answer=told({"code": "INVALID_QUERY", "status": "error"}, status))
    with pytest.raises(Misunderstood) as misunderstood:
        find(connector, "hanako@midori.example")
    assert misunderstood.value.status == status
    assert "INVALID_QUERY" in misunderstood.value.text


# what a notification concerns


def test_a_changed_deal_concerns_its_contact(server: ZohoServer, connector: zoho.Zoho) -> None:
    contact = server.add("Contacts", Email="hanako@midori.example", Phone="0312345678")
    deal = server.add_deal(contact, "Closed Won")
    server.add("Contacts", Email="other@midori.example")
    assert connector.concerned("Deals", [deal]) == [Person(contact, ("hanako@midori.example",), ("0312345678",))]


def test_a_new_lead_concerns_itself(server: ZohoServer, connector: zoho.Zoho) -> None:
    lead = server.add("Leads", Email="hanako@midori.example")
    assert connector.concerned("Leads", [lead]) == [Person(lead, ("hanako@midori.example",), ())]


@pytest.mark.parametrize(
    ("module", "ids"), [("Accounts", ["1"]), ("Deals", ["../org"]), ("../x", ["1"]), ("Contacts", [])]
)
def test_other_notifications_concern_nobody_and_ask_nothing(
    server: ZohoServer, connector: zoho.Zoho, module: str, ids: list[str]
) -> None:
    assert connector.concerned(module, ids) == []
    assert server.asked == []


def test_a_customer_who_writes_is_looked_up_by_the_worker(server: ZohoServer, connector: zoho.Zoho, cast: Cast) -> None:
    server.add_deal(server.add("Contacts", Email="Hanako@midori.example"), "Closed Won")
    ticket = open_one(cast)
    looking_up = LookingUp()
    looking_up.run_all()
    looking_up.close()
    ticket.refresh_from_db()
    assert (ticket.crm_class, ticket.contact.crm_class) == (CrmClass.CUSTOMER, CrmClass.CUSTOMER)
