"""The bell lights while one works, goes out in every tab, and mentions are chosen while one writes."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in, soon
from tests.browser.test_live import another, listening, written
from tests.browser.test_pages import violations
from tests.mails import mail

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]
BELL = "desk-bell a.icon-button"
RULE = "SELECT by_mail FROM madoguchi_notificationrule WHERE kind = 'shared_received'"
ASSIGN = """
from madoguchi import tickets; from madoguchi.actor import Actor; from madoguchi.models import Ticket, Agent
by, to = (Agent.objects.for_request().get(email=f"{name}@demo.example") for name in ("tanaka", "sato"))
tickets.assign(Ticket.objects.get(number=101), to, by=Actor(agent=by, door="api"))
"""


def rings(page: Page, n: int) -> None:
    name = f"通知（未読 {n} 件）" if n else "通知"
    expect(page.locator(BELL)).to_have_attribute("aria-label", name, timeout=20_000)
    expect(page.locator(f"{BELL} .icon-button__dot")).to_be_visible(visible=bool(n))


def with_a_ticket_of_sato(page: Page, desk: Desk) -> None:
    desk.imap.deliver(mail("メールの同期についての不具合", message_id="<first@kita.example>"))
    sign_in(page, desk)
    soon(lambda: page.request.get(desk.url + "/tickets/101/").ok)
    desk.wait_until_settled()
    desk.run("shell", "-v0", "-c", ASSIGN)
    soon(lambda: desk.ask("SELECT count(*) FROM madoguchi_notification WHERE kind = 'assigned'") == [(1,)])
    page.request.post(desk.url + "/notifications/read", form=marking(page, all="1"))


def marking(page: Page, **more: str) -> dict[str, str]:
    return {"csrfmiddlewaretoken": page.locator('input[name="csrfmiddlewaretoken"]').first.input_value(), **more}


def test_a_customers_reply_lights_the_bell_and_reading_puts_it_out_in_every_tab(page: Page, desk: Desk):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with_a_ticket_of_sato(page, desk)
    page.goto(desk.url + "/contacts/")
    listening(page)
    other = page.context.new_page()
    other.goto(desk.url + "/profile/")  # hears through the first tab
    rings(page, 0)

    desk.imap.deliver(mail("Re: x", "写真をお送りします。", answers="first@kita.example"))
    for tab in (page, other):
        rings(tab, 1)
        expect(tab.locator(".bell-toasts")).to_contain_text("メールの同期についての不具合")
    assert violations(page) == []
    assert not re.search(r"\(1\)|通知", page.title())

    page.locator(BELL).click()
    expect(page.get_by_role("dialog", name="通知")).to_contain_text("写真をお送りします。")
    expect(page.locator(".bell-toasts toast-message")).to_have_count(0)
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="通知")).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('desk-bell') !== null")
    page.keyboard.press("Space")
    page.get_by_role("button", name="すべて既読にする").click()
    rings(page, 0)
    rings(other, 0)
    expect(other.locator(".bell-toasts toast-message")).to_have_count(0)

    desk.imap.deliver(mail("Re: x", "もう一枚お送りします。", answers="first@kita.example"))
    rings(page, 1)
    expect(page.get_by_role("dialog", name="通知")).to_contain_text("もう一枚お送りします。")
    page.locator(".bell .notification__link").first.click()
    page.wait_for_url(re.compile(r"/tickets/101/#entry-\d+"))
    rings(page, 0)
    rings(other, 0)

    desk.imap.deliver(mail("Re: x", "三枚目です。", answers="first@kita.example"))
    expect(page.locator(".entry", has_text="三枚目です。")).to_be_visible(timeout=20_000)
    soon(lambda: desk.ask("SELECT count(*) FILTER (WHERE read_at IS NULL), count(*) FROM madoguchi_notification"
                          " WHERE kind = 'customer_replied'") == [(0, 3)])  # fmt: skip
    rings(page, 0)
    rings(other, 0)
    expect(page.locator(".bell-toasts toast-message")).to_have_count(0)
    assert errors == []


def test_a_switch_is_saved_when_it_is_turned_and_without_script_by_a_button(page: Page, browser: Browser, desk: Desk):
    sign_in(page, desk, "tanaka@demo.example")
    page.goto(desk.url + "/settings/notifications")
    assert violations(page) == []
    switch = page.get_by_role("switch", name="共有された問い合わせの受信時")
    switch.click()
    expect(page.locator("#rules-said")).to_have_text("保存しました")
    assert desk.ask(RULE) == [(True,)]
    page.reload()
    expect(switch).to_be_checked()
    page.route(
        "**/settings/notifications*",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    switch.click()
    expect(page.locator("#rules-said")).to_have_text("保存できませんでした。もう一度お試しください。")
    expect(switch).to_be_checked()

    context = browser.new_context(storage_state=page.context.storage_state(), java_script_enabled=False, locale="ja-JP")
    bare = context.new_page()
    bare.goto(desk.url + "/settings/notifications")
    bare.get_by_role("switch", name="共有された問い合わせの受信時").uncheck()
    bare.get_by_role("button", name="保存").click()
    expect(bare.get_by_role("switch", name="共有された問い合わせの受信時")).not_to_be_checked()
    assert desk.ask(RULE) == [(False,)]
    bare.locator(BELL).click()
    expect(bare.get_by_role("heading", level=1, name="通知")).to_be_visible()
    bare.get_by_role("link", name="通知の設定").click()
    expect(bare.get_by_role("switch", name="顧客の返信時：メール")).to_be_checked()
    context.close()
    page.goto(desk.url + "/profile/notifications")
    assert violations(page) == []
    page.goto(desk.url + "/notifications/")
    assert violations(page) == []


def test_a_mention_is_chosen_while_writing_and_reaches_who_is_meant(page: Page, browser: Browser, desk: Desk):
    with_a_ticket_of_sato(page, desk)
    tanaka = another(browser, desk, "tanaka@demo.example")
    tanaka.goto(desk.url + "/contacts/")
    listening(tanaka)
    page.goto(desk.url + "/tickets/101/")
    written(page).click()
    page.keyboard.type("@")
    expect(page.locator(".mentions")).to_have_count(0)  # a reply goes to the customer
    page.keyboard.press("Backspace")
    page.locator('.composer a[data-mode="note"]').click()
    choice = page.get_by_role("listbox", name="メンションする担当者")

    page.keyboard.type("お願いします@")
    expect(choice.get_by_role("option")).to_have_count(3)
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(choice).to_be_hidden()
    assert page.evaluate("document.activeElement.isContentEditable")
    page.keyboard.type("t")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")

    page.keyboard.type(" ＠")
    expect(choice).to_be_visible()
    method = page.context.new_cdp_session(page)
    method.send("Input.imeSetComposition", {"text": "たなか", "selectionStart": 3, "selectionEnd": 3})
    expect(choice.get_by_role("option")).to_have_count(3)  # nothing happens while it is composed
    method.send("Input.imeSetComposition", {"text": "田中", "selectionStart": 2, "selectionEnd": 2})
    method.send("Input.insertText", {"text": "田中"})
    expect(choice.get_by_role("option")).to_have_count(1)
    expect(written(page)).to_have_attribute("aria-activedescendant", re.compile("mentions-"))
    page.keyboard.press("Enter")
    expect(choice).to_be_hidden()
    assert written(page).inner_text() == "お願いします @田中 美咲 "
    page.keyboard.type("確認してください")
    page.get_by_role("button", name="コメントを追加").click()
    expect(page.locator(".entry__mention")).to_have_text("@田中 美咲")
    rings(tanaka, 2)  # the new ticket, and this
    tanaka.locator(BELL).click()
    expect(tanaka.locator(".bell .notification").first).to_contain_text("佐藤 健")
    page.locator(".composer [contenteditable=true]").first.click()
    page.locator('.composer a[data-mode="note"]').click()
    page.keyboard.type("@sa")
    expect(choice).to_be_hidden()  # oneself is not offered
    tanaka.context.close()
