"""The seed's story in two browsers: one agent merges three tickets, the other is writing on one of them."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from desk.testing import AXE
from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in
from tests.browser.test_live import another, listening, written
from tests.browser.test_pages import PHONE, RULES, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

MAIL, CHAT, WEB = (
    "メールの同期についての不具合",
    "メールのアカウントに関する問題",
    "新しいデバイスでメールを同期できない",
)
STORY = """
from datetime import timedelta
from django.utils import timezone
from madoguchi import record, tickets
from madoguchi.actor import Actor
from madoguchi.models import Agent, Contact, Department
sato = Actor(agent=Agent.objects.for_request().get(email="sato@demo.example"), door="page")
contact, support = Contact.objects.get(last_name="高橋"), Department.objects.get(name="サポート")
story = [("Email", "メールの同期についての不具合", "Medium"), ("Chat", "メールのアカウントに関する問題", "High"),
         ("Web", "新しいデバイスでメールを同期できない", "Medium")]
for n, (channel, subject, priority) in enumerate(story):
    with record.at(timezone.now() - timedelta(hours=3 - n)):
        ticket = tickets.open_ticket(department=support, contact=contact, subject=subject, channel=channel,
            message={"text": "携帯電話でメールを同期できません。" + subject, "from_name": "高橋 誠"}, by=Actor(contact=contact, door="mail"))
        tickets.edit(ticket, {"priority": priority}, by=sato)
"""


def violations(page: Page) -> list[str]:
    if page.evaluate("typeof axe") == "undefined":
        page.add_script_tag(path=str(AXE))
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]


def look(browser: Browser, page: Page, url: str, paths: list[str]) -> list[str]:
    """What is wrong with these pages, in both themes and on a phone."""
    wrong = []
    for scheme, size in (("light", WIDE), ("dark", WIDE), ("light", PHONE)):
        context = browser.new_context(
            storage_state=page.context.storage_state(),
            color_scheme=scheme,
            viewport=size,
            locale="ja-JP",
            bypass_csp=True,
            reduced_motion="reduce",
        )
        view = context.new_page()
        view.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
        for path in paths:
            view.goto(url + path)
            where = f"{path} {scheme} {size['width']}"
            if view.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{where}: scrolls sideways")
            if size == WIDE:
                wrong += [f"{where}: {each}" for each in violations(view)]
        context.close()
    return wrong


def test_three_tickets_of_one_customer_become_one(page: Page, browser: Browser, desk: Desk):
    desk.run("shell", "-v0", "-c", STORY)
    sign_in(page, desk)
    tanaka = another(browser, desk, "tanaka@demo.example")
    tanaka.goto(desk.url + "/tickets/102/")
    listening(tanaka)
    written(tanaka).click()
    tanaka.keyboard.type("書きかけの返信")

    merge = "/tickets/merges/new?tickets=101,102,103"
    wrong = look(browser, page, desk.url, [merge, merge + "&confirm=1", "/tickets/101/merges"])

    page.goto(desk.url + "/tickets/")
    for subject in (MAIL, CHAT, WEB):
        page.locator("#rows tr", has_text=subject).locator("input[name=ids]").check()
    page.get_by_role("toolbar", name="一括処理").get_by_role("button", name="統合する").click()
    expect(page.get_by_role("heading", name="問い合わせの統合")).to_be_visible()
    expect(page.get_by_text("メイン(統合先)")).to_be_visible()
    page.get_by_label("件名：#103 の値").check()
    expect(page.locator("#will-subject")).to_contain_text(WEB)
    page.get_by_label("優先度：#102 の値").check()
    expect(page.locator("#will-priority")).to_contain_text("高")
    page.reload()
    expect(page.get_by_label("件名：#103 の値")).to_be_checked()
    page.get_by_role("button", name="統合する").click()
    expect(page.get_by_role("dialog")).to_contain_text("統合前の状態に戻すことはできません")
    page.get_by_role("button", name="はい、統合します").click()
    page.wait_for_url(desk.url + "/tickets/101/")
    expect(page.get_by_role("heading", name=WEB, level=1)).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("#101 に統合しました")
    expect(page.locator(".entry", has_text=CHAT).first).to_contain_text("#102 から")

    tanaka.wait_for_url("**/tickets/101/**")
    expect(tanaka.get_by_text("#102 は #101 に統合されました")).to_be_visible()
    expect(written(tanaka)).to_have_text("書きかけの返信")

    page.goto(desk.url + "/tickets/103/")
    expect(page.get_by_text("#103 は #101 に統合されました")).to_be_visible()
    assert "/tickets/101/" in page.url
    wrong += look(browser, tanaka, desk.url, ["/tickets/101/", "/tickets/102/?bin=1", "/settings/bin"])

    tanaka.goto(desk.url + "/settings/bin")
    row = tanaka.locator("tbody tr", has_text=CHAT)
    expect(row).to_contain_text("#101 に統合")
    row.get_by_role("button", name="復元").click()
    tanaka.goto(desk.url + "/tickets/102/")
    expect(tanaka.get_by_role("heading", name=CHAT, level=1)).to_be_visible()
    assert wrong == []
