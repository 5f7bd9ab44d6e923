"""A rule made in the browser, and what the worker does with it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in, soon
from tests.browser.test_pages import PHONE, WIDE, violations
from tests.mails import mail

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]


def make_rule(page: Page, desk: Desk) -> None:
    page.goto(desk.url + "/settings/rules")
    page.get_by_role("link", name="ルールを追加").click()
    page.get_by_label("ルール名").fill("返金の札")
    page.get_by_label("問い合わせの作成時").check()
    page.get_by_role("button", name="条件を追加").click()
    page.get_by_label("条件 1 の項目").select_option("subject")
    expect(page.get_by_label("条件 1 の比較")).to_have_value("contains")
    page.get_by_label("条件 1 の値").fill("返金")
    page.get_by_label("処理 1", exact=True).select_option("tag")
    page.get_by_label("処理 1 のタグ").fill("返金、要確認")
    page.get_by_role("button", name="処理を追加").click()
    page.get_by_label("処理 2", exact=True).select_option("comment")
    page.get_by_label("処理 2 のテキスト").fill("#{{ticket.number}} を確認してください")
    page.get_by_role("button", name="処理を追加").click()
    page.get_by_role("button", name="処理 3 を削除").click()
    expect(page.get_by_label("処理 3", exact=True)).to_have_count(0)
    expect(page.get_by_label("処理 1 のタグ")).to_have_value("返金、要確認")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("link", name="返金の札")).to_be_visible()
    page.wait_for_timeout(1_200)  # each process keeps for a second which events rules listen to


def test_a_rule_is_made_and_the_next_mail_gets_its_tag(page: Page, desk: Desk) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    sign_in(page, desk, "tanaka@demo.example")
    make_rule(page, desk)
    desk.imap.deliver(mail("領収書のお願い"))
    desk.imap.deliver(mail("返金のお願い"))
    log = desk.url + "/settings/rules/log"
    soon(lambda: "返金のお願い" in page.request.get(log).text())
    page.goto(log)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody .badge")).to_have_text("実行")
    page.get_by_role("link", name="返金のお願い").click()
    expect(page.get_by_text("自動化「返金の札」").first).to_be_visible()
    expect(page.locator(".tag", has_text="要確認").first).to_be_visible()
    page.goto(desk.url + "/settings/rules")
    page.get_by_role("switch", name="返金の札").click()
    expect(page.get_by_role("switch", name="返金の札")).to_have_attribute("aria-checked", "false")
    assert errors == []


def test_the_pages_of_rules_are_accessible_in_both_themes_and_on_a_phone(
    page: Page, browser: Browser, desk: Desk
) -> None:
    sign_in(page, desk, "tanaka@demo.example")
    make_rule(page, desk)
    desk.imap.deliver(mail("返金のお願い"))
    soon(lambda: "返金のお願い" in page.request.get(desk.url + "/settings/rules/log").text())
    ((rule,),) = desk.ask("SELECT id FROM madoguchi_rule")
    wrong = []
    for scheme, size in (("light", WIDE), ("dark", WIDE), ("dark", PHONE)):
        context = browser.new_context(
            storage_state=page.context.storage_state(), color_scheme=scheme, locale="ja-JP", viewport=size, bypass_csp=True, reduced_motion="reduce"
        )  # fmt: skip
        view = context.new_page()
        for path in ("rules", "rules/new", f"rules/{rule}", "rules/log", f"rules/{rule}/log"):
            view.goto(f"{desk.url}/settings/{path}")
            if view.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{path} {scheme} {size['width']}: scrolls sideways")
            wrong += [f"{path} {scheme} {size['width']}: {found}" for found in violations(view)]
        context.close()
    assert wrong == []
