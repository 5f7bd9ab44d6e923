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
    "/notifications/",
    "/profile/",
    "/profile/notifications",
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
    "/settings/notifications",
    "/settings/mail",
    "/settings/mail/new",
    "/settings/mail/quarantine",
    "/settings/mail/outbox",
    "/settings/bin",
    "/settings/tokens",
    "/tickets/999999/",
]
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],  # the paths of all that is right are not worked out
}
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
WAYS = {"light": ("light", "ja-JP", WIDE), "dark": ("dark", "en-GB", WIDE), "phone": ("light", "en-GB", PHONE)}


def with_a_ticket(page: Page, desk: Desk) -> None:
    html = "<table><tr><td><b>表</b></td></tr></table><p>業務用の携帯電話でメールを同期できません。</p>"
    desk.imap.deliver(mail(html=html, files=[("記録.txt", "text/plain", b"x")]))
    sign_in(page, desk, "admin@demo.example")

    soon(lambda: page.request.get(desk.url + "/tickets/101/").ok)
    page.goto(desk.url + "/tickets/101/")


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands once everything has slid and faded in."""
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")
    if page.evaluate("typeof axe") == "undefined":
        axe = f"if (window === top) {{ {AXE.read_text()} }}"
        page.context.add_init_script(axe)  # the pages after this one have it when they come
        page.evaluate(axe)
    found: Any = page.evaluate("rules => axe.run(document, rules).then(found => found.violations)", RULES)
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]


def test_what_is_wrong_is_found_on_the_first_page_and_on_those_after_it(page: Page):
    for _twice in range(2):
        page.goto("data:text/html,<html lang=ja><title>x</title><main><img src=x></main>")
        assert [found.partition(":")[0] for found in violations(page)] == ["image-alt"]


@pytest.mark.parametrize("way", WAYS)
def test_every_page_is_accessible_in_both_themes_and_fits_every_width(page: Page, browser: Browser, desk: Desk, way):
    with_a_ticket(page, desk)
    scheme, locale, size = WAYS[way]
    context = browser.new_context(
        storage_state=page.context.storage_state(),
        color_scheme=scheme,
        locale=locale,
        viewport=size,
        bypass_csp=True,
        reduced_motion="reduce",
    )
    view = context.new_page()
    errors: list[str] = []
    view.on("pageerror", lambda error: errors.append(str(error)))
    view.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    wrong = []
    for path in PAGES:
        view.goto(desk.url + path)
        if view.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{path}: scrolls sideways")
        wrong += [f"{path}: {violation}" for violation in violations(view)]
        wrong += [f"{path}: {error}" for error in errors if "404" not in error]
        errors.clear()
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
