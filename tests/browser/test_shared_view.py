"""The shared view as the receiving department has it: its pop-up, live; and the custom view of what is shared with others."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in, soon
from tests.browser.test_pages import PHONE, WIDE, violations
from tests.mails import mail

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

SHARE = """
from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.models import Agent, Department, Permission, Ticket
by = Actor(agent=Agent.objects.for_request().get(email="sato@demo.example"), door="page")
ticket, billing = Ticket.objects.get(number={number}), Department.objects.get(name="経理")
"""
GIVE = SHARE + 'tickets.share(ticket, [tickets.Wish(billing, Permission.{level}, reason="決済状況の確認")], by=by)'
TAKE = SHARE + "tickets.unshare(ticket, [billing], by=by)"


def with_two(page: Page, desk: Desk) -> None:
    for subject in ("返金のお願い", "領収書の再発行"):
        desk.imap.deliver(mail(subject))
    soon(lambda: page.request.get(desk.url + "/tickets/102/").ok)


def test_the_shared_view_shows_how_and_follows_what_is_shared(page: Page, browser: Browser, desk: Desk):
    errors: list[str] = []
    sign_in(page, desk)
    with_two(page, desk)
    desk.run("shell", "-c", GIVE.format(number=101, level="RESTRICTED"))
    reader = browser.new_context(locale="ja-JP", viewport=WIDE, reduced_motion="reduce").new_page()
    reader.on("pageerror", lambda error: errors.append(str(error)))
    reader.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    sign_in(reader, desk, "suzuki@demo.example")
    reader.goto(desk.url + "/tickets/")
    view = reader.get_by_role("link", name="共有された問い合わせ")
    expect(view.locator(".views__count")).to_have_text("1")
    expect(reader.locator("#rows tr")).to_have_count(0)
    view.click()
    expect(reader.locator("#rows tr")).to_have_count(1)
    details = reader.get_by_role("group", name="共有の詳細")
    expect(details).to_be_hidden()
    reader.locator("td").get_by_role("button", name="#101 の共有の詳細").click()
    expect(details).to_be_visible()
    for words in ("サポート", "佐藤 健", "制限付きアクセス", "決済状況の確認", "なし"):
        expect(details).to_contain_text(words)
    assert violations(reader) == []
    reader.keyboard.press("Escape")
    expect(details).to_be_hidden()

    desk.run("shell", "-c", GIVE.format(number=102, level="FULL"))
    expect(reader.locator("#rows tr")).to_have_count(2)
    expect(view.locator(".views__count")).to_have_text("2")
    desk.run("shell", "-c", TAKE.format(number=101))
    expect(reader.locator("#rows tr")).to_have_count(1)
    expect(view.locator(".views__count")).to_have_text("1")
    reader.get_by_role("link", name="領収書の再発行").click()
    expect(reader.locator(".queue__view")).to_contain_text("共有された問い合わせ")
    reader.get_by_role("link", name="未完了", exact=True).click()
    expect(reader.locator(".queue__list .ticket-row")).to_have_count(1)
    desk.run("shell", "-c", TAKE.format(number=102))
    soon(lambda: reader.request.get(desk.url + "/tickets/102/").status == 404)
    reader.goto(desk.url + "/tickets/?view=shared")
    expect(reader.get_by_text("この部門に共有された問い合わせはありません")).to_be_visible()
    assert violations(reader) == []
    assert [error for error in errors if "404" not in error] == []


def test_the_pop_up_opens_on_a_phone_and_in_the_dark(page: Page, browser: Browser, desk: Desk):
    sign_in(page, desk)
    with_two(page, desk)
    desk.run("shell", "-c", GIVE.format(number=101, level="READ"))
    context = browser.new_context(locale="ja-JP", viewport=PHONE, color_scheme="dark", reduced_motion="reduce")
    phone = context.new_page()
    sign_in(phone, desk, "suzuki@demo.example")
    phone.goto(desk.url + "/tickets/?view=shared")
    phone.get_by_role("button", name="#101 の共有の詳細").click()
    details = phone.get_by_role("group", name="共有の詳細")
    expect(details).to_contain_text("読み取り専用アクセス")
    box = details.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(phone) == []


def test_what_is_shared_with_others_is_filtered_and_made_a_view(page: Page, desk: Desk):
    sign_in(page, desk)
    with_two(page, desk)
    desk.run("shell", "-c", GIVE.format(number=101, level="FULL"))
    page.goto(desk.url + "/tickets/")
    page.locator("summary", has_text="絞り込み").click()
    page.get_by_label("他のユーザーに共有済み").select_option("true")
    page.get_by_role("button", name="適用").first.click()
    expect(page.locator("#rows tr")).to_have_count(1)
    page.get_by_role("link", name="ビューとして保存").click()
    expect(page.locator("#sample .count")).to_have_text("1")
    expect(page.locator("#sample")).to_contain_text("経理")
    page.get_by_label("ビュー名").fill("共有済みで未完了")
    page.get_by_label("条件 2 の値").select_option("false")
    expect(page.locator("#sample .count")).to_have_text("1")
    expect(page.locator("#sample")).to_contain_text("領収書の再発行")
    page.get_by_label("条件 2 の値").select_option("true")
    expect(page.locator("#sample")).to_contain_text("返金のお願い")
    assert violations(page) == []
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("共有済みで未完了")
    expect(page.locator("#rows tr")).to_contain_text("経理")
