"""One test for each way other help desks were broken (the live stream and webhooks come with those features)."""

import re
import time

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi import tickets
from madoguchi.errors import Denied, Hidden
from madoguchi.kit.letters.subjects import number_in
from madoguchi.models import Entry, Event, Ticket
from madoguchi.people.tokens import make_token
from tests.cast import open_one
from tests.mails import mail, take_in


def api(cast, agent=None) -> dict[str, str]:
    by = agent or cast.sato
    return {"HTTP_AUTHORIZATION": f"Bearer {make_token(by.agent, 't', by=by)[1]}"}


def test_permission_computed_then_ignored(cast, ticket):
    """A refusal changes nothing: row counts before = after."""
    before = (Entry.objects.count(), Event.objects.count(), Ticket.objects.get().version)
    acts = [
        lambda by: tickets.reply(ticket, "x", by=by),
        lambda by: tickets.close(ticket, by=by),
        lambda by: tickets.edit(ticket, {"subject": "x"}, by=by),
        lambda by: tickets.tag(ticket, ["x"], by=by),
        lambda by: tickets.move(ticket, cast.billing, by=by),
        lambda by: tickets.trash(ticket, by=by),
        lambda by: tickets.assign(ticket, None, by=by),
        lambda by: tickets.mark_spam(ticket, by=by),
    ]
    for act in acts:
        for by in (cast.suzuki, cast.light):
            with pytest.raises((Hidden, Denied)):
                act(by)
    assert (Entry.objects.count(), Event.objects.count(), Ticket.objects.get().version) == before


def test_neighbour_objects(cast, ticket):
    """A thing of one ticket is not reached through the address of another."""
    other = open_one(cast, "別件")
    comment = tickets.comment(ticket, "メモ", by=cast.sato)
    client = Client()
    headers = api(cast)
    for path in (
        f"/api/v1/tickets/{other.pk}/comments/{comment.pk}",
        f"/api/v1/tickets/{other.pk}/threads/{ticket.entries.first().pk}",
    ):
        assert client.get(path, **headers).status_code == 404
    assert client.delete(f"/api/v1/tickets/{other.pk}/comments/{comment.pk}", **headers).status_code == 404
    client.force_login(cast.sato.agent)
    entry = ticket.entries.first()
    assert client.get(reverse("entry_html", args=[other.number, entry.pk])).status_code == 404
    assert Entry.objects.get(pk=comment.pk).deleted_at is None


@pytest.mark.parametrize(
    "field",
    [
        "accountId",
        "ticketNumber",
        "createdTime",
        "closedTime",
        "number",
        "id",
        "isTrashed",
        "version",
        "createdBy",
        "__proto__",
    ],
)
def test_mass_assignment(cast, ticket, field):
    """Unknown or forbidden fields are refused by name."""
    path, body = f"/api/v1/tickets/{ticket.pk}", {field: "999999999", "category": "x"}
    answer = Client().patch(path, body, content_type="application/json", **api(cast))
    assert answer.status_code == 422, answer.content
    assert f"/{field}" in answer.content.decode()
    ticket.refresh_from_db()
    assert (ticket.version, ticket.category) == (1, "")


@pytest.mark.parametrize(
    "evil", ["'; DROP TABLE madoguchi_ticket; --", "subject) OR 1=1 --", "cf_x'->>'a", "%27", "\x00", "${jndi:x}"]
)
def test_sql_injection(cast, ticket, evil):
    """Sort keys, filters, custom field names and search words come from a whitelist or are bound."""
    client = Client()
    headers = api(cast)
    for path, query in (
        ("/api/v1/tickets", {"sortBy": evil}),
        ("/api/v1/tickets", {"status": evil}),
        ("/api/v1/tickets/search", {"subject": evil}),
        ("/api/v1/tickets/search", {"customField1": f"{evil}:1"}),
        ("/api/v1/contacts/search", {"lastName": evil}),
    ):
        assert client.get(path, query, **headers).status_code in (200, 204, 400, 404, 422)
    client.force_login(cast.sato.agent)
    for query in ({"q": evil}, {"view": evil}, {"sort": evil}, {"after": evil}, {"before": evil}, {"cursor": evil}):
        assert client.get(reverse("tickets"), query).status_code in (200, 302, 303, 404, 422)
    assert Ticket.objects.count() == 1


def test_stored_xss_in_every_text_an_outsider_controls(cast):
    """Subject, names, file names, addresses: escaped wherever they are shown. (In a browser: tests/browser.)"""
    evil = "<img src=x onerror=alert(1)>"
    got = take_in(mail(evil, evil, sender=f'"{evil}" <x@y.example>', files=[(f"{evil}.txt", "text/plain", b"x")]))
    client = Client()
    client.force_login(cast.sato.agent)
    for path in (
        f"/tickets/{got.ticket.number}/",
        "/tickets/",
        "/",
        f"/tickets/{got.ticket.number}/history",
        "/contacts/",
    ):
        page = client.get(path).content.decode()
        assert "<img src=x" not in page, path


def test_uploads(cast, ticket):
    """Zero-width characters before a dot file, content types with parameters, path tricks: a download and nothing else."""
    raw = mail(
        files=[("\u200b.htaccess", "text/plain", b"x"), ("..\\..\\a.svg", "image/svg+xml", b"<svg onload=alert(1)>")]
    )
    got = take_in(raw)
    client = Client()
    client.force_login(cast.sato.agent)
    names = set()
    for attachment in got.ticket.attachments.all():
        names.add(attachment.name)
        for query in ("", "?inline=1"):
            answer = client.get(reverse("file", args=[attachment.key, attachment.name]) + query)
            assert answer["Content-Disposition"].startswith("attachment")
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer["Content-Security-Policy"]
    assert names == {"htaccess", "a.svg"}


def test_identity_a_forged_reference_or_sender_never_writes_as_an_agent(cast, ticket):
    """A mail with an agent's address and our Message-ID is a message of a contact, if anything."""
    entry = tickets.reply(ticket, "はい。", by=cast.sato)
    got = take_in(mail("Re: x", "担当者のふり", sender="佐藤 健 <sato@demo.example>", answers=entry.message_id))
    assert got.ticket != ticket
    assert (got.entry.agent, got.entry.direction) == (None, "in")


def test_enumeration_and_timing(cast):
    """Login and reset answer alike for known and unknown addresses; unknown tickets are 404 like hidden ones."""
    client = Client()

    def answers(email: str) -> tuple[int, str]:
        page = client.post("/login/", {"login": email, "password": "wrong-password-1"})
        return page.status_code, re.sub(r"[\w.]+@[\w.]+|value=\"[^\"]*\"|nonce=\"[^\"]*\"", "", page.content.decode())

    assert answers("sato@demo.example") == answers("nobody@demo.example")
    known = client.post("/password/reset/", {"email": "sato@demo.example"})
    unknown = client.post("/password/reset/", {"email": "nobody@demo.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    client.force_login(cast.suzuki.agent)
    hidden = open_one(cast)
    one, other = client.get(f"/tickets/{hidden.number}/"), client.get("/tickets/999999/")
    assert one.status_code == other.status_code == 404


@pytest.mark.parametrize(
    "subject",
    ["[#" * 50_000, "Re: " * 50_000, "［＃" + "1" * 100_000, "[#1" * 30_000 + "]"],
)
def test_dos_by_one_line(subject):
    """Patterns over hostile text take linear time."""
    start = time.process_time()
    number_in(subject)
    assert time.process_time() - start < 2


def test_dos_by_one_mail(cast):
    """A mail built to be slow ends within the limits, as an entry or in quarantine."""
    nested = "<div>" * 50_000
    got = take_in(mail(html=nested, text="x" * 500_000))
    assert got.decision in ("entry", "quarantine")


def test_csrf_clickjacking_cookies(cast, ticket):
    """Protections on: no POST without its token, no framing, SameSite, a strict policy without inline script or style."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.sato.agent)
    assert client.post(f"/tickets/{ticket.number}/closure").status_code == 403
    page = client.get(f"/tickets/{ticket.number}/")
    policy = page["Content-Security-Policy"]
    assert {"frame-ancestors 'none'", "script-src 'self'", "default-src 'none'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    assert page["X-Frame-Options"] == "DENY"
    assert client.cookies["csrftoken"]["samesite"] == "Lax"
    ticket.refresh_from_db()
    assert ticket.state == "Open"


def test_audit_a_change_cannot_avoid_its_line(cast, ticket):
    """Every verb on a ticket leaves exactly one event more, with its actor."""
    acts = [
        lambda: tickets.edit(ticket, {"category": "請求"}, by=cast.sato),
        lambda: tickets.assign(ticket, cast.sato.agent, by=cast.sato),
        lambda: tickets.tag(ticket, ["a"], by=cast.sato),
        lambda: tickets.comment(ticket, "x", by=cast.sato),
        lambda: tickets.reply(ticket, "x", by=cast.sato),
        lambda: tickets.hold(ticket, by=cast.sato),
        lambda: tickets.mark_spam(ticket, by=cast.sato),
        lambda: tickets.unmark_spam(ticket, by=cast.sato),
        lambda: tickets.trash(ticket, by=cast.sato),
    ]
    for act in acts:
        before = Event.objects.count()
        act()
        event = Event.objects.last()
        assert (Event.objects.count(), event.agent) == (before + 1, cast.sato.agent)
