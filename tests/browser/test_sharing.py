"""The seed's story in two browsers: support shares a ticket, billing answers it, loses rights, and loses it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in
from tests.browser.test_live import another, listening, written
from tests.browser.test_merging import look
from tests.browser.test_pages import WIDE

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

SUBJECT = "注文に失敗したのにカードに未決済の請求があります"
STORY = """
from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.models import Contact, Department
contact, support = Contact.objects.get(last_name="高橋"), Department.objects.get(name="サポート")
tickets.open_ticket(department=support, contact=contact, subject="注文に失敗したのにカードに未決済の請求があります", channel="Email",
    message={"text": "48,400 円の未決済の請求が残っています。", "from_name": "高橋 誠", "from_address": "makoto@kita.example"},
    by=Actor(contact=contact, door="mail"))
"""


def test_support_shares_a_ticket_and_billing_works_on_it_until_it_ends(page: Page, browser: Browser, desk: Desk):
    desk.run("shell", "-v0", "-c", STORY)
    sign_in(page, desk)
    page.goto(desk.url + "/tickets/101/")
    listening(page)
    suzuki = another(browser, desk, "suzuki@demo.example")
    assert suzuki.goto(desk.url + "/tickets/101/").status == 404

    page.get_by_label("その他の処理").click()
    expect(page.get_by_text("その他の操作")).to_be_visible()
    page.get_by_role("link", name="共有", exact=True).click()
    panel = page.get_by_role("dialog", name="問い合わせの共有")
    expect(panel.get_by_label("すべてのアクセス")).to_be_checked()
    panel.get_by_label("部門", exact=True).select_option(label="経理")
    panel.get_by_role("button", name="別の部門も追加").click()
    expect(panel.get_by_label("部門", exact=True)).to_have_count(2)
    expect(panel.get_by_label("部門", exact=True).first).to_have_value("2")
    panel.get_by_label("部門", exact=True).nth(1).select_option(label="配送")
    panel.get_by_label("読み取り専用アクセス").nth(1).check()
    panel.get_by_role("button", name="共有", exact=True).click()
    expect(panel).to_have_count(0)
    expect(page.locator(".ticket__relations")).to_contain_text("経理、配送 の 2 部門と共有中")
    wrong = look(browser, page, desk.url, ["/tickets/101/", "/tickets/101/shares", "/tickets/101/access"])

    suzuki.goto(desk.url + "/tickets/101/")
    listening(suzuki)
    expect(suzuki.locator("h1 .badge--shared")).to_have_text("共有")
    expect(suzuki.get_by_text("サポート から すべてのアクセス で共有されています。")).to_be_visible()
    wrong += look(browser, suzuki, desk.url, ["/tickets/101/"])
    written(suzuki).click()
    suzuki.keyboard.type("与信は取り消し済みです。")
    suzuki.get_by_role("button", name="返信を送信").click()
    expect(suzuki.locator(".entry--out")).to_contain_text("与信は取り消し済みです。")
    expect(page.locator(".entry--out")).to_contain_text("与信は取り消し済みです。")

    written(suzuki).click()
    suzuki.keyboard.type("もう一度返信します")
    page.locator(".ticket__relations").get_by_role("link", name="共有").click()
    panel.get_by_label("経理 の共有の権限").select_option(label="読み取り専用アクセス")
    panel.get_by_role("button", name="共有", exact=True).click()
    expect(suzuki.get_by_text("サポート から 読み取り専用アクセス で共有されています。")).to_be_visible()
    expect(suzuki.locator(".composer a[data-mode]")).to_have_text("非公開コメント")
    expect(suzuki.locator(".unsent textarea")).to_have_value("もう一度返信します")
    expect(suzuki.locator("#side a.facts__edit")).to_have_count(0)
    wrong += look(browser, suzuki, desk.url, ["/tickets/101/", "/tickets/101/history"])

    written(suzuki).click()
    suzuki.keyboard.type("書きかけのメモ")
    page.locator(".ticket__relations").get_by_role("link", name="共有").click()
    panel.get_by_label("経理 との共有を削除").click()
    expect(panel.get_by_text("との共有を解除しますか")).to_be_visible()
    panel.get_by_role("button", name="共有の解除").click()
    expect(page.locator("#toasts")).to_contain_text("経理 との共有を解除しました。")
    expect(suzuki.get_by_role("heading", name="この問い合わせの共有は解除されました")).to_be_visible()
    kept = suzuki.get_by_label("入力中だった文章")  # the note, and the reply that could not be sent before already
    expect(kept).to_have_count(2)
    assert [field.input_value() for field in kept.all()] == ["書きかけのメモ", "もう一度返信します"]
    assert SUBJECT not in suzuki.content() and "与信は取り消し済みです" not in suzuki.content()
    expect(page.locator(".ticket__relations")).to_contain_text("配送 と共有中")
    assert wrong == []


def test_sharing_works_without_script(page: Page, browser: Browser, desk: Desk):
    desk.run("shell", "-v0", "-c", STORY)
    sign_in(page, desk)
    plain = browser.new_context(
        storage_state=page.context.storage_state(), java_script_enabled=False, locale="ja-JP", viewport=WIDE
    ).new_page()
    plain.goto(desk.url + "/tickets/101/")
    plain.get_by_label("その他の処理").click()
    plain.get_by_role("link", name="共有", exact=True).click()
    plain.get_by_label("部門", exact=True).select_option(label="経理")
    plain.get_by_role("button", name="別の部門も追加").click()
    plain.get_by_label("部門", exact=True).nth(1).select_option(label="配送")
    plain.get_by_label("制限付きアクセス").nth(1).check()
    plain.get_by_role("button", name="共有", exact=True).click()
    expect(plain.locator(".ticket__relations")).to_contain_text("経理、配送 の 2 部門と共有中")
    plain.locator(".ticket__relations").get_by_role("link", name="共有").click()
    plain.get_by_label("配送 との共有を削除").click()
    plain.get_by_role("button", name="共有の解除").click()
    expect(plain.get_by_text("配送 との共有を解除しました。")).to_be_visible()
    plain.get_by_role("link", name="閲覧できる人を確認").click()
    expect(plain.get_by_role("heading", name="この問い合わせを閲覧できる人")).to_be_visible()
