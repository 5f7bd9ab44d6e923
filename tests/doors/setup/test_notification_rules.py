"""Settings → Automation → Notifications, and what agents want for themselves (SPEC D9, S8)."""

import re

import pytest
from django.urls import reverse

from madoguchi.models import NotificationPreference, NotificationRule
from madoguchi.organisation.notification_rules import rule_of, set_rule
from madoguchi.people.notifications import preferences_of

RULES, MINE = "/settings/notifications", "/profile/notifications"


def text(response) -> str:
    return response.content.decode()


def switches(page: str) -> dict[str, bool]:
    """Name of each switch → on"""
    found = re.findall(r'<input class="switch"[^>]*name="is" value="([^"]+)"[^>]*?( checked)?[ >]', page)
    return {name: f'name="was" value="{name}"' in page for name, _checked in found}


@pytest.fixture
def tanaka(cast, signed_in):
    return signed_in(cast.tanaka)


def test_the_page_shows_what_the_department_has(cast, tanaka):
    page = text(tanaka.get(RULES))
    assert page.index("共有された問い合わせの受信時") < page.index("問い合わせの作成時")
    for words in (
        "通知ルール",
        "自動化",
        "この部門の管理者だけが変更できます",
        "変更は自動で保存されます",
        "テンプレートは変更できません",
        "部門の担当者全員",
    ):
        assert words in page, words
    on = switches(page)
    assert "shared_received.in_app" not in on and on["shared_received.by_mail"] is False
    assert on["created.in_app"] and not on["created.by_mail"] and on["mentioned.by_mail"]


def test_the_fixed_mail_is_shown_in_both_languages(cast, tanaka):
    page = text(tanaka.get(RULES))
    assert "[#1042] 問い合わせの共有" in page or "[#1042] 共有" in page
    assert "[#1042] Shared ticket: Refund for order 12345" in page and "Full access" in page
    assert page.count("/tickets/1042/") == 2


def test_a_switch_is_saved_by_itself(cast, tanaka):
    asked = {"one": "shared_received.by_mail", "on": "1"}
    answer = tanaka.post(f"{RULES}?department={cast.support.pk}", asked, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (200, {})
    assert rule_of(cast.support, "shared_received").by_mail and not rule_of(cast.billing, "shared_received").by_mail
    asked["on"] = "0"
    tanaka.post(f"{RULES}?department={cast.support.pk}", asked, headers={"Accept": "application/json"})
    assert not rule_of(cast.support, "shared_received").by_mail


def test_without_script_only_what_was_turned_is_saved(cast, tanaka):
    page = text(tanaka.get(RULES))
    was = [name for name, on in switches(page).items() if on]
    set_rule(cast.support, "merged", by_mail=True, by=cast.admin)
    set_rule(cast.support, "moved", in_app=False, by=cast.admin)
    ticked = [name for name in was if name != "created.in_app"] + ["shared_received.by_mail"]
    answer = tanaka.post(RULES, {"is": ticked, "was": was})
    assert answer.status_code == 303 and answer["Location"] == f"{RULES}?department={cast.support.pk}"
    assert not rule_of(cast.support, "created").in_app and rule_of(cast.support, "shared_received").by_mail
    assert rule_of(cast.support, "merged").by_mail and not rule_of(cast.support, "moved").in_app


def test_an_agent_is_told_to_ask_an_administrator(cast, signed_in):
    for actor in (cast.sato, cast.light):
        for answer in (
            signed_in(actor).get(RULES),
            signed_in(actor).post(RULES, {"one": "created.by_mail", "on": "1"}),
        ):
            assert answer.status_code == 403 and "管理者に部門での通知の有効化を依頼してください" in text(answer)
        assert RULES not in text(signed_in(actor).get("/settings/"))
    assert not NotificationRule.objects.exists()


def test_a_supervisor_has_the_rules_of_own_departments_only(cast, tanaka, signed_in):
    other = f"{RULES}?department={cast.billing.pk}"
    assert tanaka.get(other).status_code == 404
    assert tanaka.post(other, {"one": "created.by_mail", "on": "1"}).status_code == 404
    assert not NotificationRule.objects.exists()
    admin = signed_in(cast.admin)
    assert admin.get(other).status_code == 200
    assert admin.post(other, {"one": "created.by_mail", "on": "1"}).status_code == 303
    assert rule_of(cast.billing, "created").by_mail


def test_what_is_not_offered_is_refused_and_nothing_changes(cast, tanaka):
    for one, status in (
        ("shared_received.in_app", 422),
        ("nonsense.in_app", 422),
        ("created.x", 404),
        ("created", 404),
    ):
        answer = tanaka.post(RULES, {"one": one, "on": "1"}, headers={"Accept": "application/json"})
        assert answer.status_code == status, one
    answer = tanaka.post(RULES, {"is": ["created.by_mail", "shared_received.in_app"]})
    assert answer.status_code == 422 and "変更されていません" in text(answer)
    assert not NotificationRule.objects.exists()


def test_the_settings_lead_there(cast, tanaka):
    home = text(tanaka.get("/settings/"))
    assert "自動化" in home and f'href="{RULES}"' in home
    found = tanaka.get("/commands").json()["commands"]
    assert {"/notifications/", RULES, MINE} <= {each.get("href") for each in found}
    rules = next(each for each in found if each.get("href") == RULES)
    assert "tsuuchiruuru" in rules["words"]


def test_agents_switch_off_for_themselves_what_their_departments_send(cast, signed_in):
    sato = signed_in(cast.sato)
    page = text(sato.get(MINE))
    on = switches(page)
    assert on["created.in_app"] and "created.by_mail" not in on and "shared_received.by_mail" not in on
    assert "部門の通知ルールでオフ：メール" in page and "所属する部門ではオフになっています" in page
    answer = sato.post(MINE, {"one": "created.in_app", "on": "0"}, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    wanted = {each.kind.key: each for each in preferences_of(cast.sato.agent)}
    assert not wanted["created"].in_app and wanted["created"].by_mail and wanted["mentioned"].in_app
    was = [name for name, is_on in switches(text(sato.get(MINE))).items() if is_on]
    sato.post(MINE, {"was": was, "is": [*was, "created.in_app"]})
    assert {each.kind.key: each for each in preferences_of(cast.sato.agent)}["created"].in_app


def test_the_mail_about_shared_tickets_is_not_up_to_the_agent(cast, signed_in):
    sato = signed_in(cast.sato)
    answer = sato.post(MINE, {"one": "shared_received.by_mail", "on": "0"}, headers={"Accept": "application/json"})
    assert answer.status_code == 422 and answer.json()["text"]
    assert not NotificationPreference.objects.exists()
    set_rule(cast.support, "shared_received", by_mail=True, by=cast.admin)
    page = text(sato.get(MINE))
    assert "常に送信" in page and "サポートの担当者全員に送信されます" in page


def test_pages_cost_the_same_for_every_department(cast, signed_in, statements):
    few = statements(signed_in(cast.tanaka), RULES), statements(signed_in(cast.sato), MINE)
    assert few[0] <= 4 and few[1] <= 4
    assert statements(signed_in(cast.admin), RULES) <= few[0] + 1
    assert statements(signed_in(cast.admin), MINE) <= few[1] + 2  # rules are kept for a second, but not in tests


def test_the_profile_and_the_notifications_lead_to_each_other(cast, signed_in):
    sato = signed_in(cast.sato)
    assert f'href="{MINE}"' in text(sato.get("/profile/")) and 'href="/profile/"' in text(sato.get(MINE))
    assert reverse("my_notifications") == MINE
