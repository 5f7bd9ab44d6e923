"""Every page of the desk in a real browser: accessible in both themes, no error, no sideways scrolling, usable bare."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from desk.testing import AXE
from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in, soon
from tests.mails import mail

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

PAGES = [
    "/",
    "/tickets/",
    "/tickets/101/",
    "/tickets/101/history",
    "/tickets/101/resolution",
    "/tickets/new",
    "/contacts/",
    "/accounts/",
    "/profile/",
    "/settings/",
    "/settings/company",
    "/settings/departments",
    "/settings/agents",
    "/settings/agents/new",
    "/settings/roles/new",
    "/settings/teams",
    "/settings/statuses",
    "/settings/products",
    "/settings/fields",
    "/settings/mail",
    "/settings/mail/new",
    "/settings/mail/quarantine",
    "/settings/mail/outbox",
    "/settings/bin",
    "/settings/tokens",
    "/tickets/999999/",
]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def with_a_ticket(page: Page, desk: Desk) -> None:
    html = "<table><tr><td><b>表</b></td></tr></table><p>業務用の携帯電話でメールを同期できません。</p>"
    desk.imap.deliver(mail(html=html, files=[("記録.txt", "text/plain", b"x")]))
    sign_in(page, desk, "admin@demo.example")

    def there() -> bool:
        answer = page.goto(desk.url + "/tickets/101/")
        return answer is not None and answer.status == 200

    soon(there)


def violations(page: Page) -> list[str]:
    page.add_script_tag(path=str(AXE)) if page.evaluate("typeof axe") == "undefined" else None
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]


def test_every_page_is_accessible_in_both_themes_and_fits_every_width(page: Page, browser: Browser, desk: Desk):
    with_a_ticket(page, desk)
    state = page.context.storage_state()
    wrong = []
    for scheme, locale, size in (("light", "ja-JP", WIDE), ("dark", "en-GB", WIDE), ("light", "en-GB", PHONE)):
        context = browser.new_context(
            storage_state=state,
            color_scheme=scheme,
            locale=locale,
            viewport=size,
            bypass_csp=True,
            reduced_motion="reduce",
        )
        view = context.new_page()
        errors: list[str] = []
        view.on("pageerror", lambda error, errors=errors: errors.append(str(error)))
        view.on("console", lambda m, errors=errors: errors.append(m.text) if m.type == "error" else None)
        for path in PAGES:
            view.goto(desk.url + path)
            where = f"{path} {scheme} {size['width']}"
            if view.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{where}: scrolls sideways")
            wrong += [f"{where}: {violation}" for violation in violations(view)]
            wrong += [f"{where}: {error}" for error in errors if "404" not in error]
            errors.clear()
        context.close()
    assert wrong == []


def test_an_agent_without_javascript_answers_closes_and_edits(page: Page, browser: Browser, desk: Desk):
    with_a_ticket(page, desk)
    context = browser.new_context(
        storage_state=page.context.storage_state(), java_script_enabled=False, locale="ja-JP", viewport=WIDE
    )
    bare = context.new_page()
    bare.goto(desk.url + "/tickets/101/")
    bare.locator("textarea[name=body]").first.fill("スクリプトなしの返信です。")
    bare.get_by_role("button", name="返信を送信").first.click()
    expect(bare.get_by_text("スクリプトなしの返信です。").first).to_be_visible()
    soon(lambda: len(desk.post.accepted) == 1)
    bare.get_by_role("button", name="完了にする").first.click()
    expect(bare.get_by_role("button", name="再開").first).to_be_visible()
    context.close()


def test_on_a_phone_a_long_conversation_opens_at_its_newest_entry(page: Page, browser: Browser, desk: Desk):
    desk.imap.deliver(mail(message_id="<long@kita.example>"))
    sign_in(page, desk)
    soon(lambda: page.request.get(desk.url + "/tickets/101/").ok)
    for n in range(12):
        desk.imap.deliver(mail("Re: x", f"{n} 通目の続きです。", answers="long@kita.example"))
    soon(lambda: page.request.get(desk.url + "/tickets/101/").text().count("通目の続きです。") >= 12)
    context = browser.new_context(storage_state=page.context.storage_state(), viewport=PHONE, locale="ja-JP")
    phone = context.new_page()
    phone.goto(desk.url + "/tickets/101/")
    expect(phone.locator(".entries > .entry").last).to_be_in_viewport()
    context.close()
