"""A contact in a real browser: asks by form, follows the mailed link, answers with a file, closes; without an agent near."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import soon
from tests.browser.test_pages import PHONE, WIDE, violations

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]


def mailed_link(desk: Desk, n: int) -> str:
    """The link in the `n`th mail that left."""
    soon(lambda: len(desk.post.mails) >= n)
    body = desk.post.mails[n - 1].get_body(("plain",)).get_content()
    found = re.search(r"/help/sign-in/\S+", body)
    assert found, body
    return desk.url + found[0]


def test_a_contact_asks_signs_in_answers_and_closes(page: Page, browser: Browser, desk: Desk, tmp_path: Path):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(desk.url + "/help/")
    page.get_by_role("link", name="フォームからお問い合わせください").click()
    page.get_by_label("お名前").fill("新田 一")
    page.get_by_label("メールアドレス").fill("nitta@visitor.example")
    page.get_by_label("件名").fill("届かない商品")
    page.get_by_label("お問い合わせ内容").fill("<b>まだ</b>届きません。")
    page.get_by_role("button", name="送信").click()
    expect(page.get_by_role("heading", name="お問い合わせを受け付けました")).to_be_visible()

    page.goto(mailed_link(desk, 1))
    page.get_by_role("button", name="サインイン").click()
    expect(page.get_by_role("heading", name="届かない商品")).to_be_visible()
    expect(page.get_by_text("<b>まだ</b>届きません。")).to_be_visible()
    file = tmp_path / "写真.txt"
    file.write_text("x")
    page.get_by_placeholder("返信を書く").fill("写真を送ります。")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="送信").click()
    expect(page.get_by_text("メッセージを送信しました。")).to_be_visible()
    expect(page.get_by_text("写真.txt")).to_be_visible()
    page.get_by_role("button", name="完了にする").click()
    expect(page.get_by_text("お問い合わせを完了にしました。", exact=False)).to_be_visible()
    address = page.url
    page.get_by_role("link", name="問い合わせ", exact=True).first.click()
    expect(page.get_by_role("link", name="届かない商品")).to_be_visible()
    assert errors == []
    looks_right_everywhere(browser, page, desk, address)

    bare = browser.new_context(
        storage_state=page.context.storage_state(), java_script_enabled=False, locale="ja-JP"
    ).new_page()
    bare.goto(address)
    bare.get_by_placeholder("返信を書く（完了したお問い合わせは再開されます）").fill("スクリプトなしで再開します。")
    bare.get_by_role("button", name="送信").click()
    expect(bare.get_by_text("スクリプトなしで再開します。")).to_be_visible()
    expect(bare.get_by_role("button", name="完了にする")).to_be_visible()


def looks_right_everywhere(browser: Browser, page: Page, desk: Desk, ticket: str) -> None:
    wrong = []
    inside = ["/help/", ticket.removeprefix(desk.url), "/help/new", "/help/profile", "/help/tickets/999999/"]
    outside = ["/help/sign-in", "/help/sign-in?way=password", "/help/sign-in/sent", "/help/sign-in/old", "/help/new"]
    for scheme, size in (("light", WIDE), ("dark", PHONE)):
        for state, paths in ((page.context.storage_state(), inside), (None, outside)):
            context = browser.new_context(
                storage_state=state, color_scheme=scheme, viewport=size, bypass_csp=True, reduced_motion="reduce"
            )
            view = context.new_page()
            for path in paths:
                view.goto(desk.url + path)
                where = f"{path} {scheme} {size['width']}"
                if view.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    wrong.append(f"{where}: scrolls sideways")
                wrong += [f"{where}: {violation}" for violation in violations(view)]
            context.close()
    assert wrong == []
