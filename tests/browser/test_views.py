"""A custom view made and shared, and many tickets changed at once where one is refused."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in, soon
from tests.browser.test_pages import PHONE, WIDE, violations
from tests.mails import mail

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

SUBJECTS = ("返金のお願い", "返金はまだですか", "領収書の再発行", "見積もりのお願い")


def with_tickets(page: Page, desk: Desk) -> None:
    for subject in SUBJECTS:
        desk.imap.deliver(mail(subject))
    soon(lambda: all(subject in page.request.get(desk.url + "/tickets/").text() for subject in SUBJECTS))


def test_a_view_is_made_shared_and_seen_by_a_colleague(page: Page, browser: Browser, desk: Desk):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    sign_in(page, desk, "tanaka@demo.example")
    with_tickets(page, desk)
    page.goto(desk.url + "/tickets/")
    page.get_by_role("link", name="カスタムビューを作成").click()
    page.get_by_label("ビュー名").fill("返金の件")
    page.get_by_label("条件 1 の項目").select_option("subject")
    expect(page.get_by_label("条件 1 の比較")).to_have_value("contains")
    page.get_by_label("条件 1 の値").fill("返金")
    expect(page.locator("#sample .count")).to_have_text("2")
    page.get_by_role("button", name="条件を追加").click()
    page.get_by_label("条件 2 の項目").select_option("priority")
    page.get_by_role("button", name="条件 2 を削除").click()
    expect(page.get_by_label("条件 2 の項目")).to_have_count(0)
    page.get_by_label("公開範囲", exact=True).select_option("department")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("返金の件")
    expect(page.locator("#rows tr")).to_have_count(2)

    colleague = browser.new_context(locale="ja-JP", viewport=WIDE).new_page()
    sign_in(colleague, desk, "sato@demo.example")
    colleague.goto(desk.url + "/tickets/")
    shared = colleague.get_by_role("link", name="返金の件")
    expect(shared.locator(".views__count")).to_have_text("2")
    shared.click()
    expect(colleague.locator("#rows tr")).to_have_count(2)
    expect(colleague.get_by_role("link", name="ビューを編集")).to_have_count(0)
    assert errors == []


def test_many_at_once_where_one_is_refused(page: Page, desk: Desk):
    sign_in(page, desk)
    with_tickets(page, desk)
    page.goto(desk.url + "/tickets/")
    expect(page.locator("bulk-bar")).to_be_hidden()
    boxes = page.locator("#rows input[name=ids]")
    boxes.first.click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator(".bulk__count")).to_have_text("3 件を選択中")
    page.keyboard.press("x")
    expect(page.locator(".bulk__count")).to_have_text("2 件を選択中")
    page.get_by_label("このページのすべてを選択").check()
    expect(page.locator(".bulk__count")).to_have_text("4 件を選択中")
    gone = boxes.first.get_attribute("value")
    desk.run("shell", "-c", f"from madoguchi.models import Ticket; from django.utils import timezone; Ticket.objects.filter(pk={gone}).update(trashed_at=timezone.now())")  # fmt: skip
    page.locator("bulk-bar summary", has_text="優先度").click()
    page.locator("bulk-bar").get_by_role("button", name="緊急").click()
    expect(page.get_by_role("alert")).to_contain_text("3件を変更、1件は変更できませんでした")
    expect(page.locator("#rows .priority--urgent")).to_have_count(3)
    page.goto(desk.url + "/tickets/")
    page.get_by_label("このページのすべてを選択").check()
    page.locator("bulk-bar").get_by_role("button", name="完了にする").click()
    expect(page.get_by_text("3件の問い合わせを完了にしました")).to_be_visible()
    expect(page.locator("#rows tr")).to_have_count(0)


def test_list_form_and_bulk_bar_are_accessible_in_both_themes_and_on_a_phone(page: Page, browser: Browser, desk: Desk):
    sign_in(page, desk, "tanaka@demo.example")
    with_tickets(page, desk)
    wrong = []
    for scheme, size in (("light", WIDE), ("dark", WIDE), ("dark", PHONE)):
        context = browser.new_context(
            storage_state=page.context.storage_state(), color_scheme=scheme, locale="ja-JP", viewport=size, bypass_csp=True, reduced_motion="reduce"
        )  # fmt: skip
        view = context.new_page()
        for path in (
            "/tickets/?view=all&channel=Email&sort=due",
            "/tickets/views/new?view=open&channel=Email",
            "/tickets/",
        ):
            view.goto(desk.url + path)
            if "new" not in path:
                view.locator("#rows input[name=ids]").first.check()
                wrong += [f"{path} {scheme} {size['width']}, ticked: {found}" for found in violations(view)]
                view.locator("#rows input[name=ids]").first.uncheck()
                view.locator(".list-page__head summary").first.click()
            if view.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{path} {scheme} {size['width']}: scrolls sideways")
            wrong += [f"{path} {scheme} {size['width']}: {found}" for found in violations(view)]
        context.close()
    assert wrong == []


def test_without_javascript_rows_are_changed_and_a_view_is_made(page: Page, browser: Browser, desk: Desk):
    sign_in(page, desk)
    with_tickets(page, desk)
    bare = browser.new_context(
        storage_state=page.context.storage_state(), java_script_enabled=False, locale="ja-JP", viewport=WIDE
    ).new_page()
    bare.goto(desk.url + "/tickets/")
    bare.locator("#rows input[name=ids]").first.check()
    bare.locator("bulk-bar summary", has_text="優先度").click()
    bare.locator("bulk-bar").get_by_role("button", name="高").click()
    expect(bare.locator("#rows .priority--high")).to_have_count(1)
    bare.goto(desk.url + "/tickets/views/new")
    bare.get_by_label("ビュー名").fill("自分用")
    bare.get_by_role("button", name="条件を追加").click()
    bare.get_by_label("条件 2 の項目").select_option("priority")
    bare.get_by_role("button", name="表示を更新").click()
    bare.get_by_label("条件 2 の値").select_option("High")
    bare.get_by_role("button", name="保存", exact=True).click()
    expect(bare.locator("#rows tr")).to_have_count(1)
