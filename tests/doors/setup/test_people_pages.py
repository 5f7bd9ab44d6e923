"""Agents, invitations, the profile, API tokens."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.models import Agent, ApiToken, Event, Role
from madoguchi.people import agents, tokens


def invited(cast, admin) -> tuple[Agent, str]:
    """An agent added by the form, and the link the page shows."""
    typed = {
        "last_name": "木村", "first_name": "翔", "email": "kimura@demo.example", "language": "ja",
        "role": Role.objects.get(base="agent").pk, "departments": [cast.support.pk],
    }  # fmt: skip
    answer = admin.post(reverse("new_agent"), typed)
    assert answer.status_code == 303
    link = re.search(r'value="([^"]+/password/reset/key/[^"]+)"', admin.get(answer["Location"]).content.decode())
    assert link is not None
    return Agent.objects.get(email="kimura@demo.example"), link[1]


def follow(link: str, password: str) -> tuple[Client, object]:
    """Open the link in a fresh browser and choose a password."""
    browser = Client(headers={"accept-language": "ja"})
    page = browser.get("/" + link.split("/", 3)[3])
    if page.status_code == 302:
        page = browser.post(page["Location"], {"password1": password, "password2": password})
    return browser, page


def test_an_invitation_lets_the_agent_in_once(cast, admin):
    agent, link = invited(cast, admin)
    browser, answer = follow(link, "とても長い合言葉です2026")
    assert answer.status_code == 302 and browser.get(reverse("setup")).status_code == 200
    agent.refresh_from_db()
    assert agent.is_confirmed and agent.check_password("とても長い合言葉です2026")
    _browser, again = follow(link, "もうひとつの合言葉です2026")
    assert "このリンクは使えません" in again.content.decode()
    assert Agent.objects.get(pk=agent.pk).check_password("とても長い合言葉です2026")


def test_the_link_is_shown_this_one_time_and_in_no_history(cast, admin):
    agent, link = invited(cast, admin)
    assert "/password/reset/key/" not in admin.get(reverse("agent", args=[agent.pk])).content.decode()
    key = link.rstrip("/").rsplit("-", 1)[1]
    assert key not in str(list(Event.objects.values("before", "after")))


@pytest.mark.parametrize("password", ["madoguchi-demo", "short", "password1234", "kimura@demo.example"])
def test_weak_passwords_are_refused(cast, admin, password):
    agent, link = invited(cast, admin)
    _browser, page = follow(link, password)
    assert page.status_code == 200 and 'role="alert"' in page.content.decode()
    agent.refresh_from_db()
    assert not agent.is_confirmed and not agent.has_usable_password()


def test_a_link_of_a_deactivated_agent_lets_nobody_in(cast, admin):
    agent, link = invited(cast, admin)
    agents.deactivate_agent(agent, by=cast.admin)
    browser, _page = follow(link, "とても長い合言葉です2026")
    assert browser.get(reverse("setup")).status_code == 302


def test_an_agent_is_changed_deactivated_and_taken_back(cast, admin):
    address = reverse("agent", args=[cast.sato.agent.pk])
    typed = {
        "last_name": "佐藤", "first_name": "健太", "email": "sato@demo.example", "language": "en",
        "role": Role.objects.get(base="supervisor").pk, "departments": [cast.billing.pk],
    }  # fmt: skip
    assert admin.post(address, typed).status_code == 303
    agent = Agent.objects.for_request().get(pk=cast.sato.agent.pk)
    assert (agent.first_name, agent.role.base, agent.department_ids) == (
        "健太",
        "supervisor",
        frozenset([cast.billing.pk]),
    )
    assert admin.post(reverse("do_agent", args=[agent.pk, "deactivate"])).status_code == 303
    assert "佐藤 健太" in admin.get(reverse("agents") + "?show=inactive").content.decode()
    assert admin.post(reverse("do_agent", args=[agent.pk, "reactivate"])).status_code == 303
    assert Agent.objects.get(pk=agent.pk).is_active


def test_the_last_administrator_is_kept_at_the_field(cast, admin):
    typed = {
        "last_name": "管理", "email": "admin@demo.example", "language": "ja",
        "role": Role.objects.get(base="agent").pk,
    }  # fmt: skip
    page = admin.post(reverse("agent", args=[cast.admin.agent.pk]), typed)
    assert page.status_code == 422 and "最後の管理者です" in page.content.decode()
    assert Agent.objects.get(pk=cast.admin.agent.pk).is_administrator


def test_the_session_of_a_deactivated_agent_ends(cast, signed_in):
    browser = signed_in(cast.sato)
    assert browser.get(reverse("profile")).status_code == 200
    agents.deactivate_agent(cast.sato.agent, by=cast.admin)
    answer = browser.get(reverse("profile"))
    assert answer.status_code == 302 and answer["Location"].startswith("/login/")


def test_who_signs_in_with_a_one_time_password_chooses_another_first(cast, signed_in):
    agent, password = agents.make_administrator("sato@demo.example", by=cast.admin)
    browser = signed_in(cast.actor(agent))
    for name in ("home", "company", "profile"):
        assert browser.get(reverse(name))["Location"] == reverse("account_change_password")
    new = "とても長い合言葉です2026"
    typed = {"oldpassword": password, "password1": new, "password2": new}
    assert browser.post(reverse("account_change_password"), typed)["Location"] == reverse("profile")
    assert browser.get(reverse("company")).status_code == 200


def test_language_and_theme_change_at_once(cast, signed_in):
    browser = signed_in(cast.light)
    typed = {"last_name": "森", "first_name": "葵", "language": "en", "time_zone": "Europe/Berlin", "theme": "dark"}
    assert browser.post(reverse("profile"), typed).status_code == 303
    page = browser.get(reverse("profile")).content.decode()
    assert '<html lang="en" data-theme="dark">' in page and "Saved." in page
    bad = browser.post(reverse("profile"), {**typed, "time_zone": "Mars/Base"})
    assert bad.status_code == 422 and Agent.objects.get(pk=cast.light.agent.pk).time_zone == "Europe/Berlin"


def test_nobody_gives_themselves_a_role_or_address_by_the_profile(cast, signed_in):
    typed = {
        "last_name": "森", "language": "ja", "time_zone": "Asia/Tokyo", "theme": "auto", "is_active": "",
        "role": Role.objects.get(base="administrator").pk, "email": "admin2@demo.example",
    }  # fmt: skip
    signed_in(cast.light).post(reverse("profile"), typed)
    agent = Agent.objects.get(pk=cast.light.agent.pk)
    assert (agent.role.base, agent.email, agent.is_active) == ("light", "light@demo.example", True)


def test_a_token_is_shown_once_and_works_until_it_is_revoked(cast, signed_in):
    browser = signed_in(cast.sato)
    page = browser.post(reverse("api_tokens"), {"name": "在庫連携", "days": "30"})
    secret = re.search(r'value="(mdg_[\w-]+)"', page.content.decode())[1]
    assert page["Cache-Control"] == "no-store" and tokens.agent_of(secret).agent == cast.sato.agent
    assert secret not in browser.get(reverse("api_tokens")).content.decode()
    token = ApiToken.objects.get()
    assert (token.expires_at - token.created_at).days in (29, 30)
    assert browser.post(reverse("revoke_token", args=[token.pk])).status_code == 303
    assert tokens.agent_of(secret) is None


def test_nobody_sees_or_revokes_the_tokens_of_others(cast, signed_in):
    token, _secret = tokens.make_token(cast.sato.agent, "在庫連携", by=cast.sato)
    for who in (cast.admin, cast.tanaka):
        browser = signed_in(who)
        assert "在庫連携" not in browser.get(reverse("api_tokens")).content.decode()
        assert browser.post(reverse("revoke_token", args=[token.pk])).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None
