"""Hands on the keyboard in a real browser: drafts, newer messages, canned responses, palette, shortcuts, input methods."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in, soon
from tests.browser.test_pages import PHONE, violations
from tests.mails import mail

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

RESPONSE = (
    "from madoguchi.models import *; CannedResponse.objects.create(name='お礼', shortcut='orei',"
    " text='{{contact.lastName}} 様\\n{{department.name}}です。', department=Department.objects.get(name='サポート'))"
)


@pytest.fixture(scope="package")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """axe is put into the page from outside."""
    return {**browser_context_args, "bypass_csp": True}


def opened(page: Page, desk: Desk, who: str = "sato@demo.example") -> Page:
    desk.imap.deliver(mail("同期できません", "業務用の携帯電話で同期できません。", message_id="<w@kita.example>"))
    sign_in(page, desk, who)
    soon(lambda: page.request.get(desk.url + "/tickets/101/").ok)
    page.goto(desk.url + "/tickets/101/")
    expect(editor(page)).to_be_visible()
    return page


def editor(page: Page):
    return page.locator(".composer [contenteditable=true]")


def write(page: Page, text: str) -> None:
    editor(page).click()
    page.keyboard.type(text)


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_contain_text("下書きを保存しました")


def shortcuts_known(page: Page) -> None:
    """Until the page has heard which canned responses there are: it asks at the first "/"."""
    page.wait_for_function("document.querySelector('ticket-composer').responses?.known")


def test_a_draft_survives_a_reload_and_shows_in_a_second_tab(page: Page, desk: Desk):
    opened(page, desk)
    other = page.context.new_page()
    other.goto(page.url)
    expect(editor(other)).to_be_visible()
    write(page, "お世話になっております。")
    saved(page)
    expect(editor(other)).to_contain_text("お世話になっております。")
    page.reload()
    expect(editor(page)).to_contain_text("お世話になっております。")
    saved(page)
    page.keyboard.press("Control+Home")
    write(page, "続き")
    saved(page)
    expect(editor(other)).to_contain_text("続き")
    page.goto(desk.url + "/")
    expect(page.get_by_role("heading", name="下書き")).to_be_visible()
    page.goto(desk.url + "/tickets/101/")
    page.get_by_role("button", name="返信を送信").click()
    expect(page.locator(".entry--out")).to_contain_text("お世話になっております。")
    expect(editor(page)).not_to_contain_text("お世話")
    expect(editor(other)).not_to_contain_text("お世話")
    page.reload()
    expect(editor(page)).not_to_contain_text("お世話")


def test_another_device_is_asked_before_a_draft_is_overwritten(page: Page, browser: Browser, desk: Desk):
    opened(page, desk)
    context = browser.new_context(storage_state=page.context.storage_state(), locale="ja-JP")
    phone = context.new_page()
    phone.goto(page.url)
    expect(editor(phone)).to_be_visible()
    write(page, "机から")
    saved(page)
    write(phone, "電話から")
    expect(phone.get_by_text("別の画面で変更されました")).to_be_visible()
    expect(phone.locator("[data-theirs]")).to_have_text("机から")
    phone.get_by_role("button", name="もう一方に置き換える").click()
    expect(editor(phone)).to_have_text("机から")
    context.close()


def test_of_two_agents_the_second_is_warned_before_the_reply_is_sent(page: Page, browser: Browser, desk: Desk):
    opened(page, desk)
    context = browser.new_context(
        locale="ja-JP", timezone_id="Asia/Tokyo", bypass_csp=True, viewport={"width": 1440, "height": 900}
    )
    tanaka = context.new_page()
    sign_in(tanaka, desk, "tanaka@demo.example")
    tanaka.goto(page.url)
    expect(editor(tanaka)).to_be_visible()
    write(tanaka, "田中の返信です。")
    write(page, "佐藤の返信です。")
    page.get_by_role("button", name="返信を送信").click()
    expect(page.locator(".entry--out")).to_contain_text("佐藤の返信です。")
    tanaka.get_by_role("button", name="返信を送信").click()
    dialog = tanaka.get_by_role("dialog", name="新しい書き込みがあります")
    expect(dialog).to_contain_text("佐藤の返信です。")
    assert violations(tanaka) == []
    soon(lambda: len(desk.post.accepted) == 1)
    dialog.get_by_role("link", name="メッセージを読む").click()
    expect(editor(tanaka)).to_have_text("田中の返信です。")
    expect(tanaka.get_by_role("dialog")).to_have_count(0)
    tanaka.get_by_role("button", name="返信を送信").click()
    expect(tanaka.locator(".entry--out")).to_have_count(2)
    soon(lambda: len(desk.post.accepted) == 2)
    context.close()


def test_send_anyway_sends_what_was_written(page: Page, desk: Desk):
    opened(page, desk)
    write(page, "行き違いです。")
    desk.imap.deliver(mail("Re: x", "追伸です。", answers="w@kita.example"))
    soon(lambda: "追伸です" in page.request.get(page.url).text())
    page.get_by_role("button", name="返信を送信").click()
    expect(page.get_by_role("dialog")).to_contain_text("追伸です。")
    page.get_by_role("button", name="このまま送信").click()
    expect(page.locator(".entry--out")).to_contain_text("行き違いです。")


def test_a_canned_response_by_keyboard(page: Page, desk: Desk):
    desk.run("shell", "-v0", "-c", RESPONSE)
    opened(page, desk)
    write(page, "/ore")
    page.keyboard.type("i")
    shortcuts_known(page)
    page.keyboard.press("Tab")
    expect(editor(page)).to_contain_text("サポートです。")
    expect(editor(page)).not_to_contain_text("/orei")
    saved(page)
    page.get_by_role("button", name="定型文").click()
    dialog = page.get_by_role("dialog", name="定型文")
    expect(dialog.get_by_role("option")).to_have_count(1)
    assert violations(page) == []
    page.keyboard.type("おれい")
    expect(dialog.get_by_role("option")).to_have_count(0)
    page.keyboard.press("Control+a")
    page.keyboard.type("orei")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(editor(page)).to_contain_text("サポートです。")
    soon(lambda: str(editor(page).inner_text()).count("サポートです。") == 2)


def test_the_palette_finds_by_romaji_jumps_and_acts(page: Page, desk: Desk):
    opened(page, desk)
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="コマンド")
    expect(dialog.get_by_role("option").first).to_be_visible()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert violations(page) == []
    page.keyboard.type("henshin")
    expect(dialog.get_by_role("option").first).to_contain_text("返信")
    page.keyboard.press("Enter")
    expect(editor(page)).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("jibun tantou")
    expect(dialog.get_by_role("option").first).to_contain_text("自分に割り当てる")
    page.keyboard.press("Enter")
    expect(page.locator(".ticket__meta")).to_contain_text("佐藤 健")
    page.keyboard.press("Control+k")
    page.keyboard.type("101")
    expect(dialog.get_by_role("option").first).to_contain_text("#101 を開く")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_shortcuts_and_the_help_sheet(page: Page, desk: Desk):
    opened(page, desk)
    page.locator("main").focus()
    page.keyboard.press("Shift+?")
    sheet = page.get_by_role("dialog", name="キーボードショートカット")
    expect(sheet).to_contain_text("Ctrl+K")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator(".composer")).to_have_attribute("data-mode", "note")
    expect(editor(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(editor(page)).not_to_be_focused()
    page.keyboard.press("a")
    expect(page.locator(".ticket__meta")).to_contain_text("佐藤 健")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="再開")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/tickets/")
    page.goto(desk.url + "/tickets/?view=all")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/tickets/101/**")
    page.goto(desk.url + "/profile/")
    page.get_by_label("1 文字のショートカット").uncheck()
    page.get_by_role("button", name="保存").click()
    page.goto(desk.url + "/tickets/101/")
    page.locator("main").focus()
    page.keyboard.press("n")
    expect(page.locator(".composer")).to_have_attribute("data-mode", "reply")


def test_an_input_method_triggers_no_shortcut_and_expands_nothing(page: Page, desk: Desk):
    desk.run("shell", "-v0", "-c", RESPONSE)
    opened(page, desk)
    cdp = page.context.new_cdp_session(page)
    write(page, "/orei")
    shortcuts_known(page)
    cdp.send("Input.imeSetComposition", {"text": "へんしん", "selectionStart": 4, "selectionEnd": 4})
    cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 229})
    cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Tab", "windowsVirtualKeyCode": 229})
    cdp.send("Input.insertText", {"text": "返信"})
    expect(editor(page)).to_have_text("/orei返信")
    page.locator("main").focus()
    for key in ("n", "e", "?"):
        cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": key, "windowsVirtualKeyCode": 229})
    expect(page.locator(".composer")).to_have_attribute("data-mode", "reply")
    expect(page.get_by_role("dialog")).to_have_count(0)
    saved(page)


def test_the_composer_fits_a_phone_and_works_bare(page: Page, browser: Browser, desk: Desk):
    desk.run("shell", "-v0", "-c", RESPONSE)
    opened(page, desk)
    write(page, "狭い画面")
    saved(page)
    phone = browser.new_context(
        storage_state=page.context.storage_state(), viewport=PHONE, locale="ja-JP", color_scheme="dark", bypass_csp=True
    ).new_page()
    for path in ("/tickets/101/", "/", "/settings/responses", "/settings/responses/new", "/shortcuts"):
        phone.goto(desk.url + path)
        phone.wait_for_load_state("networkidle")
        assert violations(phone) == [], path
        assert not phone.evaluate("document.documentElement.scrollWidth > innerWidth"), path
    bare = bare_page(browser, page.context)
    bare.goto(desk.url + "/tickets/101/")
    expect(bare.locator("textarea[name=body]")).to_have_value("狭い画面")
    bare.get_by_role("button", name="定型文").click()
    bare.locator("select[name=response]").select_option("お礼")
    bare.get_by_role("button", name="挿入", exact=True).click()
    expect(bare.locator("textarea[name=body]")).to_have_value("狭い画面\n\n高橋 様\nサポートです。")
    bare.get_by_role("button", name="下書きとして保存").click()
    expect(bare.locator("textarea[name=body]")).to_have_value("狭い画面\n\n高橋 様\nサポートです。")
    bare.get_by_role("button", name="返信を送信").click()
    expect(bare.locator(".entry--out")).to_contain_text("サポートです。")
    phone.context.close()
    bare.context.close()


def bare_page(browser: Browser, like: BrowserContext) -> Page:
    return browser.new_context(
        storage_state=like.storage_state(),
        java_script_enabled=False,
        locale="ja-JP",
        viewport={"width": 1440, "height": 900},
    ).new_page()
