"""Every address and route, as an agent of another department and as nobody: 404 or login, and nothing changed.

A new address without an expectation in tests/strangers.py fails here.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.doors.api.catalogue import operations
from madoguchi.doors.mailbox import store
from madoguchi.kit.addresses import Address
from madoguchi.models import (
    Contact,
    CrmImport,
    CustomView,
    Event,
    HolidayList,
    Hours,
    OutboundMail,
    Product,
    Rule,
    Team,
)
from madoguchi.organisation import responses
from madoguchi.people import help_sessions, notes
from madoguchi.people.tokens import make_token
from tests.cast import open_one
from tests.mails import mail, take_in
from tests.strangers import API, FORBIDDEN, FORMS, HELP, HIDDEN, OPEN, OWN, PAGES, SEES

SECRET = "極秘案件"
FOREIGN_APPS = ("account_email", "account_login", "account_logout", "account_signup", "mfa_", "openapi", "api-root")
MOVING = {"madoguchi_apicount", "madoguchi_apitoken", "madoguchi_cache", "madoguchi_idempotentanswer"}


def addresses(resolver: URLResolver | None = None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(name, names of its parts) of every page of config.urls; the API has a catalogue of its own."""
    for part in (resolver or get_resolver()).url_patterns:
        if str(part.pattern).startswith(("api/", "v1/")):
            continue
        if isinstance(part, URLResolver):
            yield from addresses(part)
        elif part.name:
            yield part.name, tuple(part.pattern.regex.groupindex)


def pages() -> list[tuple[str, tuple[str, ...]]]:
    return sorted(set(addresses()))


def snapshot() -> dict[str, str]:
    """A checksum of every table."""
    with connection.cursor() as cursor:
        names = [t for t in connection.introspection.table_names(cursor) if t.startswith("madoguchi_")]
        found = {}
        for name in sorted(set(names) - MOVING):
            cursor.execute(
                f"SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t"
            )
            found[name] = str(cursor.fetchone())
        return found


@pytest.fixture
def things(cast) -> dict[str, Any]:
    """A ticket of the support department with everything on it, and whatever else has an id there."""
    got = take_in(
        mail(SECRET, f"{SECRET}の本文", html=f"<p>{SECRET}</p>", files=[(f"{SECRET}.pdf", "application/pdf", b"%PDF")])
    )
    ticket, received = got.ticket, got
    comment = tickets.comment(ticket, SECRET, by=cast.sato)
    tickets.reply(ticket, SECRET, to=[Address("", "a@b.example")], by=cast.sato)
    tickets.tag(ticket, ["秘密"], by=cast.sato)
    attachment = ticket.attachments.get()
    upload = tickets.upload("u.txt", "text/plain", b"x", by=cast.sato)
    product = Product.objects.create(name="品", code="P")
    product.departments.set([cast.support])
    team = Team.objects.create(department=cast.support, name="一課")
    quarantined = store.store(cast.support_box, b"Subject: x\r\n\r\n" + SECRET.encode())
    token, _secret = make_token(cast.sato.agent, "t", by=cast.sato)
    response = responses.add_response(
        {"name": SECRET, "text": SECRET}, department_id=cast.support.pk, private=False, by=cast.tanaka
    )
    tickets.save_draft(ticket, "reply", {"body": SECRET}, seen=2**62, by=cast.sato)
    OutboundMail.objects.update(state="FAILED")
    holidays = HolidayList.objects.create(name="祝日")
    note = notes.write_note(Contact.objects.get(pk=ticket.contact_id), "顧客のメモ", by=cast.sato)
    file = CrmImport.objects.create(what="leads", file_name="x.csv", data="姓\n山田".encode(), rows=1)
    return {
        "number": ticket.number,
        "note": note.pk,
        "ticket_id": ticket.pk,
        "entry": received.entry.pk,
        "entry_id": received.entry.pk,
        "thread_id": received.entry.pk,
        "comment_id": comment.pk,
        "attachment_id": attachment.pk,
        "upload": upload,
        "key": attachment.key,
        "response": response.pk,
        "name": "x.pdf",
        "secret": "x" * 43,
        "token": "1-" + "a" * 16,  # to rate an answer, signed by nobody
        "value": "bad",
        "contact_id": ticket.contact_id,
        "account_id": cast.midori.pk,
        "agent_id": cast.sato.agent.pk,
        "department_id": cast.support.pk,
        "own_department_id": cast.billing.pk,
        "department": cast.support.pk,
        "address_id": cast.support_box.pk,
        "organization_id": 1,
        "product_id": product.pk,
        "role_id": cast.sato.agent.role_id,
        "team_id": team.pk,
        "rule_id": Rule.objects.create(department=cast.support, name=SECRET).pk,
        "tag_id": ticket.ticket_tags.get().tag_id,
        "lead_id": 1,
        "person_id": 1,
        "deal_id": 1,
        "import_id": file.pk,
        "hours_id": Hours.objects.create(name="平日", week=[[[540, 1080]]] * 7).pk,
        "list_id": holidays.pk,
        "day": holidays.days.create(day=date(2026, 12, 29)).pk,
        "what": "enabled",
        "module": "leads",
        "mode": "crm",
        "uidb36": "1",
        "pk": {
            "contact": ticket.contact_id,
            "account": cast.midori.pk,
            "edit_contact": ticket.contact_id,
            "contact_bin": ticket.contact_id,
            "contact_merge": ticket.contact_id,
            "account_merge": cast.midori.pk,
            "edit_account": cast.midori.pk,
            "account_bin": cast.midori.pk,
            **{
                f"contact_{tab}": ticket.contact_id
                for tab in ("activity", "tickets", "ratings", "notes", "note", "deals")
            },
            **{
                f"account_{tab}": cast.midori.pk
                for tab in ("contacts", "activity", "tickets", "ratings", "notes", "note", "deals")
            },
            "received_mail": quarantined.pk,
            "received_raw": quarantined.pk,
            "release_mail": quarantined.pk,
            "sent_mail": OutboundMail.objects.get().pk,
            "sent_html": OutboundMail.objects.get().pk,
            "retry_mail": OutboundMail.objects.get().pk,
            "revoke_token": token.pk,
            **dict.fromkeys(
                ("crm_import_file", "crm_import_columns", "crm_import_start", "crm_import_give_up"), file.pk
            ),
            "custom_view": CustomView.objects.create(name=SECRET, owner=cast.sato.agent, department=cast.support).pk,
            "response": response.pk,
            "delete_response": response.pk,
            "mailbox": cast.support_box.pk,
        },
    }


def path_of(name: str, parts: tuple[str, ...], things: dict[str, Any]) -> str:
    values = {part: things[part] for part in parts if part != "pk"}
    if "pk" in parts:
        values["pk"] = things["pk"].get(name) or cast_pk(name, things)
    return reverse(name, kwargs=values)


def cast_pk(name: str, things: dict[str, Any]) -> int:
    for word in ("department", "agent", "team", "role", "product", "mailbox"):
        if word in name:
            return int(things.get(f"{word}_id") or things["address_id"])
    return 1


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode("utf-8", "replace"))


def test_every_page_has_an_expectation():
    assert {name for name, _parts in pages()} - PAGES.keys() == set()


@pytest.mark.parametrize("method", ["get", "post", "delete", "put", "patch"])
def test_an_agent_of_another_department_gets_nothing_from_any_page(cast, things, method):
    client = Client()
    client.force_login(cast.suzuki.agent)
    before = snapshot()
    for name, parts in pages():
        if name in OWN and method != "get":
            continue
        path = path_of(name, parts, things)
        answer = getattr(client, method)(path, FORMS.get(name, {}) if method == "post" else "")
        where = f"{method} {path} ({name}): {answer.status_code}"
        expected = PAGES[name]
        if answer.status_code != 405:
            if expected == HIDDEN:
                assert answer.status_code == 404, where
            if expected == FORBIDDEN:
                assert answer.status_code in (403, 404), where
            if expected == SEES:
                missing = 404 if name.startswith("mfa_") else 200
                assert answer.status_code in (200, 302, 303, 422, missing), where
                assert not answer.get("Location", "").startswith("/login/"), where
        assert SECRET not in body(answer), where
    assert snapshot() == before


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_nobody_gets_the_login_page_from_every_page(cast, things, method):
    client = Client()
    before = snapshot()
    for name, parts in pages():
        path = path_of(name, parts, things)
        answer = getattr(client, method)(path, FORMS.get(name, {}) if method == "post" else "")
        where = f"{method} {path} ({name}): {answer.status_code}"
        if PAGES[name] != OPEN and name != "first_run":
            assert answer.status_code == 302 and answer["Location"].startswith("/login/"), where
        assert SECRET not in body(answer), where
    assert snapshot() == before


def help_pages() -> list[tuple[str, tuple[str, ...]]]:
    return [(name, parts) for name, parts in pages() if name.startswith("help")]


def test_every_page_of_the_help_center_has_an_expectation_for_contacts():
    assert {name for name, _parts in help_pages()} == HELP.keys()


@pytest.mark.parametrize("method", ["get", "post", "delete", "put", "patch"])
def test_another_contact_gets_nothing_from_any_page_of_the_help_center(cast, things, method):
    client = Client()
    client.cookies["madoguchi_help"] = help_sessions.begin(cast.yamada, by_link=True)
    before = snapshot()
    for name, parts in help_pages():
        if name == "help_sign_out":
            continue
        path = path_of(name, parts, things)
        answer = getattr(client, method)(path, FORMS.get(name, {}) if method == "post" else "")
        where = f"{method} {path} ({name}): {answer.status_code}"
        if answer.status_code != 405 and HELP[name] == HIDDEN:
            assert answer.status_code == 404, where
        if answer.status_code != 405 and HELP[name] == SEES:
            assert answer.status_code in (200, 303, 422), where
        assert SECRET not in body(answer), where
    assert snapshot() == before


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_nobody_is_sent_to_sign_in_by_every_closed_page_of_the_help_center(cast, things, method):
    client = Client()
    client.force_login(cast.sato.agent)  # agents are nobody there
    for name, parts in help_pages():
        path = path_of(name, parts, things)
        answer = getattr(client, method)(path, FORMS.get(name, {}) if method == "post" else "")
        where = f"{method} {path} ({name}): {answer.status_code}"
        if HELP[name] != OPEN:
            assert answer.status_code == 302 and answer["Location"].startswith("/help/sign-in?"), where
        assert SECRET not in body(answer), where


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_a_contact_is_nobody_on_the_desk_also_where_the_ticket_is_theirs(cast, things, method):
    client = Client()
    client.cookies["madoguchi_help"] = secret = help_sessions.begin(cast.takahashi, by_link=True)
    client.cookies["sessionid"] = secret
    before = snapshot()
    for name, parts in pages():
        if name in HELP:
            continue
        path = path_of(name, parts, things)
        answer = getattr(client, method)(path, FORMS.get(name, {}) if method == "post" else "")
        where = f"{method} {path} ({name}): {answer.status_code}"
        if PAGES.get(name) != OPEN and name != "first_run":
            assert answer.status_code == 302 and answer["Location"].startswith("/login/"), where
        assert SECRET not in body(answer), where
    for operation in API if method == "get" else ():
        answer = called(client, operation, things, HTTP_AUTHORIZATION=f"Bearer {secret}")
        assert answer.status_code == 401 and SECRET not in body(answer), operation
    assert snapshot() == before


def filled(template: Any, things: dict[str, Any]) -> Any:
    text = json.dumps(template)
    return json.loads(re.sub(r"{(\w+)}", lambda m: str(things[m[1]]), text))


def called(client: Client, operation: str, things: dict[str, Any], **headers: str) -> Any:
    method, template = operation.split(" ")
    values = {**things, "attachment_id": things["upload"].pk} if "/uploads/" in template else things
    path = re.sub(r"{(\w+)}", lambda m: str(values[m[1]]), template)
    sent = API[operation][1]
    if sent == "file":
        return client.post(path, {"file": SimpleUploadedFile("x.txt", b"x")}, **headers)
    return client.generic(
        method, path, json.dumps(filled(sent, values)) if sent is not None else "", "application/json", **headers
    )


def test_every_route_of_the_api_has_an_expectation():
    assert {f"{method} {path}" for method, path in operations()} == {call.partition("?")[0] for call in API}


def test_an_agent_of_another_department_gets_nothing_from_any_route(cast, things):
    _token, secret = make_token(cast.suzuki.agent, "stranger", by=cast.suzuki)
    before = snapshot()
    for operation, (expected, _body) in API.items():
        answer = called(Client(), operation, things, HTTP_AUTHORIZATION=f"Bearer {secret}")
        where = f"{operation}: {answer.status_code} {body(answer)[:200]}"
        if expected == HIDDEN:
            assert answer.status_code == 404 and json.loads(answer.content)["errorCode"] == "URL_NOT_FOUND", where
        if expected == FORBIDDEN:
            assert answer.status_code == 403 and json.loads(answer.content)["errorCode"] == "FORBIDDEN", where
        if expected == SEES:
            assert answer.status_code in (200, 204, 422), where
        assert SECRET not in body(answer), where
    assert snapshot() == before


@pytest.mark.parametrize("authorization", ["", "Bearer mdg_wrong", "Zoho-oauthtoken x", "Basic YTpi"])
def test_nobody_gets_anything_from_any_route(cast, things, authorization):
    before = snapshot()
    headers = {"HTTP_AUTHORIZATION": authorization} if authorization else {}
    for operation in API:
        answer = called(Client(), operation, things, **headers)
        assert answer.status_code == 401, f"{operation}: {answer.status_code}"
        assert SECRET not in body(answer)
    assert snapshot() == before


def test_access_ends_with_the_membership_also_on_open_pages_and_known_links(cast, things):
    client = Client()
    client.force_login(cast.sato.agent)
    ticket, file = f"/tickets/{things['number']}/", f"/files/{things['key']}/x.pdf"
    assert (client.get(ticket).status_code, client.get(file).status_code) == (200, 200)
    cast.sato.agent.memberships.update(department=cast.billing)
    assert (client.get(ticket).status_code, client.get(file).status_code) == (404, 404)
    events = Event.objects.count()
    assert client.post(ticket + "comments", {"body": "まだ書ける？"}).status_code == 404
    assert Event.objects.count() == events


def test_a_deactivated_agent_is_out_at_once_by_page_and_by_token(cast, things):
    client = Client()
    client.force_login(cast.sato.agent)
    _token, secret = make_token(cast.sato.agent, "own", by=cast.sato)
    type(cast.sato.agent).objects.filter(pk=cast.sato.agent.pk).update(is_active=False)
    assert client.get(f"/tickets/{things['number']}/").status_code == 302
    answer = client.get(f"/api/v1/tickets/{things['ticket_id']}", HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert answer.status_code == 401


def test_the_contact_may_read_their_own_ticket_and_no_other(cast):
    from madoguchi.access import can

    mine, other = open_one(cast), open_one(cast, contact=cast.takahashi)
    yamada = Actor(contact=cast.yamada, door="help")
    assert (can(yamada, "read", mine), can(yamada, "read", other), can(yamada, "reply", mine)) == (True, False, False)
