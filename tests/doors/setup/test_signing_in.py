"""Login, second factor, forgotten passwords (SECURITY.md)."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from madoguchi.kit.letters import parse
from madoguchi.models import Agent, Organisation, OutboundMail
from madoguchi.organisation import current

PASSWORD = "とても長い合言葉です2026"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def own_post(settings):
    settings.EMAIL_BACKEND = "madoguchi.reactions.post.backend.DeskBackend"


@pytest.fixture
def sato(cast) -> Agent:
    agent = cast.sato.agent
    agent.set_password(PASSWORD)
    agent.save()
    return agent


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"accept-language": "ja"})


def log_in(visitor: Client, email: str = "sato@demo.example", password: str = PASSWORD, **more: str):
    return visitor.post(reverse("account_login"), {"login": email, "password": password, **more})


def code_now(secret: str, ahead: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + ahead))


def guard(visitor: Client) -> str:
    """Switch the authenticator app on by the pages; the secret."""
    page = visitor.get(reverse("mfa_activate_totp"))
    if page.status_code == 302:
        visitor.post(page["Location"], {"password": PASSWORD})
        page = visitor.get(reverse("mfa_activate_totp"))
    secret = page.context_data["form"].secret
    assert visitor.post(reverse("mfa_activate_totp"), {"code": code_now(secret)}).status_code == 302
    return secret


def test_the_right_password_lets_in_and_a_page_asked_for_follows(visitor, sato):
    assert visitor.get(reverse("company"))["Location"] == "/login/?next=%2Fsettings%2Fcompany"
    answer = log_in(visitor, next="/profile/")
    assert (answer.status_code, answer["Location"]) == (302, "/profile/")
    assert visitor.get("/profile/").status_code == 200


def test_a_foreign_address_does_not_follow(visitor, sato):
    assert log_in(visitor, next="https://evil.example/")["Location"] == "/"


def test_staying_signed_in_is_a_choice(visitor, sato):
    log_in(visitor)
    assert visitor.session.get_expire_at_browser_close()
    visitor.logout()
    log_in(visitor, remember="on")
    assert not visitor.session.get_expire_at_browser_close()


def test_known_and_unknown_addresses_get_the_same_answer(visitor, sato):
    def answer(email: str) -> str:
        page = log_in(visitor, email, "falsch-falsch-falsch")
        assert page.status_code == 200 and "_auth_user_id" not in visitor.session
        text = page.content.decode().replace(email, "…")
        return text[text.index("<main") : text.index("csrfmiddlewaretoken")]

    assert answer("sato@demo.example") == answer("nobody@demo.example")
    assert 'role="alert"' in answer("sato@demo.example")


def test_forgotten_passwords_answer_the_same_for_known_and_unknown_addresses(visitor, sato):
    def answer(email: str) -> tuple[int, str]:
        page = visitor.post(reverse("account_reset_password"), {"email": email})
        return page.status_code, page.headers.get("Location", "")

    assert answer("sato@demo.example") == answer("nobody@demo.example") == (302, reverse("account_reset_password_done"))
    assert [m.recipients for m in OutboundMail.objects.all()] == [["sato@demo.example"]]


def test_the_mailed_link_works_once(visitor, sato):
    visitor.post(reverse("account_reset_password"), {"email": "sato@demo.example"})
    letter = parse(bytes(OutboundMail.objects.get().raw))
    text = letter.text
    assert letter.subject == "パスワードの再設定" and "佐藤 健 様" in text
    path = text[text.index("/password/reset/key/") :].split()[0]
    form = visitor.get(path)["Location"]
    new = "別のとても長い合言葉2026"
    assert visitor.post(form, {"password1": new, "password2": new}).status_code == 302
    sato.refresh_from_db()
    assert sato.check_password(new)
    assert "このリンクは使えません" in Client(headers={"accept-language": "ja"}).get(path).content.decode()


def test_guessing_is_stopped(visitor, sato):
    for _try in range(6):
        log_in(visitor, password="falsch-falsch-falsch")
    page = log_in(visitor)
    assert "_auth_user_id" not in visitor.session
    assert page.status_code in (200, 429)


def test_a_storm_of_tries_is_answered_with_429(visitor, sato):
    answers = [log_in(visitor, email=f"nobody{n}@demo.example", password="x").status_code for n in range(31)]
    assert answers[0] == 200 and answers[-1] == 429
    assert "試行回数が多すぎます" in log_in(visitor).content.decode()


def test_the_authenticator_app_is_asked_for(visitor, sato):
    log_in(visitor)
    secret = guard(visitor)
    assert secret not in str(Authenticator.objects.get(type="totp").data)
    visitor.logout()
    cache.clear()
    answer = log_in(visitor)
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert visitor.get(reverse("company")).status_code == 302
    assert visitor.get(reverse("mfa_authenticate")).status_code == 200
    wrong = visitor.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 200 and "_auth_user_id" not in visitor.session
    assert visitor.post(reverse("mfa_authenticate"), {"code": code_now(secret)}).status_code == 302
    assert visitor.get(reverse("profile")).status_code == 200


def test_a_recovery_code_works_once_and_the_app_can_be_switched_off(visitor, sato):
    log_in(visitor)
    guard(visitor)
    page = visitor.get(reverse("mfa_view_recovery_codes"))
    code = page.context_data["unused_codes"][0]
    assert code in page.content.decode() and visitor.get(reverse("mfa_index")).status_code == 200
    for tries, lets_in in ((1, True), (2, False)):
        visitor.logout()
        cache.clear()
        log_in(visitor)
        visitor.post(reverse("mfa_authenticate"), {"code": code})
        assert ("_auth_user_id" in visitor.session) is lets_in, tries
    visitor.force_login(sato)
    log_in(visitor)


def test_every_page_about_oneself_speaks_both_languages(visitor, sato):
    log_in(visitor)
    visitor.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    names = ["account_logout", "account_change_password", "account_reauthenticate", "mfa_index", "mfa_activate_totp"]
    for language, word in (("ja", "個人設定"), ("en", "My settings")):
        Agent.objects.update(language=language)
        for name in names:
            page = visitor.get(reverse(name))
            assert page.status_code == 200 and f'lang="{language}"' in page.content.decode()
        assert word in page.content.decode()


@pytest.mark.parametrize(
    ("accepts", "word"), [("ja", "お忘れですか"), ("en-GB,en", "Forgot it?"), ("fr", "お忘れですか")]
)
def test_the_login_page_speaks_the_browsers_language_else_the_organisations(cast, accepts, word):
    assert word in Client(headers={"accept-language": accepts}).get("/login/").content.decode()


def test_the_language_can_be_chosen_before_signing_in(cast, visitor):
    answer = visitor.post(reverse("language"), {"language": "en", "next": "/login/?next=/profile/"})
    assert answer["Location"] == "/login/?next=/profile/"
    assert "Forgot it?" in visitor.get("/login/").content.decode()
    assert visitor.post(reverse("language"), {"language": "xx"}).status_code == 404
    assert (
        visitor.post(reverse("language"), {"language": "ja", "next": "https://evil.example"})["Location"] == "/login/"
    )


def test_the_organisations_language_is_the_last_resort(cast):
    Organisation.objects.update(language="en")
    current.forget()
    assert "Forgot it?" in Client(headers={"accept-language": "fr"}).get("/login/").content.decode()


def test_the_demo_password_opens_the_demo_desk_only(cast, visitor):
    log_in(visitor, password="madoguchi-demo")
    assert "_auth_user_id" not in visitor.session
    assert "madoguchi-demo" not in visitor.get("/login/").content.decode()
    Organisation.objects.update(is_demo=True)
    current.forget()
    page = visitor.get("/login/").content.decode()
    assert "madoguchi-demo" in page and "sato@demo.example" in page
    log_in(visitor, password="madoguchi-demo")
    assert "_auth_user_id" in visitor.session


@pytest.mark.parametrize("path", ["/signup/", "/email/", "/confirm-email/", "/confirm-email/abc/"])
def test_nobody_signs_up_or_changes_address_by_themselves(cast, visitor, signed_in, path):
    for each in (visitor, signed_in(cast.sato)):
        answers = [each.get(path), each.post(path, {"email": "x@demo.example"})]
        assert all(a.status_code == 404 or a["Location"].startswith("/login/") for a in answers)
    assert Agent.objects.count() == 6


def test_a_deactivated_agent_is_told_so_with_the_right_password_only(visitor, sato):
    Agent.objects.filter(pk=sato.pk).update(is_active=False)
    assert log_in(visitor, password="falsch-falsch-falsch").status_code == 200
    assert log_in(visitor)["Location"] == reverse("account_inactive")
    assert "無効" in visitor.get(reverse("account_inactive")).content.decode()
    assert "_auth_user_id" not in visitor.session


def test_signing_out_needs_a_post(visitor, sato):
    log_in(visitor)
    assert visitor.get(reverse("account_logout")).status_code == 200 and "_auth_user_id" in visitor.session
    assert visitor.post(reverse("account_logout"))["Location"] == "/login/"
    assert "_auth_user_id" not in visitor.session


def test_the_link_to_a_new_password_leads_to_the_desk_whatever_host_was_named(visitor, sato, settings):
    visitor.post(reverse("account_reset_password"), {"email": "sato@demo.example"}, headers={"host": "evil.example"})
    text = parse(bytes(OutboundMail.objects.get().raw)).text
    assert "evil.example" not in text
    assert f"{settings.URL}/password/reset/key/" in text
