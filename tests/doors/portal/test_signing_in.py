"""Who comes into the help center, how, and for how long (SPEC P1)."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madoguchi import people, record
from madoguchi.doors.portal.answer import is_ours
from madoguchi.jobs import tasks
from madoguchi.kit.letters import parse
from madoguchi.models import Contact, Event, HelpSession, HelpTry, OutboundMail, SignInLink
from madoguchi.organisation import company
from madoguchi.people import contact_passwords, help_sessions, links
from madoguchi.reactions.help_mails import mail_sign_in_link
from tests.cast import open_one
from tests.doors.portal.conftest import by_help, text

SIGN_IN, SENT = "/help/sign-in", "/help/sign-in/sent"
PASSWORD = "合言葉は山と川です2026"


def mailed() -> str:
    """The path of the link in the newest mail."""
    body = bytes(OutboundMail.objects.latest("id").raw or b"")
    found = re.search(r"https?://[^/\s]+(/help/sign-in/\S+)", parse(body).text)
    assert found
    return found[1]


@pytest.fixture
def ask(monkeypatch):
    """Ask for a link as a browser does, and have the job done at once. Returns the answer."""
    waiting: list[dict] = []
    monkeypatch.setattr(links, "send_link", lambda address, **more: waiting.append({"address": address, **more}))

    def asked(address: str, client: Client | None = None, **more: str):
        answer = (client or Client()).post(SIGN_IN, {"email": address, **more})
        while waiting:
            mail_sign_in_link(**waiting.pop())
        return answer

    return asked


def test_a_mailed_link_signs_in_once_with_a_button(cast, ask):
    client = Client()
    answer = ask("Hanako@Midori.example ")
    assert (answer.status_code, answer["Location"]) == (303, SENT)
    there = mailed()
    for _n in range(3):  # a mail scanner looks, and looks again
        assert client.get(there).status_code == 200
    answer = client.post(there)
    assert (answer.status_code, answer["Location"]) == (303, "/help/")
    cookie = answer.cookies["madoguchi_help"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (
        True,
        "Lax",
        "/help/",
        2592000,
    )
    assert client.get("/help/").status_code == 200
    other = Client()
    assert other.get(there).status_code == 410
    assert other.post(there).status_code == 410 and "madoguchi_help" not in other.cookies
    assert Event.objects.get(verb="contact.signed_in").by_contact == cast.yamada


def test_only_the_digest_of_a_link_is_kept(cast):
    row, secret = links.make_link("hanako@midori.example")
    assert row.contact == cast.yamada
    kept = SignInLink.objects.values().get()
    assert secret not in str(kept) and len(secret) >= 43


def test_a_link_ends_after_half_an_hour(cast):
    with record.at(record.now() - timedelta(minutes=31)):
        _row, secret = links.make_link("hanako@midori.example")
    assert links.use_link(secret) is None
    assert Client().post(f"/help/sign-in/{secret}").status_code == 410


def test_using_one_link_uses_up_the_others(cast):
    first, second = (links.make_link("hanako@midori.example")[1] for _n in range(2))
    assert links.use_link(first) and not links.use_link(second)


def test_a_link_ends_when_the_address_is_no_longer_the_contacts(cast):
    _row, secret = links.make_link("hanako@midori.example")
    people.edit_contact(cast.yamada, {}, emails=["other@midori.example"], by=cast.sato)
    assert links.use_link(secret) is None


@pytest.mark.parametrize("address", ["hanako@midori.example", "nobody@nowhere.example"])
def test_known_and_unknown_addresses_get_the_same_answer_in_the_same_steps(cast, address):
    client = Client()
    first = client.post(SIGN_IN, {"email": address})
    assert (first.status_code, first["Location"]) == (303, SENT)
    with CaptureQueriesContext(connection) as asked:
        client.post(SIGN_IN, {"email": address})
    assert not [q for q in asked if "contact" in q["sql"]]
    assert HelpTry.objects.filter(what="link").count() == 2
    assert SignInLink.objects.count() == 0  # a job finds out, later
    wrong = client.post(SIGN_IN, {"email": address, "way": "password", "password": "x" * 12})
    assert wrong.status_code == 422 and "メールアドレスまたはパスワード" in text(wrong)


def test_nothing_is_mailed_to_unknown_addresses_nor_to_whom_is_not_welcome(cast):
    assert mail_sign_in_link("nobody@nowhere.example") is None
    Contact.objects.filter(pk=cast.yamada.pk).update(is_spam=True)
    assert mail_sign_in_link("hanako@midori.example") is None
    assert OutboundMail.objects.count() == 0


def test_the_mail_goes_to_the_address_as_we_know_it_not_as_it_was_typed(cast):
    mail = mail_sign_in_link("ｈａｎａｋｏ@midori.example")
    assert mail is not None and mail.recipients == ["hanako@midori.example"]


def test_the_link_points_to_the_desks_own_address_whatever_host_was_asked(cast, ask, settings):
    answer = ask("hanako@midori.example", Client(headers={"host": "evil.example"}))
    assert answer.status_code == 303
    body = parse(bytes(OutboundMail.objects.get().raw or b"")).text
    assert settings.URL in body and "evil.example" not in body


def test_links_are_limited_by_address_and_by_place(cast, monkeypatch):
    monkeypatch.setattr(links, "MOST_OF_PLACE", 8)
    client = Client()
    answers = [client.post(SIGN_IN, {"email": "hanako@midori.example"}).status_code for _n in range(6)]
    assert answers == [303] * 5 + [429]
    assert client.post(SIGN_IN, {"email": "HANAKO@midori.example"}).status_code == 429
    assert client.post(SIGN_IN, {"email": "makoto@kita.example"}).status_code == 303
    assert [client.post(SIGN_IN, {"email": f"x{n}@y.example"}).status_code for n in range(2)] == [303, 303]
    assert client.post(SIGN_IN, {"email": "z@y.example"}).status_code == 429
    assert Client(REMOTE_ADDR="198.51.100.7").post(SIGN_IN, {"email": "z@y.example"}).status_code == 303


def test_addresses_and_networks_are_not_kept_as_they_are(cast):
    Client().post(SIGN_IN, {"email": "hanako@midori.example"})
    assert "hanako" not in str(list(HelpTry.objects.values())) and "127.0.0.1" not in str(
        list(HelpTry.objects.values())
    )


def with_password(contact: Contact) -> None:
    session = help_sessions.session_of(help_sessions.begin(contact, by_link=True))
    assert session is not None
    contact_passwords.set_password(contact, PASSWORD, session=session, by=by_help(contact))


def test_a_password_signs_in_and_a_wrong_one_does_not(cast):
    with_password(cast.yamada)
    client = Client()
    asked = {"email": "hanako@midori.example", "way": "password"}
    assert client.post(SIGN_IN, {**asked, "password": "x" * 20}).status_code == 422
    assert client.get("/help/").status_code == 302
    assert client.post(SIGN_IN, {**asked, "password": PASSWORD})["Location"] == "/help/"
    assert client.get("/help/").status_code == 200


def test_ten_wrong_passwords_lock_password_sign_in_but_not_the_link(cast, ask):
    with_password(cast.yamada)
    client = Client()
    asked = {"email": "hanako@midori.example", "way": "password"}
    for _n in range(10):
        assert client.post(SIGN_IN, {**asked, "password": "falsch" * 3}).status_code == 422
    assert client.post(SIGN_IN, {**asked, "password": PASSWORD}).status_code == 429
    assert ask("hanako@midori.example").status_code == 303
    assert Client().post(mailed()).status_code == 303
    with record.at(record.now() + timedelta(minutes=16)):
        assert client.post(SIGN_IN, {**asked, "password": PASSWORD}).status_code == 303


def test_a_right_password_starts_the_count_anew(cast):
    with_password(cast.yamada)
    for _n in range(12):
        contact_passwords.sign_in("hanako@midori.example", PASSWORD, place="here")
    assert HelpTry.objects.filter(what="password").count() == 0


def test_a_session_gets_a_key_of_its_own_at_sign_in(cast):
    """Fixation: a key somebody planted in the browser is nobody's, before and after."""
    with_password(cast.yamada)
    client = Client()
    client.cookies["madoguchi_help"] = "planted"
    client.get(SIGN_IN)
    asked = {"email": "hanako@midori.example", "way": "password", "password": PASSWORD}
    client.post(SIGN_IN, asked)
    first = client.cookies["madoguchi_help"].value
    assert first != "planted"
    client.post(SIGN_IN, asked)
    assert client.cookies["madoguchi_help"].value != first
    assert help_sessions.session_of(first) is None


def test_signing_out_ends_the_session_not_only_the_cookie(cast, yamada):
    secret = yamada.cookies["madoguchi_help"].value
    assert yamada.post("/help/sign-out")["Location"] == SIGN_IN
    assert help_sessions.session_of(secret) is None


def test_a_session_lasts_thirty_days(cast, yamada):
    with record.at(record.now() + timedelta(days=29)):
        assert yamada.get("/help/").status_code == 200
    with record.at(record.now() + timedelta(days=31)):
        assert yamada.get("/help/").status_code == 302


@pytest.mark.parametrize("what", ["trashed", "spam", "address"])
def test_sessions_end_when_the_contact_goes_or_changes_address(cast, yamada, what):
    assert yamada.get("/help/").status_code == 200
    if what == "trashed":
        people.trash_contact(cast.yamada, by=cast.sato)
    if what == "spam":
        Contact.objects.filter(pk=cast.yamada.pk).update(is_spam=True)
    if what == "address":
        people.edit_contact(cast.yamada, {}, emails=["hanako@midori.example", "b@midori.example"], by=cast.sato)
    assert yamada.get("/help/")["Location"].startswith(SIGN_IN)


def test_a_new_password_signs_out_other_browsers_and_asks_for_the_old_one(cast, visit):
    here, there = visit(cast.yamada), visit(cast.yamada)
    assert here.post("/help/profile/password", {"new": PASSWORD}).status_code == 303
    assert (here.get("/help/").status_code, there.get("/help/").status_code) == (200, 302)
    by_password = visit(cast.yamada, by_link=False)
    assert by_password.post("/help/profile/password", {"new": "あたらしい合言葉123"}).status_code == 422
    wrong = {"new": "あたらしい合言葉123", "current": "x"}
    assert by_password.post("/help/profile/password", wrong).status_code == 422
    right = {"new": "あたらしい合言葉123", "current": PASSWORD}
    assert by_password.post("/help/profile/password", right).status_code == 303
    assert Contact.objects.get(pk=cast.yamada.pk).password != ""
    assert Event.objects.filter(verb="contact.password_set").count() == 2


@pytest.mark.parametrize("bad", ["short", "password1234", "hanako@midori.example", "madoguchi-demo"])
def test_bad_passwords_are_refused(cast, yamada, bad):
    assert yamada.post("/help/profile/password", {"new": bad}).status_code == 422
    assert Contact.objects.get(pk=cast.yamada.pk).password == ""


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "/help/../tickets/", "/tickets/", "/help/%2e%2e/", "javascript:x", "/help/\r\nX: y"]
)  # fmt: skip
def test_no_open_redirects(cast, address):
    assert not is_ours(address)
    with_password(cast.yamada)
    asked = {"email": "hanako@midori.example", "way": "password", "password": PASSWORD, "next": address}
    assert Client().post(SIGN_IN, asked)["Location"] == "/help/"
    _row, secret = links.make_link("hanako@midori.example")
    assert Client().post(f"/help/sign-in/{secret}?next={quote(address)}")["Location"] == "/help/"


def test_one_is_led_to_the_page_one_wanted(cast, ask):
    ticket = open_one(cast)
    there = f"/help/tickets/{ticket.number}/"
    client = Client()
    assert client.get(there)["Location"] == f"{SIGN_IN}?next=/help/tickets/{ticket.number}/"
    ask("hanako@midori.example", next=there)
    assert client.post(mailed())["Location"] == there


def test_forms_need_the_token_of_the_page(cast):
    client = Client(enforce_csrf_checks=True)
    assert client.post(SIGN_IN, {"email": "hanako@midori.example"}).status_code == 403
    assert HelpTry.objects.count() == 0


def test_agent_and_contact_are_signed_in_side_by_side_and_neither_is_the_other(cast, visit):
    ticket = open_one(cast)
    client = visit(cast.yamada)
    client.force_login(cast.sato.agent)
    assert client.get("/help/").status_code == client.get(f"/tickets/{ticket.number}/").status_code == 200
    client.post("/help/sign-out")
    assert client.get("/help/").status_code == 302 and client.get("/tickets/").status_code == 200
    other = visit(cast.yamada)
    other.force_login(cast.sato.agent)
    other.post("/logout/")
    assert other.get("/help/").status_code == 200 and other.get("/tickets/").status_code == 302


def test_switched_off_there_is_no_help_center(cast, yamada):
    company.edit_organisation({"has_help_center": False}, by=cast.admin)
    for path in ("/help/", SIGN_IN, "/help/new"):
        assert yamada.get(path).status_code == 404
    company.edit_organisation({"has_help_center": True}, by=cast.admin)
    assert yamada.get("/help/").status_code == 200


def test_pages_are_not_kept_in_caches_and_carry_the_strict_policy(cast, yamada):
    answer = yamada.get("/help/")
    assert answer["Cache-Control"] == "private, no-store"
    assert (
        "default-src 'none'" in answer["Content-Security-Policy"]
        and "unsafe-inline" not in answer["Content-Security-Policy"]
    )
    assert answer["X-Frame-Options"] == "DENY"


def test_the_language_is_the_contacts_else_the_browsers_else_the_organisations(cast, yamada):
    assert "お問い合わせはまだありません" in text(yamada.get("/help/"))
    assert "Your requests" in text(yamada.get("/help/", headers={"accept-language": "en-GB"}))
    assert yamada.post("/help/profile", {"language": "en", "time_zone": "Europe/Berlin"}).status_code == 303
    assert "Your requests" in text(yamada.get("/help/", headers={"accept-language": "ja"}))
    assert yamada.post("/help/language", {"language": "ja", "next": "/help/profile"})["Location"] == "/help/profile"
    assert Contact.objects.get(pk=cast.yamada.pk).language == "ja"
    assert yamada.post("/help/profile", {"language": "xx", "time_zone": ""}).status_code == 422
    assert yamada.post("/help/profile", {"language": "", "time_zone": "Mars/Base"}).status_code == 422


def test_what_has_ended_is_deleted(cast):
    with record.at(record.now() - timedelta(days=40)):
        help_sessions.begin(cast.yamada, by_link=True)
        links.make_link("hanako@midori.example")
    help_sessions.begin(cast.takahashi, by_link=True)
    help_sessions.forget_old()
    assert (HelpSession.objects.count(), SignInLink.objects.count()) == (1, 0)


def test_the_job_mails_the_link(cast):
    tasks.mail_sign_in_link("hanako@midori.example", "", "")
    assert OutboundMail.objects.get().recipients == ["hanako@midori.example"]
