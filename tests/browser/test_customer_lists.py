"""The customers area in a real browser: views, sorting, the panel beside the list, paging there and back (SPEC I1)."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_crm import ON, watched
from tests.browser.test_journey import sign_in
from tests.browser.test_pages import PHONE, WAYS, violations

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

# 70 contacts beside the two of the cast, every second one with a ticket, in names of every script; the last one of all is the newest
FILL = """
from datetime import timedelta
from madoguchi import people, record, tickets
from madoguchi.actor import Actor
from madoguchi.models import Agent, CustomerNote, Department
by = Actor(agent=Agent.objects.for_request().get(email="sato@demo.example"), door="page")
desk, support = Actor.desk(), Department.objects.order_by("pk")[0]
names = ["山田 花子", "Emily Carter", "ليلى حسن", "髙橋 誠", "Ωμέγα", "x" * 100, "<b>太字</b>"]
for i in range(70):
    contact = people.identify(f"c{i}@{'midori' if i % 3 else 'kita'}.example", f"{names[i % 7]}{i}", by=desk)
    if i % 2:
        with record.at(record.now() - timedelta(days=70 - i)):
            ticket = tickets.open_ticket(department=support, contact=contact, subject=f"件 {i} " + "長い件名" * 20, channel="Phone",
                                         message={"text": "よろしく"}, by=by)
        if i == 69:
            tickets.assign(ticket, by.agent, by=by)
people.create_contact({"last_name": "住所なし"}, emails=[], phone_numbers=[], by=by)
CustomerNote.objects.create(contact=contact, agent=by.agent, text="請求書は月末にまとめて送ってください。")
"""


def fill(desk: Desk) -> None:
    desk.run("shell", "-c", FILL)


def names(page: Page) -> list[str]:
    return page.locator("tbody .subject__line > a").all_inner_texts()


def test_an_agent_finds_a_customer_opens_the_panel_and_expands_it(page: Page, desk: Desk):
    fill(desk)
    sign_in(page, desk)
    errors = watched(page)
    page.goto(desk.url + "/contacts/")
    expect(page.locator("#view-title + .count")).to_have_text("73")
    assert names(page)[0].endswith("69")
    page.get_by_role("link", name="自分が対応中").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="未完了のある連絡先").click()
    expect(page.locator("tbody tr")).to_have_count(35)
    page.get_by_role("link", name="最後の問い合わせ", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("最後の問い合わせ")
    assert names(page)[0].endswith("1")

    row = page.locator("tbody tr").nth(2)
    row.locator("td").last.click(force=True)  # anywhere in the row
    panel = page.get_by_role("complementary", name="連絡先の詳細")
    expect(panel).to_be_visible()
    expect(page).to_have_url(re.compile(r"open=\d+"))
    expect(row).to_have_class("table__here")
    expect(panel.locator(".figures a").first).to_have_text(re.compile(r"1\s*合計"))
    expect(page.locator("tbody tr")).to_have_count(35)  # the list is as it was
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr").nth(3)).to_have_class("table__here")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.locator("tbody tr").nth(3).locator("a")).to_be_focused()
    expect(page).not_to_have_url(re.compile("open="))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="展開", exact=True).click()
    expect(page).to_have_url(re.compile(r"/contacts/\d+/$"))
    page.go_back()
    expect(panel).to_be_visible()
    assert errors == []


def test_pages_lead_there_and_back_and_each_contact_stands_on_one(page: Page, desk: Desk):
    fill(desk)
    sign_in(page, desk)
    page.goto(desk.url + "/contacts/")
    first = names(page)
    page.get_by_role("link", name="次へ").click()
    expect(page.locator("tbody tr")).to_have_count(23)
    second = names(page)
    assert len(first) == 50 and len({*first, *second}) == 73
    page.locator("tbody a").last.click()
    expect(page.locator("#peek")).to_be_visible()
    assert names(page) == second
    page.get_by_role("link", name="閉じる").click()
    expect(page.locator("#peek")).to_have_count(0)
    page.get_by_role("link", name="前へ").click()
    expect(page.locator("tbody tr")).to_have_count(50)
    assert names(page) == first


def test_filters_and_the_file(page: Page, desk: Desk):
    fill(desk)
    sign_in(page, desk)
    page.goto(desk.url + "/contacts/")
    page.get_by_text("絞り込み", exact=True).click()
    page.get_by_label("取引先", exact=True).fill("みどり")
    page.get_by_label("問い合わせ", exact=True).select_option("without")
    page.get_by_role("button", name="適用").click()
    chips = page.get_by_role("list", name="絞り込み")
    expect(chips.get_by_role("listitem")).to_have_count(3)
    rows = page.locator("tbody tr").count()
    page.locator("summary[aria-label=並べ替えと書き出し]").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="この一覧を CSV で書き出す").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == rows + 1 == 25 and all("株式会社みどり商事" in line for line in lines[1:])
    page.get_by_role("link", name="すべて解除").click()
    expect(page.locator("tbody tr")).to_have_count(50)


def test_on_a_phone_the_panel_is_the_page(page: Page, browser: Browser, desk: Desk):
    fill(desk)
    sign_in(page, desk)
    context = browser.new_context(storage_state=page.context.storage_state(), locale="ja-JP", viewport=PHONE)
    view = context.new_page()
    view.goto(desk.url + "/accounts/")
    view.locator("tbody tr a").first.click()
    panel = view.get_by_role("complementary", name="取引先の詳細")
    expect(panel).to_be_visible()
    expect(panel).to_be_focused()
    expect(view.locator("tbody")).to_be_hidden()
    panel.get_by_role("link", name="閉じる").click()
    expect(view.locator("tbody tr").first.locator("a")).to_be_focused()
    context.close()


def test_without_javascript_lists_open_and_close_their_panel(page: Page, browser: Browser, desk: Desk):
    fill(desk)
    sign_in(page, desk)
    plain = browser.new_context(
        storage_state=page.context.storage_state(), java_script_enabled=False, locale="ja-JP"
    ).new_page()
    plain.goto(desk.url + "/contacts/")
    plain.get_by_label("名前・アドレス・電話・取引先").last.fill("c69")
    plain.keyboard.press("Enter")
    plain.locator("tbody a").click()
    expect(plain.get_by_text("請求書は月末にまとめて送ってください。")).to_be_visible()
    plain.get_by_role("link", name="閉じる").click()
    expect(plain.locator("#peek")).to_have_count(0)
    expect(plain.get_by_role("heading", level=1)).to_have_text("「c69」の検索結果")


@pytest.mark.parametrize("way", WAYS)
def test_lists_and_panels_are_accessible_in_both_themes_and_fit_every_width(
    page: Page, browser: Browser, desk: Desk, way
):
    desk.run("shell", "-c", ON + "\n" + FILL)
    sign_in(page, desk)
    scheme, locale, size = WAYS[way]
    context = browser.new_context(
        storage_state=page.context.storage_state(), color_scheme=scheme, locale=locale, viewport=size, bypass_csp=True,
        reduced_motion="reduce",
    )  # fmt: skip
    view = context.new_page()
    errors = watched(view)
    wrong: list[str] = []
    newest = int(desk.ask("SELECT max(contact_id) FROM madoguchi_customernote")[0][0])
    for path in (f"/contacts/?open={newest}", "/contacts/?view=mapped", "/contacts/?q=nobody", "/contacts/?owner=me&tickets=with&account=x",
                 f"/contacts/?open={newest + 1}", "/accounts/", "/accounts/?open=1", "/tickets/101/"):  # fmt: skip
        view.goto(desk.url + path)
        if view.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{path}: scrolls sideways")
        wrong += [f"{path}: {violation}" for violation in violations(view)]
        wrong += [f"{path}: {error}" for error in errors]
        errors.clear()
    view.goto(desk.url + "/contacts/?sort=name")
    view.locator("summary.button").click()
    wrong += [f"the open filters: {violation}" for violation in violations(view)]
    assert wrong == []
    context.close()
