"""設定 → 連携 → CRM: connecting by consent and by token, seeing how it goes, changing what is set (SPEC C6)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi import record
from madoguchi.models import CrmConnection, CrmTrouble, Event, Lookup
from madoguchi.organisation import crm
from madoguchi.reactions.crm import zoho_oauth
from tests.cast import Cast, open_one
from tests.reactions.crm_servers.hubspot import TOKEN, HubSpotServer
from tests.reactions.crm_servers.serving import Answer, running, told
from tests.reactions.crm_servers.zoho import ZohoServer

PAGE = "/settings/crm"
CONSENT = "/settings/crm/zoho/consent"
TYPED = {"data_centre": "own", "client_id": "1000.CLIENT", "client_secret": "a-client-secret"}


@pytest.fixture
def zoho(settings: Any) -> Iterator[ZohoServer]:
    with running(ZohoServer) as server:
        settings.CRM_HOSTS = {"zoho": server.url}
        yield server


@pytest.fixture
def hubspot(settings: Any) -> Iterator[HubSpotServer]:
    with running(HubSpotServer) as server:
        settings.CRM_HOSTS = {"hubspot": server.url}
        yield server


@pytest.fixture
def admin(cast: Cast) -> Client:
    return signed_in(cast.admin)


def signed_in(actor: Any) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    actor.agent.language = "en"
    actor.agent.is_confirmed = True
    actor.agent.save()
    client.force_login(actor.agent)
    return client


def way_to_zoho(client: Client, **typed: str) -> dict[str, str]:
    """What the link to Zoho asks, after the form."""
    answer = client.post(f"{PAGE}/zoho", {**TYPED, **typed})
    assert answer.status_code == 200, answer.content
    html = answer.content.decode()
    link = next(part for part in html.split('"') if "/oauth/v2/auth?" in part).replace("&amp;", "&")
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def come_back(client: Client, server: ZohoServer, state: str, **more: str) -> Any:
    told = {"code": server.new_code(), "state": state, "location": "jp", "accounts-server": server.url, **more}
    return client.get(CONSENT, told)


def connected_to_zoho(client: Client, server: ZohoServer) -> CrmConnection:
    answer = come_back(client, server, way_to_zoho(client)["state"])
    assert (answer.status_code, answer.headers.get("Location")) == (303, PAGE), answer.content
    return CrmConnection.objects.get()


def button_pressed(client: Client) -> Any:
    """The page after its button 接続をテスト."""
    assert client.post(f"{PAGE}/do/test").headers["Location"] == f"{PAGE}#test"
    return client.get(PAGE)


# who may


@pytest.mark.parametrize("path", ["", "/zoho", "/zoho/consent", "/zoho/again", "/hubspot", "/builtin", "/end"])
def test_only_administrators_see_these_pages(cast: Cast, path: str) -> None:
    for actor in (cast.sato, cast.tanaka, cast.light):
        assert signed_in(actor).get(PAGE + path).status_code == 403


@pytest.mark.parametrize("path", ["/zoho", "/zoho/again", "/hubspot", "/builtin", "/end", "/do/test", "/do/webhook"])
def test_only_administrators_change_anything(cast: Cast, path: str) -> None:
    crm.connect_builtin(by=cast.admin)
    before = CrmConnection.objects.values().get()
    assert signed_in(cast.tanaka).post(PAGE + path, TYPED).status_code == 403
    assert CrmConnection.objects.values().get() == before


def test_the_menu_leads_there(cast: Cast, admin: Client) -> None:
    assert f'href="{PAGE}"' in admin.get("/settings/").content.decode()
    assert f'href="{PAGE}"' not in signed_in(cast.tanaka).get("/settings/").content.decode()


# connecting


def test_the_page_offers_three_while_none_is_connected(admin: Client) -> None:
    html = admin.get(PAGE).content.decode()
    for name in ("crm_builtin", "crm_zoho", "crm_hubspot"):
        assert f'href="{reverse(name)}"' in html
    assert reverse("end_crm") not in html


def test_the_built_in_crm_is_switched_on(cast: Cast, admin: Client) -> None:
    assert admin.get(f"{PAGE}/builtin").status_code == 200
    assert admin.post(f"{PAGE}/builtin").status_code == 303
    assert crm.connection().kind == "builtin"
    assert "Built-in CRM" in admin.get(PAGE).content.decode()
    event = Event.objects.filter(verb="setup.changed").latest("id")
    assert event.agent == cast.admin.agent
    assert event.after["what"] == "crm"


def test_zoho_is_asked_for_consent_as_documented(zoho: ZohoServer, admin: Client, settings: Any) -> None:
    asked = way_to_zoho(admin)
    assert asked == {
        "response_type": "code",
        "client_id": "1000.CLIENT",
        "scope": ",".join(zoho_oauth.SCOPES),
        "redirect_uri": settings.URL + CONSENT,
        "access_type": "offline",
        "prompt": "consent",
        "state": asked["state"],
    }
    assert len(asked["state"]) >= 40
    assert all(scope.endswith(".READ") for scope in zoho_oauth.SCOPES)
    assert CrmConnection.objects.filter(kind="zoho").count() == 0


def test_the_redirect_address_is_shown_to_be_copied(zoho: ZohoServer, admin: Client, settings: Any) -> None:
    assert f'readonly value="{settings.URL}{CONSENT}"' in admin.get(f"{PAGE}/zoho").content.decode()


def test_after_the_consent_zoho_is_connected_and_everything_sealed(cast: Cast, zoho: ZohoServer, admin: Client) -> None:
    open_one(cast)
    row = connected_to_zoho(admin, zoho)
    secrets = crm.secrets_of(row)
    assert row.kind == "zoho" and row.connected_by == cast.admin.agent
    assert row.settings["organisation"] == "株式会社みなと製作所"
    assert (row.settings["data_centre"], row.settings["api_domain"]) == ("own", zoho.url)
    assert set(secrets) >= {"client_secret", "refresh_token", "access_token", "renew_at"}
    assert Lookup.objects.filter(contact=cast.yamada).exists()
    exchange = next(each for each in zoho.asked if each.path == "/oauth/v2/token")
    assert exchange.form["redirect_uri"].endswith(CONSENT)
    html = admin.get(PAGE).content.decode()
    assert "株式会社みなと製作所" in html and "1000.CLIENT" in html
    event = Event.objects.filter(verb="setup.changed").latest("id")
    for secret in (secrets["client_secret"], secrets["refresh_token"], secrets["access_token"]):
        for shown in (html, str(row.settings), row.secrets, str(event.after), str(event.before)):
            assert secret not in shown


def test_a_form_without_its_parts_is_given_back_without_the_secret(zoho: ZohoServer, admin: Client) -> None:
    for typed in ({"client_id": "no id!"}, {"data_centre": "xx"}, {"client_secret": ""}, {"client_secret": "a b"}):
        answer = admin.post(f"{PAGE}/zoho", {**TYPED, **typed})
        assert answer.status_code == 422
        assert "a-client-secret" not in answer.content.decode()
    assert zoho.asked == []


@pytest.mark.parametrize(
    ("trouble", "text"),
    [
        ({"error": "invalid_code"}, "no longer accepts the consent"),
        ({"error": "invalid_client_secret"}, "does not accept this client secret"),
        ({"access_token": "1000.abcdefgh", "expires_in": 3600}, "no lasting consent"),
        (
            {"access_token": "1000.abcdefgh", "refresh_token": "1000.abcdefgh", "api_domain": "https://evil.example"},
            "not one of Zoho",
        ),
    ],
)
def test_what_goes_wrong_at_zoho_is_said_and_nothing_is_connected(
    zoho: ZohoServer, admin: Client, trouble: dict[str, Any], text: str
) -> None:
    zoho.misbehave("/oauth/v2/token", answer=told(trouble))
    answer = come_back(admin, zoho, way_to_zoho(admin)["state"])
    assert answer.status_code == 422
    assert text in answer.content.decode().replace("&#39;", "'")
    assert crm.connection().kind == ""


def test_a_consent_that_may_not_read_deals_connects_nothing(zoho: ZohoServer, admin: Client) -> None:
    zoho.misbehave("/crm/v8/Deals", answer=told({"code": "NO_PERMISSION"}, 403))
    answer = come_back(admin, zoho, way_to_zoho(admin)["state"])
    assert answer.status_code == 422
    assert crm.connection().kind == ""


def test_who_refuses_at_zoho_reads_that_nothing_was_changed(zoho: ZohoServer, admin: Client) -> None:
    answer = admin.get(CONSENT, {"error": "access_denied", "state": way_to_zoho(admin)["state"]})
    assert answer.status_code == 422
    assert "refused at Zoho" in answer.content.decode()


def test_hubspot_is_connected_by_a_token_that_works(hubspot: HubSpotServer, admin: Client) -> None:
    assert admin.post(f"{PAGE}/hubspot", {"token": TOKEN}).status_code == 303
    row = CrmConnection.objects.get()
    assert (row.kind, row.settings["organisation"]) == ("hubspot", "HubSpot 1234567")
    assert crm.secrets_of(row) == {"access_token": TOKEN}
    assert TOKEN not in admin.get(PAGE).content.decode() + row.secrets + str(row.settings)


@pytest.mark.parametrize("token", ["", "pat-na1-wrong-wrong", "pat\r\nX-Evil: 1 pat", "日本語トークンです"])
def test_a_token_that_does_not_work_connects_nothing(hubspot: HubSpotServer, admin: Client, token: str) -> None:
    answer = admin.post(f"{PAGE}/hubspot", {"token": token})
    assert answer.status_code == 422
    assert crm.connection().kind == ""
    assert not token or token not in answer.content.decode()


# how it goes


def test_the_test_asks_the_crm_and_says_whose_it_is(zoho: ZohoServer, admin: Client) -> None:
    connected_to_zoho(admin, zoho)
    zoho.asked.clear()
    answer = button_pressed(admin)
    assert "/crm/v8/org" in zoho.paths()
    assert "The CRM answers" in answer.content.decode()
    assert crm.connection().last_ok_at is not None
    assert "The CRM answers" not in admin.get(PAGE).content.decode()


def test_a_test_that_fails_says_why_and_is_kept(zoho: ZohoServer, admin: Client) -> None:
    connected_to_zoho(admin, zoho)
    zoho.misbehave("/crm/", answer=Answer(503, b"<html>"))
    html = button_pressed(admin).content.decode()
    assert "The test failed" in html and "The CRM has a fault (503)." in html
    trouble = CrmTrouble.objects.get()
    assert (trouble.status, trouble.text) == (503, "The CRM has a fault (503).")
    assert html.count("The CRM has a fault (503).") == 2


def test_a_withdrawn_consent_is_said_and_given_again_without_typing(zoho: ZohoServer, admin: Client) -> None:
    before = connected_to_zoho(admin, zoho)
    zoho.end_consent()
    html = button_pressed(admin).content.decode()
    assert crm.connection().needs_consent
    assert "no longer accepts the desk" in html and reverse("crm_consent_again") in html
    answer = admin.post(f"{PAGE}/zoho/again")
    link = next(p for p in answer.content.decode().split('"') if "/oauth/v2/auth?" in p).replace("&amp;", "&")
    state = parse_qs(urlsplit(link).query)["state"][0]
    assert come_back(admin, zoho, state).status_code == 303
    after = crm.connection()
    assert not after.needs_consent
    assert (after.webhook_key, after.connected_at) == (before.webhook_key, before.connected_at)


def test_consent_of_another_account_is_another_connection(zoho: ZohoServer, admin: Client) -> None:
    before = connected_to_zoho(admin, zoho)
    zoho.org["company_name"] = "別の会社"
    after = connected_to_zoho(admin, zoho)
    assert after.webhook_key != before.webhook_key
    assert after.settings["organisation"] == "別の会社"


def test_a_pause_is_shown(cast: Cast, zoho: ZohoServer, admin: Client) -> None:
    connected_to_zoho(admin, zoho)
    CrmConnection.objects.update(paused_until=record.now() + record.timedelta(minutes=5), failures=3)
    assert "It is left alone until" in admin.get(PAGE).content.decode()


def test_errors_are_listed_the_latest_first_and_hold_no_markup(zoho: ZohoServer, admin: Client) -> None:
    connected_to_zoho(admin, zoho)
    crm.note_trouble("Zoho CRM: contact 5", "first")
    crm.note_trouble("Zoho CRM: contact 6", "<script>alert(1)</script>", status=500)
    html = admin.get(PAGE).content.decode()
    assert html.index("contact 6") < html.index("contact 5")
    assert "<script>alert(1)" not in html


def test_the_page_costs_the_same_with_many_errors(zoho: ZohoServer, admin: Client, statements: Any) -> None:
    connected_to_zoho(admin, zoho)
    crm.note_trouble("contact 0", "text")
    few = statements(admin, PAGE)
    for n in range(30):
        crm.note_trouble(f"contact {n}", "text")
    assert statements(admin, PAGE) == few <= 8


# what is set


def test_order_and_rate_are_saved_and_recorded(zoho: ZohoServer, admin: Client) -> None:
    connected_to_zoho(admin, zoho)
    assert admin.post(f"{PAGE}/do/rules", {"won_first": "1", "per_minute": "120"}).status_code == 303
    row = crm.connection()
    assert row.won_first and row.settings["per_minute"] == 120
    assert [e.after.get("per_minute") for e in Event.objects.filter(verb="setup.changed")].count(120) == 1


@pytest.mark.parametrize("per_minute", ["0", "-1", "6001", "", "many", "9" * 30])
def test_a_rate_that_is_none_is_refused_at_its_field(zoho: ZohoServer, admin: Client, per_minute: str) -> None:
    connected_to_zoho(admin, zoho)
    before = CrmConnection.objects.values().get()
    answer = admin.post(f"{PAGE}/do/rules", {"won_first": "1", "per_minute": per_minute})
    assert answer.status_code == 422 and "field__error" in answer.content.decode()
    assert CrmConnection.objects.values().get() == before


def test_the_built_in_crm_has_an_order_and_no_rate_or_webhook(admin: Client) -> None:
    admin.post(f"{PAGE}/builtin")
    html = admin.get(PAGE).content.decode()
    assert "per_minute" not in html and "/hooks/crm/" not in html
    assert admin.post(f"{PAGE}/do/rules", {"won_first": "1"}).status_code == 303
    assert crm.connection().won_first


def test_a_new_webhook_address_replaces_the_old_one(zoho: ZohoServer, admin: Client, settings: Any) -> None:
    key = connected_to_zoho(admin, zoho).webhook_key
    assert f"{settings.URL}/hooks/crm/{key}" in admin.get(PAGE).content.decode()
    assert admin.post(f"{PAGE}/do/webhook").status_code == 303
    new = crm.connection().webhook_key
    assert new != key and len(new) >= 40
    assert key not in admin.get(PAGE).content.decode()
    assert Client().post(f"/hooks/crm/{key}", "{}", content_type="application/json").status_code == 404
    event = Event.objects.filter(verb="setup.changed").latest("id")
    assert new not in str(event.after)


def test_look_everybody_up_again(cast: Cast, zoho: ZohoServer, admin: Client) -> None:
    open_one(cast)
    connected_to_zoho(admin, zoho)
    Lookup.objects.all().delete()
    assert admin.post(f"{PAGE}/do/look").status_code == 303
    assert Lookup.objects.filter(contact=cast.yamada, is_forced=True).count() == 1


def test_an_unknown_button_is_not_found(admin: Client) -> None:
    assert admin.post(f"{PAGE}/do/everything").status_code == 404
    assert admin.get(f"{PAGE}/do/test").status_code == 405


# the end


def test_disconnecting_says_what_happens_and_withdraws_the_consent(zoho: ZohoServer, admin: Client) -> None:
    row = connected_to_zoho(admin, zoho)
    refresh = crm.secrets_of(row)["refresh_token"]
    assert "Nobody is looked up any more" in admin.get(f"{PAGE}/end").content.decode()
    assert crm.connection().kind == "zoho"
    assert admin.post(f"{PAGE}/end").status_code == 303
    after = CrmConnection.objects.get()
    assert (after.kind, after.secrets, after.webhook_key) == ("", "", "")
    assert refresh not in zoho.refresh_tokens


def test_disconnecting_works_while_zoho_does_not_answer(zoho: ZohoServer, admin: Client) -> None:
    connected_to_zoho(admin, zoho)
    zoho.stop()
    assert admin.post(f"{PAGE}/end").status_code == 303
    assert crm.connection().kind == ""
