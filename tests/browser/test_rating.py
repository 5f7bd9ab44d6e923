"""Rating in a real browser: from the link, without script and cookies, in the help center, and what the agent sees of it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.kit.tokens import rating_token
from tests.browser.conftest import Desk
from tests.browser.test_help_center import mailed_link
from tests.browser.test_journey import soon
from tests.browser.test_pages import PHONE, WIDE, violations, with_a_ticket

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]
WORDS = "<b>早い</b>対応でした！ Ça va 🙂"


def answered(page: Page, desk: Desk) -> str:
    """An answer on ticket 101, sent; the path of its links."""
    with_a_ticket(page, desk)
    form = page.locator("form[data-composer], form.composer").first
    token = form.locator("input[name=csrfmiddlewaretoken]").get_attribute("value") or ""
    sent = page.request.post(
        desk.url + "/tickets/101/replies",
        form={"csrfmiddlewaretoken": token, "body": "設定をお送りします。"},
        headers={"Referer": desk.url + "/tickets/101/", "Origin": desk.url},
    )
    assert sent.ok, sent.status
    soon(lambda: desk.post.mails)
    ((entry,),) = desk.ask("SELECT max(id) FROM madoguchi_entry WHERE direction = 'out'")
    return f"/help/rate/{rating_token(desk.env['MADOGUCHI_SECRET_KEY'].encode(), entry)}"


def test_a_customer_rates_by_the_link_and_the_agent_sees_it(page: Page, browser: Browser, desk: Desk):
    path = answered(page, desk)
    page.goto(desk.url + "/tickets/101/")
    errors: list[str] = []
    bare = browser.new_context(java_script_enabled=False, locale="ja-JP", viewport=PHONE)
    customer = bare.new_page()
    customer.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    customer.goto(f"{desk.url}{path}/bad")
    expect(customer.get_by_role("radio", name="悪い")).to_be_checked()
    assert desk.ask("SELECT count(*) FROM madoguchi_rating") == [(0,)]
    customer.get_by_text("良い", exact=True).click()
    customer.get_by_label("コメント（任意）").fill(WORDS)
    customer.get_by_role("button", name="評価を送信").click()
    expect(customer.get_by_role("heading", name="ご評価ありがとうございました")).to_be_visible()
    expect(customer.locator(".rated__comment", has_text=WORDS)).to_be_visible()
    customer.reload()
    expect(customer.locator(".rated__comment", has_text=WORDS)).to_be_visible()
    assert bare.cookies() == [] and errors == []
    assert desk.ask("SELECT value, comment, via FROM madoguchi_rating") == [("good", WORDS, "mail")]
    expect(page.locator(".rated").get_by_text(WORDS)).to_be_visible()  # live, without a reload
    expect(page.locator(".rated .face--good")).to_be_visible()

    customer.get_by_text("評価を変更する").first.click()
    customer.get_by_text("普通", exact=True).click()
    customer.locator("form.rate button").click()
    expect(customer.locator(".rated .face--okay")).to_be_visible()
    assert desk.ask("SELECT value FROM madoguchi_rating") == [("ok",)]
    bare.close()
    in_the_help_center(browser, desk)
    looks_right_everywhere(browser, desk, path)


def in_the_help_center(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(locale="ja-JP", viewport=WIDE)
    contact = context.new_page()
    contact.goto(desk.url + "/help/sign-in")
    contact.get_by_label("メールアドレス").fill("makoto@kita.example")
    sent = len(desk.post.mails)
    contact.locator("main form button[type=submit]").first.click()
    contact.goto(mailed_link(desk, sent + 1))
    contact.get_by_role("button", name="サインイン").click()
    contact.goto(desk.url + "/help/tickets/101/")
    expect(contact.locator(".rated .face--okay")).to_be_visible()
    contact.get_by_text("評価を変更する").first.click()
    contact.get_by_text("悪い", exact=True).click()
    contact.locator("form.rate button").click()
    expect(contact.get_by_text("ご評価ありがとうございました。")).to_be_visible()
    expect(contact.locator(".rated .face--bad")).to_be_visible()
    assert desk.ask("SELECT value, via FROM madoguchi_rating") == [("bad", "portal")]
    contact.get_by_text("評価を変更する").first.click()
    assert violations(contact) == []
    context.close()


def looks_right_everywhere(browser: Browser, desk: Desk, path: str) -> None:
    wrong = []
    for scheme, size, language in (
        ("light", WIDE, "ja"),
        ("dark", PHONE, "en"),
        ("dark", WIDE, "ja"),
        ("light", PHONE, "en"),
    ):
        context = browser.new_context(color_scheme=scheme, viewport=size, bypass_csp=True, reduced_motion="reduce")
        view = context.new_page()
        for address in (path, f"{path}/good", path[:-1]):
            view.goto(f"{desk.url}{address}?language={language}")
            where = f"{address} {scheme} {size['width']} {language}"
            if view.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{where}: scrolls sideways")
            wrong += [f"{where}: {violation}" for violation in violations(view)]
        context.close()
    assert wrong == []
