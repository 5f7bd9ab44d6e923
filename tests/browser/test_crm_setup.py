"""Zoho CRM connected in the browser: the consent, the test, and a customer whose deal was won there."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from desk.testing import start_web, start_worker, stop_process
from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in, soon
from tests.browser.test_pages import PHONE, WIDE, violations
from tests.mails import mail
from tests.reactions.crm_servers.serving import running
from tests.reactions.crm_servers.zoho import ZohoServer

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]
CLASS = "SELECT crm_class FROM madoguchi_contact c JOIN madoguchi_contactaddress a ON a.contact_id = c.id WHERE a.folded = %s"


@pytest.fixture
def zoho(desk: Desk) -> Iterator[ZohoServer]:
    """The desk again, its web server and its worker told where this Zoho is."""
    with running(ZohoServer) as server:
        stop_process(desk.worker)
        env = {**desk.env, "MADOGUCHI_CRM_HOSTS": f"zoho={server.url}"}
        own, web = desk.url, None
        try:
            desk.url, web = start_web(env)
            desk.worker = start_worker({**env, "MADOGUCHI_URL": desk.url})
            yield server
        finally:
            desk.url = own
            stop_process(desk.worker)
            if web is not None:
                stop_process(web)


def connect(page: Page, desk: Desk) -> None:
    page.goto(desk.url + "/settings/")
    page.get_by_role("link", name="CRM", exact=True).first.click()
    page.get_by_role("link", name="Zoho CRMを設定する").click()
    expect(page.get_by_label("承認済みのリダイレクトURI")).to_have_value(desk.url + "/settings/crm/zoho/consent")
    page.get_by_label("データセンター").select_option("own")
    page.get_by_label("クライアントID").fill("1000.CLIENT")
    page.get_by_label("クライアントシークレット").fill("a-client-secret")
    page.get_by_role("button", name="次へ").click()
    page.get_by_role("link", name="Zohoへ進む").click()
    page.get_by_role("link", name="同意する").click()
    expect(page).to_have_url(desk.url + "/settings/crm")
    expect(page.get_by_text("接続済み", exact=True)).to_be_visible()


def test_zoho_is_connected_tested_and_asked(page: Page, desk: Desk, zoho: ZohoServer) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    of_ours = lambda m: m.type == "error" and not m.location["url"].startswith(zoho.url)
    page.on("console", lambda m: errors.append(m.text) if of_ours(m) else None)
    contact = zoho.add("Contacts", Email="Hanako@midori.example")
    zoho.add_deal(contact, "Negotiation/Review", Probability=90)
    sign_in(page, desk, "admin@demo.example")
    connect(page, desk)
    expect(page.get_by_text("株式会社みなと製作所")).to_be_visible()
    page.get_by_role("button", name="接続をテスト").click()
    expect(page.get_by_text("CRMから応答がありました")).to_be_visible()
    page.get_by_role("button", name="コピー").click()
    expect(page.get_by_role("button", name="コピーしました")).to_be_visible()
    webhook = page.get_by_label("POSTの宛先").input_value()

    desk.imap.deliver(mail("見積もりのお願い", sender="山田 花子 <hanako@midori.example>"))
    soon(lambda: desk.ask(CLASS, "hanako@midori.example") == [(1,)])
    next(iter(zoho.records["Deals"].values()))["Stage"] = "Closed Won"
    told = {"module": "Deals", "ids": list(zoho.records["Deals"]), "operation": "update", "token": ""}
    assert page.request.post(webhook, data=told).status == 202
    soon(lambda: desk.ask(CLASS, "hanako@midori.example") == [(0,)])

    zoho.end_consent()
    page.get_by_role("button", name="接続をテスト").click()
    expect(page.get_by_text("再接続が必要")).to_be_visible()
    page.get_by_role("button", name="もう一度同意する").click()
    page.get_by_role("link", name="Zohoへ進む").click()
    page.get_by_role("link", name="同意する").click()
    expect(page.get_by_text("接続済み", exact=True)).to_be_visible()
    page.get_by_role("link", name="連携を解除").click()
    page.get_by_role("button", name="はい、解除します").click()
    expect(page.get_by_text("CRMと連携していません")).to_be_visible()
    assert zoho.refresh_tokens == set()
    assert errors == []


def test_the_pages_are_accessible_in_both_themes_and_fit_a_phone(
    page: Page, browser: Browser, desk: Desk, zoho: ZohoServer
) -> None:
    sign_in(page, desk, "admin@demo.example")
    connect(page, desk)
    wrong = []
    for scheme, size in (("light", WIDE), ("dark", PHONE)):
        context = browser.new_context(
            storage_state=page.context.storage_state(), color_scheme=scheme, locale="ja-JP", viewport=size, bypass_csp=True, reduced_motion="reduce"
        )  # fmt: skip
        look = context.new_page()
        for path in ("", "/zoho", "/hubspot", "/builtin", "/end"):
            look.goto(f"{desk.url}/settings/crm{path}")
            wrong += [(scheme, path, each) for each in violations(look)]
            if look.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append((scheme, path, "wider than the screen"))
        context.close()
    assert wrong == []


def test_without_javascript_it_is_connected_as_well(browser: Browser, desk: Desk, zoho: ZohoServer) -> None:
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    sign_in(page, desk, "admin@demo.example")
    connect(page, desk)
    expect(page.get_by_role("button", name="コピー")).to_have_count(0)
    page.get_by_label("CRMへの1分あたりの照会数の上限").fill("0")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".field__error")).to_be_visible()
    context.close()
