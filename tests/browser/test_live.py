"""Two agents at once: what one does appears at the other, who is there shows, and a restart or sign-out is survived."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in, soon
from tests.mails import mail

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]


def another(browser: Browser, desk: Desk, email: str) -> Page:
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, desk, email)
    return page


def with_a_ticket(page: Page, desk: Desk) -> None:
    desk.imap.deliver(mail("メールの同期についての不具合", message_id="<first@kita.example>"))
    sign_in(page, desk)
    soon(lambda: page.request.get(desk.url + "/tickets/101/").ok)


def written(page: Page) -> Any:
    return page.locator(".composer [contenteditable=true]").first


def listening(page: Page) -> None:
    """Until the page's browser has its live stream."""
    expect(page.locator("live-desk")).to_have_attribute("data-state", "back")


def test_two_agents_on_one_ticket_see_each_other_and_what_the_other_writes(page: Page, browser: Browser, desk: Desk):
    with_a_ticket(page, desk)
    tanaka = another(browser, desk, "tanaka@demo.example")
    for each in (page, tanaka):
        each.goto(desk.url + "/tickets/101/")
    expect(page.locator("#presence")).to_contain_text("田中 美咲 さんが閲覧中")
    expect(tanaka.locator("#presence")).to_contain_text("佐藤 健 さんが閲覧中")
    written(page).click()
    page.keyboard.type("書きかけの返信")
    expect(tanaka.locator("#presence")).to_contain_text("佐藤 健 さんが入力中")

    desk.imap.deliver(mail("Re: x", "写真をお送りします。", answers="first@kita.example"))
    expect(page.get_by_text("写真をお送りします。").first).to_be_visible(timeout=15000)
    expect(tanaka.get_by_text("写真をお送りします。").first).to_be_visible()
    expect(written(page)).to_have_text("書きかけの返信")
    assert page.evaluate("document.activeElement.isContentEditable")
    expect(page.locator("#live-said")).to_contain_text("新しいメッセージ")

    tanaka.get_by_role("button", name="完了にする").first.click()
    expect(page.get_by_role("button", name="再開").first).to_be_visible()
    tanaka.goto(desk.url + "/")
    expect(page.locator("#presence")).to_have_text("")
    tanaka.context.close()


def test_the_list_follows_and_its_reader_is_not_pushed_about(page: Page, browser: Browser, desk: Desk):
    with_a_ticket(page, desk)
    page.goto(desk.url + "/tickets/")
    listening(page)
    desk.imap.deliver(mail("二件目の問い合わせ", message_id="<second@kita.example>"))
    expect(page.get_by_role("link", name="二件目の問い合わせ")).to_be_visible(timeout=15000)
    expect(page.locator("#views [aria-current] .views__count")).to_have_text("2")

    tanaka = another(browser, desk, "tanaka@demo.example")
    tanaka.goto(desk.url + "/tickets/102/")
    tanaka.get_by_role("button", name="完了にする").first.click()
    expect(page.get_by_role("link", name="二件目の問い合わせ")).to_have_count(0)

    page.locator("#rows input[name=ids]").first.check()
    desk.imap.deliver(mail("三件目の問い合わせ", message_id="<third@kita.example>"))
    bar = page.get_by_role("button", name="新着 1 件")
    expect(bar).to_be_visible(timeout=15000)
    expect(page.get_by_role("link", name="三件目の問い合わせ")).to_have_count(0)
    bar.click()
    expect(page.get_by_role("link", name="三件目の問い合わせ")).to_be_visible()
    expect(page.locator("#rows input:checked")).to_have_count(1)

    page.goto(desk.url + "/tickets/101/")
    listening(page)
    page.locator("desk-bell a.icon-button").click()
    expect(page.locator("desk-bell [data-ticket='101']")).to_have_count(1)
    page.keyboard.press("Escape")
    admin = another(browser, desk, "admin@demo.example")
    admin.goto(desk.url + "/tickets/101/?edit=move")
    admin.locator("#move-form select").select_option(label="経理")
    admin.get_by_role("dialog").get_by_role("button", name="移動").click()
    expect(page.get_by_role("heading", name="この内容は表示できなくなりました")).to_be_visible()
    expect(page.locator("#content").get_by_text("業務用の携帯電話")).to_have_count(0)
    expect(page.locator("desk-bell [data-ticket='101']")).to_have_count(0)


def test_a_restart_is_caught_up_with_and_a_sign_out_ends_the_stream(page: Page, browser: Browser, desk: Desk):
    with_a_ticket(page, desk)
    tanaka = another(browser, desk, "tanaka@demo.example")
    page.goto(desk.url + "/tickets/101/")
    listening(page)
    desk.close()
    code = """
from madoguchi import tickets; from madoguchi.actor import Actor; from madoguchi.models import Ticket, Agent
agent = Agent.objects.for_request().get(email="tanaka@demo.example")
tickets.comment(Ticket.objects.get(number=101), "停止中に書いたメモ", by=Actor(agent=agent, door="api"))
"""
    desk.run("shell", "-v0", "-c", code)
    desk.open()
    expect(page.get_by_text("停止中に書いたメモ").first).to_be_visible(timeout=20000)
    other = page.context.new_page()
    other.goto(desk.url + "/")
    other.evaluate("document.querySelector('form[action$=\"/logout/\"]').requestSubmit()")
    other.wait_for_url("**/login/**")
    expect(page.get_by_text("サインアウトしました。")).to_be_visible(timeout=15000)
    assert json.loads(page.evaluate("JSON.stringify(document.querySelector('.live-notice--out a').href)")).endswith(
        "/login/?next=%2Ftickets%2F101%2F"
    )
    assert tanaka.request.get(desk.url + "/tickets/101/").ok
