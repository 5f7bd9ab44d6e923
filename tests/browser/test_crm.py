"""The built-in CRM in a real browser: from nothing to a deal that is won, by mouse, by keyboard, without JavaScript."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in, soon
from tests.browser.test_pages import WAYS, violations
from tests.mails import mail

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

ON = "from madoguchi.actor import Actor; from madoguchi.organisation.crm import connect_builtin; connect_builtin(by=Actor.desk())"
FILL = """
from madoguchi import crm; from madoguchi.actor import Actor; from madoguchi.models import Agent
by = Actor(agent=Agent.objects.for_request().get(email="sato@demo.example"), door="page")
crm.create_person("lead", {"last_name": "高橋", "email": "makoto@kita.example", "account_name": "北印刷"}, by=by)
who = crm.create_person("contact", {"last_name": "山田", "first_name": "花子", "email": "hanako@midori.example"}, by=by)
deal = crm.create_deal({"name": "年間契約", "person": who, "amount": "1200000", "closing_date": "2030-12-31"}, by=by)
crm.edit_deal(deal, {"amount": "1500000"}, by=by)
"""


def watched(page: Page) -> list[str]:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    return errors


def test_from_an_empty_crm_to_a_deal_that_is_won(page: Page, desk: Desk):
    desk.run("shell", "-c", ON)
    desk.imap.deliver(mail("見積もりのお願い", sender="山田 花子 <hanako@midori.example>"))
    sign_in(page, desk)
    soon(lambda: "見積もりのお願い" in page.request.get(desk.url + "/tickets/").text())
    errors = watched(page)
    page.goto(desk.url + "/contacts/")
    page.get_by_role("link", name="CRM", exact=True).click()
    expect(page.get_by_role("heading", name="CRM の連絡先はまだありません")).to_be_visible()
    page.locator(".empty").get_by_role("link", name="CRM の連絡先を追加").click()
    page.get_by_label("姓").fill("山田")
    page.get_by_label("メールアドレス").fill("ＨＡＮＡＫＯ@midori.example")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("山田")
    expect(page.get_by_role("link", name="見積もりのお願い")).to_be_visible()
    page.get_by_role("link", name="商談を追加").first.click()
    page.get_by_label("商談名").fill("年間契約")
    page.get_by_label("金額").fill("１，２００，０００")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("年間契約")
    expect(page.get_by_text("¥1,200,000")).to_be_visible()

    page.get_by_role("link", name="山田", exact=True).click()
    badge = page.get_by_role("button", name="年間契約: 初回面談。ステージを変更")
    badge.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="受注", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="受注", exact=True)).to_be_hidden()
    page.keyboard.press("Enter")
    for _step in range(5):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="受注", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="年間契約: 受注。ステージを変更")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("受注")

    page.get_by_role("link", name="山田 花子").first.click()

    def is_customer() -> bool:
        page.reload()
        return page.locator(".customer__who h1").get_by_text("顧客", exact=True).count() > 0

    soon(is_customer)
    assert errors == []


@pytest.mark.parametrize("way", WAYS)
def test_its_pages_are_accessible_in_both_themes_and_fit_every_width(page: Page, browser: Browser, desk: Desk, way):
    desk.run("shell", "-c", ON + FILL)
    sign_in(page, desk, "admin@demo.example")
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
    errors = watched(view)
    wrong: list[str] = []
    for path in ("/crm/leads/", "/crm/contacts/", "/crm/deals/", "/crm/deals/?q=none", "/crm/people/1/", "/crm/people/2/", "/crm/deals/1/",
                 "/crm/people/2/?edit=delete", "/crm/leads/new", "/crm/deals/new", "/crm/deals/1/details", "/settings/crm/stages"):  # fmt: skip
        view.goto(desk.url + path)
        if view.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{path}: scrolls sideways")
        wrong += [f"{path}: {violation}" for violation in violations(view)]
        wrong += [f"{path}: {error}" for error in errors]
        errors.clear()
    view.goto(desk.url + "/crm/deals/")
    view.locator("[popovertarget]").first.click()
    wrong += [f"the open menu: {violation}" for violation in violations(view)]
    assert wrong == []


def test_without_javascript_a_deal_is_won_and_a_wrong_field_says_why(page: Page, browser: Browser, desk: Desk):
    desk.run("shell", "-c", ON + FILL)
    sign_in(page, desk)
    plain = browser.new_context(
        storage_state=page.context.storage_state(), java_script_enabled=False, locale="ja-JP"
    ).new_page()
    plain.goto(desk.url + "/crm/deals/")
    plain.get_by_role("button", name="年間契約: 初回面談。ステージを変更").click()
    plain.get_by_role("button", name="受注", exact=True).click()
    expect(plain.get_by_role("button", name="年間契約: 受注。ステージを変更")).to_be_visible()
    plain.get_by_role("link", name="年間契約").click()
    plain.get_by_role("button", name="失注", exact=True).click()
    expect(plain.locator("[aria-current=step]")).to_have_text("失注")
    plain.get_by_role("link", name="編集").click()
    plain.get_by_label("金額").fill("百万円")
    plain.get_by_role("button", name="保存", exact=True).click()
    expect(plain.get_by_role("alert").filter(has_text="百万円")).to_be_visible()
    expect(plain.get_by_label("金額")).to_have_value("百万円")
