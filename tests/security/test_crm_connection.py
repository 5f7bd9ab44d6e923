"""The connection to the CRM, attacked: the consent, the servers we speak to, the secrets, two at the same moment."""

import gzip
import ipaddress
import json
import logging
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpcore2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from madoguchi.models import CrmConnection, CrmTrouble, Event
from madoguchi.organisation import crm
from madoguchi.reactions.crm import guarded, kinds, zoho_oauth
from madoguchi.reactions.crm.connector import Down, Misunderstood, Unauthorised
from madoguchi.reactions.crm.http import Wire
from tests.cast import Cast, gather
from tests.reactions.crm_servers.serving import Answer, running, told
from tests.reactions.crm_servers.zoho import ZohoServer

CONSENT = "/settings/crm/zoho/consent"
TYPED = {"data_centre": "own", "client_id": "1000.CLIENT", "client_secret": "a-client-secret"}
SEARCH = "/crm/v8/Contacts/search"


@pytest.fixture
def server(settings: Any) -> Iterator[ZohoServer]:
    with running(ZohoServer) as server:
        settings.CRM_HOSTS = {"zoho": server.url}
        yield server


@pytest.fixture
def admin(cast: Cast) -> Client:
    return signed_in(cast.admin.agent)


def signed_in(agent: Any, **more: Any) -> Client:
    client = Client(headers={"Accept-Language": "en"}, **more)
    agent.is_confirmed, agent.language = True, "en"
    agent.save()
    client.force_login(agent)
    return client


def state_of(client: Client, **more: Any) -> str:
    html = client.post("/settings/crm/zoho", TYPED, **more).content.decode()
    link = next(part for part in html.split('"') if "/oauth/v2/auth?" in part).replace("&amp;", "&")
    return parse_qs(urlsplit(link).query)["state"][0]


def come_back(client: Client, server: ZohoServer, state: str, **more: str) -> Any:
    return client.get(CONSENT, {"code": server.new_code(), "state": state, **more})


def connect(server: ZohoServer, cast: Cast, **secrets: str) -> Any:
    crm.connect("zoho", settings=server.settings(), secrets={**server.signed_in(), **secrets}, by=cast.admin)
    return kinds.connector(crm.connection())


# the consent


def test_a_consent_nobody_asked_for_here_is_refused(server: ZohoServer, admin: Client) -> None:
    """The attacker's own code, sent to an administrator as a link."""
    for state in ("", "x" * 43, "ü", "\x00"):
        assert come_back(admin, server, state).status_code == 422
    assert server.asked == []
    assert crm.connection().kind == ""


def test_a_state_works_once(server: ZohoServer, admin: Client) -> None:
    state = state_of(admin)
    assert come_back(admin, server, state).status_code == 303
    before = CrmConnection.objects.values().get()
    asked = len(server.asked)
    assert come_back(admin, server, state).status_code == 422
    assert (CrmConnection.objects.values().get(), len(server.asked)) == (before, asked)


def test_a_state_works_once_also_where_the_session_was_copied(server: ZohoServer, admin: Client) -> None:
    """Two answers at the same moment read the same session."""
    state = state_of(admin)
    session = Session.objects.get(pk=admin.session.session_key)
    kept = session.session_data
    assert come_back(admin, server, state).status_code == 303
    Session.objects.filter(pk=session.pk).update(session_data=kept)
    assert come_back(admin, server, state).status_code == 422


def test_a_state_that_failed_is_used_up(server: ZohoServer, admin: Client) -> None:
    state = state_of(admin)
    assert admin.get(CONSENT, {"state": state, "error": "access_denied"}).status_code == 422
    assert come_back(admin, server, state).status_code == 422
    assert server.asked == []


def test_a_state_belongs_to_the_session_it_was_made_in(server: ZohoServer, cast: Cast, admin: Client) -> None:
    state = state_of(admin)
    cast.tanaka.agent.role = cast.admin.agent.role
    other = signed_in(cast.tanaka.agent)
    assert come_back(other, server, state).status_code == 422
    state_of(other)
    assert come_back(other, server, state).status_code == 422
    assert server.asked == []


def test_a_foreign_answer_does_not_use_up_the_own_one(server: ZohoServer, admin: Client) -> None:
    state = state_of(admin)
    come_back(admin, server, "y" * 43)
    assert come_back(admin, server, state).status_code == 303


def test_a_state_ends_after_a_quarter_of_an_hour(
    server: ZohoServer, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = state_of(admin)
    later = time.time() + 15 * 60 + 1
    with monkeypatch.context() as clock:
        clock.setattr(time, "time", lambda: later)
        assert come_back(admin, server, state).status_code == 422
    assert server.asked == []


def test_who_is_no_administrator_any_more_connects_nothing(server: ZohoServer, cast: Cast, admin: Client) -> None:
    state = state_of(admin)
    cast.admin.agent.role = cast.tanaka.agent.role
    cast.admin.agent.save()
    assert come_back(admin, server, state).status_code == 403
    assert server.asked == []


def test_the_answer_leads_nowhere_else(server: ZohoServer, admin: Client) -> None:
    answer = come_back(admin, server, state_of(admin), next="https://evil.example/", redirect_uri="//evil.example")
    assert answer.headers["Location"] == "/settings/crm"


def test_the_redirect_address_does_not_follow_the_host_header(server: ZohoServer, admin: Client, settings: Any) -> None:
    html = admin.post("/settings/crm/zoho", TYPED, headers={"Host": "evil.example"}).content.decode()
    assert "redirect_uri=http%3A%2F%2F" in html and "evil.example" not in html.split("/oauth/v2/auth?")[1].split('"')[0]


def test_what_waits_in_the_session_is_sealed(server: ZohoServer, admin: Client) -> None:
    state_of(admin)
    assert "a-client-secret" not in json.dumps(dict(admin.session.items()))
    assert "a-client-secret" not in Session.objects.get(pk=admin.session.session_key).session_data


@pytest.mark.parametrize(
    "path", ["zoho", "zoho/again", "hubspot", "builtin", "end", "do/test", "do/webhook", "do/rules"]
)
def test_forms_need_their_token(server: ZohoServer, cast: Cast, path: str) -> None:
    crm.connect_builtin(by=cast.admin)
    before = CrmConnection.objects.values().get()
    client = signed_in(cast.admin.agent, enforce_csrf_checks=True)
    assert client.post(f"/settings/crm/{path}", TYPED).status_code == 403
    assert CrmConnection.objects.values().get() == before


# servers that are not the CRM's

STRANGE = [
    "https://evil.example",
    "https://accounts.zoho.com.evil.example",
    "https://accounts.zoho.com@evil.example",
    "https://evil.example/accounts.zoho.com",
    "https://accounts.zoho.com:8443",
    "http://accounts.zoho.com",
    "http://127.0.0.1",
    "http://169.254.169.254/latest/meta-data/",
    "https://[::1]/",
    "//accounts.zoho.com",
    "javascript:alert(1)",
    "https://accounts.zoho.com\r\nHost: evil.example",
    "https://accounts.zоho.com",  # a Cyrillic о
    "x" * 100_000,
]


@pytest.mark.parametrize("named", STRANGE)
def test_a_strange_accounts_server_gets_no_secret(server: ZohoServer, admin: Client, named: str) -> None:
    state = state_of(admin)
    told = {"code": server.new_code(), "state": state, "accounts-server": named[:2000]}
    assert admin.get(CONSENT, told).status_code == 422
    assert [each for each in server.asked if each.path.endswith("/token")] == []
    with pytest.raises(Misunderstood):
        zoho_oauth.centre_told(zoho_oauth.CENTRES[0], {"accounts-server": named})


@pytest.mark.parametrize("named", ["", "xx", "../", "own2"])
def test_a_strange_location_is_no_data_centre(named: str) -> None:
    if named:
        with pytest.raises(Misunderstood):
            zoho_oauth.centre_told(zoho_oauth.CENTRES[0], {"location": named})
    else:
        assert zoho_oauth.centre_told(zoho_oauth.CENTRES[0], {"location": named}) == zoho_oauth.CENTRES[0]


def test_zoho_may_name_another_of_its_data_centres() -> None:
    japan, us = zoho_oauth.CENTRES[0], zoho_oauth.CENTRES[1]
    assert zoho_oauth.centre_told(us, {"accounts-server": "https://accounts.zoho.jp", "location": "us"}) == japan
    assert zoho_oauth.centre_told(japan, {"location": "us"}) == us


@pytest.mark.parametrize("named", [x.replace("accounts.zoho", "www.zohoapis") for x in STRANGE] + [7, [], "", {}])
def test_a_strange_api_is_never_asked(named: Any) -> None:
    with pytest.raises(Misunderstood):
        zoho_oauth.api_of(zoho_oauth.CENTRES[0], {"api_domain": named})


@pytest.mark.parametrize("named", ["https://www.zohoapis.jp", "https://zohoapis.com", "https://sandbox.zohoapis.eu"])
def test_an_api_of_zoho_is_taken(named: str) -> None:
    assert zoho_oauth.api_of(zoho_oauth.CENTRES[0], {"api_domain": named}) == named


def test_every_built_in_host_is_https_and_its_name_alone() -> None:
    for each in zoho_oauth.origins():
        parts = urlsplit(each)
        assert (parts.scheme, parts.port, parts.path) == ("https", None, "")
        assert parts.hostname is not None and parts.hostname.endswith(
            tuple(("zoho.com zoho.eu zoho.in zoho.jp zoho.sa zoho.uk zoho.com.au zoho.com.cn zohocloud.ca").split())
            + tuple(f"zohoapis.{end}" for end in "com eu in jp ca sa uk com.au com.cn".split())
        )


def test_what_was_stored_is_looked_at_again(server: ZohoServer, cast: Cast) -> None:
    """Someone who can write the row still cannot lead the desk elsewhere."""
    connect(server, cast)
    for changed in ({"api_domain": "http://169.254.169.254"}, {"data_centre": "evil"}):
        CrmConnection.objects.update(settings={**server.settings(), **changed})
        with pytest.raises(Unauthorised):
            kinds.connector(crm.connection()).find(["hanako@midori.example"], [])
    assert server.asked == []


@pytest.mark.parametrize(
    "url", ["http://www.zohoapis.jp/x", "https://www.zohoapis.jp.evil.example/x", "file:///etc/passwd"]
)
def test_a_wire_asks_named_hosts_only(url: str) -> None:
    wire = Wire({"https://www.zohoapis.jp", "http://www.zohoapis.jp"})
    with pytest.raises(Misunderstood):
        wire.get(url, headers={})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "to", ["http://127.0.0.1:{port}/", "http://169.254.169.254/latest/meta-data/", "//evil.example"]
)
def test_redirects_are_not_followed(server: ZohoServer, cast: Cast, status: int, to: str) -> None:
    connector = connect(server, cast)
    with running(ZohoServer) as other:
        target = to.format(port=urlsplit(other.url).port)
        server.misbehave(SEARCH, answer=Answer(status, b"", {"Location": target}))
        with pytest.raises(Misunderstood):
            connector.find(["hanako@midori.example"], [])
        assert other.asked == [] and len(server.asked) == 1


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 127.9.9.9 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 "
    "192.0.2.1 198.18.0.1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 "
    "64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2002:a00:1:: 2001:db8::1 localhost x".split(),
)
def test_private_addresses_are_private_however_written(address: str) -> None:
    assert not guarded.is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "136.143.190.155", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert guarded.is_public(address)


@pytest.mark.parametrize("resolved", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_inside_is_not_connected_to(
    server: ZohoServer, monkeypatch: pytest.MonkeyPatch, resolved: str
) -> None:
    port = urlsplit(server.url).port or 0
    taken: list[Any] = []
    real = socket.create_connection

    def create(*args: Any, **kwargs: Any) -> Any:
        taken.append(args)
        return real(*args, **kwargs)

    monkeypatch.setattr(guarded, "_addresses", lambda host, port: [resolved])
    monkeypatch.setattr(socket, "create_connection", create)
    backend = guarded.Backend(set(), guarded.Clock())
    with pytest.raises(httpcore2.ConnectError):
        backend.connect_tcp("www.zohoapis.jp", port, 2)
    assert taken == []
    named = guarded.Backend({f"www.zohoapis.jp:{port}"}, guarded.Clock())
    named.connect_tcp("www.zohoapis.jp", port, 2).close()
    assert len(taken) == 1


def test_a_name_is_resolved_once_and_that_address_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers with a public address first and a private one then (DNS rebinding)."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    connected: list[str] = []

    def connect_tcp(self: Any, host: str, *args: Any, **kwargs: Any) -> Any:
        connected.append(host)
        raise httpcore2.ConnectError("not in a test")

    monkeypatch.setattr(guarded, "_addresses", lambda host, port: next(answers))
    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect_tcp)
    with pytest.raises(httpcore2.ConnectError):
        guarded.Backend(set(), guarded.Clock()).connect_tcp("www.zohoapis.jp", 443, 2)
    assert connected == ["8.8.8.8"]


def test_the_wire_really_goes_through_the_guard(
    settings: Any, server: ZohoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should another version of httpx2 take its sockets elsewhere, this fails."""
    settings.CRM_HOSTS = {}
    monkeypatch.setattr(guarded, "_addresses", lambda host, port: ["127.0.0.1"])
    with pytest.raises(Down):
        Wire({"https://www.zohoapis.jp"}).get("https://www.zohoapis.jp/", headers={})
    seen: list[str] = []
    monkeypatch.setattr(guarded.Backend, "connect_tcp", lambda self, host, port, *a, **k: seen.append(host) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Wire({"https://www.zohoapis.jp"}).get("https://www.zohoapis.jp/", headers={})
    assert seen == ["www.zohoapis.jp"]


def test_a_certificate_nobody_vouches_for_is_refused(settings: Any, tmp_path: Path) -> None:
    with running(ZohoServer) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self_signed(tmp_path))
        server._http.socket = context.wrap_socket(server._http.socket, server_side=True)
        url = server.url.replace("http:", "https:")
        settings.CRM_HOSTS = {"zoho": url}
        with pytest.raises(Down):
            Wire({url}).get(f"{url}/crm/v8/org", headers={"Authorization": "Zoho-oauthtoken secret-token"})
        assert server.asked == []


def self_signed(folder: Path) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


def test_proxies_of_the_environment_get_nothing(
    server: ZohoServer, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(ZohoServer) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        connect(server, cast).find(["hanako@midori.example"], [])
        assert proxy.asked == [] and server.paths() == [SEARCH, "/crm/v8/Leads/search"]


def test_cookies_of_the_crm_are_not_kept(server: ZohoServer, cast: Cast) -> None:
    connector = connect(server, cast)
    server.misbehave(SEARCH, answer=Answer(204, b"", {"Set-Cookie": "session=abc; Path=/"}), times=1)
    connector.find(["hanako@midori.example"], [])
    assert all("cookie" not in each.headers for each in server.asked)


# answers that are too large


def test_a_token_answer_of_ten_megabytes_is_left(server: ZohoServer, admin: Client) -> None:
    state = state_of(admin)
    large = json.dumps({"access_token": "1000." + "a" * 10_000_000, "refresh_token": "1000.abcdefgh"}).encode()
    server.misbehave("/oauth/v2/token", answer=Answer(200, large))
    assert come_back(admin, server, state).status_code == 422
    assert crm.connection().kind == ""


def test_a_small_answer_that_swells_is_left(server: ZohoServer, cast: Cast) -> None:
    packed = gzip.compress(b" " * 300_000_000, 1)
    assert len(packed) < 3_000_000
    server.misbehave(SEARCH, answer=Answer(200, packed, {"Content-Encoding": "gzip"}))
    connector = connect(server, cast)
    with pytest.raises(Misunderstood):
        connector.find(["hanako@midori.example"], [])


@pytest.mark.parametrize(("packing", "body"), [("gzip", b"no gzip"), ("br", b"x"), ("gzip, gzip", b"x")])
def test_damaged_or_unknown_packing_is_misunderstood(server: ZohoServer, cast: Cast, packing: str, body: bytes) -> None:
    server.misbehave(SEARCH, answer=Answer(200, body, {"Content-Encoding": packing}))
    connector = connect(server, cast)
    with pytest.raises(Misunderstood):
        connector.find(["hanako@midori.example"], [])


def test_a_packed_answer_is_read(server: ZohoServer, cast: Cast) -> None:
    row = {"id": "7", "Email": "hanako@midori.example"}
    packed = gzip.compress(json.dumps({"data": [row]}).encode())
    server.misbehave(SEARCH, answer=Answer(200, packed, {"Content-Encoding": "gzip"}))
    assert connect(server, cast).find(["hanako@midori.example"], []).id == "7"


# secrets


@pytest.mark.parametrize("token", ["1000.abc\r\nX-Evil: 1", "", "日本語トークン", "1000 abc defg"])
def test_a_token_that_would_change_the_headers_is_not_sent(server: ZohoServer, cast: Cast, token: str) -> None:
    connector = connect(server, cast, access_token=token)
    with pytest.raises(Unauthorised):
        connector.find(["hanako@midori.example"], [])
    assert server.asked == []


@pytest.mark.parametrize(
    "how",
    [
        {"answer": Answer(500)},
        {"answer": told({"code": "INVALID_TOKEN"}, 401)},
        {"answer": Answer(200, b"<html>")},
        {"hang_up": True},
        {"raw": b"nonsense\r\n\r\n"},
    ],
)
def test_no_secret_stands_in_errors_tracebacks_or_logs(
    server: ZohoServer, cast: Cast, caplog: pytest.LogCaptureFixture, how: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    connector = connect(server, cast)
    secrets = crm.secrets_of(crm.connection())
    del secrets["renew_at"]
    server.misbehave("/crm/", **how)
    try:
        connector.find(["hanako@midori.example"], [])
    except (Down, Unauthorised, Misunderstood) as error:
        said = "".join(traceback.format_exception(error)) + repr(error) + error.text
    now = crm.secrets_of(crm.connection())
    heard = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("madoguchi"))
    for secret in {*secrets.values(), now["access_token"]}:
        assert secret not in said + heard


def test_no_secret_stands_in_history_or_among_the_errors(server: ZohoServer, cast: Cast, admin: Client) -> None:
    assert come_back(admin, server, state_of(admin)).status_code == 303
    secrets = crm.secrets_of(crm.connection())
    del secrets["renew_at"]
    server.end_consent()
    admin.post("/settings/crm/do/test")
    shown = str(list(Event.objects.values())) + str(list(CrmTrouble.objects.values()))
    shown += str(CrmConnection.objects.values("settings", "secrets").get())
    for path in ("", "/zoho", "/hubspot", "/end"):
        shown += admin.get(f"/settings/crm{path}").content.decode()
    assert CrmTrouble.objects.exists()
    assert [name for name, secret in secrets.items() if secret in shown] == []


def test_tokens_sealed_with_another_key_are_said_to_be_lost(
    server: ZohoServer, cast: Cast, admin: Client, settings: Any
) -> None:
    connect(server, cast)
    CrmConnection.objects.update(secrets="gAAAAAB-sealed-with-another-key")
    assert admin.post("/settings/crm/do/test").status_code == 303
    assert "the key of the desk has changed" in admin.get("/settings/crm").content.decode()
    assert admin.get("/settings/crm/zoho").status_code == 200
    assert admin.post("/settings/crm/end").status_code == 303


# at the same moment


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    start, found = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(n: int) -> None:
        start.wait()
        try:
            found[n] = deeds[n]()
        except Exception as error:
            found[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_four_threads_each_renew_once(server: ZohoServer) -> None:
    cast = gather()
    record = server.add("Contacts", Email="hanako@midori.example")
    first = connect(server, cast)
    second = kinds.connector(crm.connection())
    server.end_access()
    server.misbehave("/oauth/v2/token", before_s=0.3)
    find = [lambda c=c: c.find(["hanako@midori.example"], []) for c in (first, second) for _ in range(4)]  # type: ignore[misc]
    found = at_once(*find)
    assert [getattr(each, "id", each) for each in found] == [record] * 8
    assert server.refreshes() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_renewed_while_it_is_disconnected_is_thrown_away(server: ZohoServer) -> None:
    cast = gather()
    connector = connect(server, cast)
    server.end_access()
    server.misbehave("/oauth/v2/token", before_s=0.5)

    def disconnect() -> None:
        time.sleep(0.2)
        crm.disconnect(by=cast.admin)

    at_once(lambda: connector.find(["hanako@midori.example"], []), disconnect)
    row = CrmConnection.objects.get()
    assert (row.kind, row.secrets) == ("", "")
