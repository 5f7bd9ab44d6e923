"""Business hours, holidays and targets set up in the browser (SPEC D5)."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in
from tests.browser.test_pages import PHONE, WIDE, violations

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]


def set_up(page: Page, desk: Desk) -> None:
    """A holiday list, hours that observe it, and targets of サポート."""
    page.goto(desk.url + "/settings/hours")
    page.get_by_role("link", name="休業日の一覧を追加").click()
    page.get_by_label("名前").fill("祝日と年末年始")
    page.get_by_label("日本の祝日").check()
    page.get_by_role("button", name="保存").click()
    page.get_by_label("日付（1 行に 1 日）").fill("12-29 年末年始休業\n2026-02-30 無い日")
    page.get_by_role("button", name="貼り付けた日を追加").click()
    expect(page.get_by_text("2 行目「2026-02-30 無い日」：存在しない日付です")).to_be_visible()
    page.get_by_label("日付（1 行に 1 日）").fill("12-29 年末年始休業\n12-30 年末年始休業")
    page.get_by_role("button", name="貼り付けた日を追加").click()
    expect(page.get_by_role("button", name="12月30日を外す")).to_be_visible()
    page.goto(desk.url + "/settings/hours/new")
    page.get_by_label("名前").fill("平日")
    page.get_by_label("休業日").select_option(label="祝日と年末年始")
    page.locator("#day-0").select_option("several")
    page.get_by_label("月曜日：終了 1").fill("12:00")
    page.get_by_label("月曜日：開始 2").fill("13:00")
    page.get_by_label("月曜日：終了 2").fill("18:00")
    page.get_by_role("button", name="月曜日の時間を平日にコピー").click()
    expect(page.get_by_label("金曜日：開始 2")).to_have_value("13:00")
    expect(page.get_by_label("土曜日：開始 1")).to_be_hidden()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="今後 2 週間")).to_be_visible()
    expect(page.locator(".outlook tbody tr")).to_have_count(14)


def test_hours_are_set_up_and_a_department_gets_them(page: Page, desk: Desk) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" and "422" not in m.text else None)
    sign_in(page, desk, "admin@demo.example")
    set_up(page, desk)
    page.get_by_role("button", name="火曜日：時間帯を追加").click()
    page.get_by_label("火曜日：開始 3").fill("20:00")
    page.get_by_label("火曜日：終了 3").fill("00:00")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("保存しました")).to_be_visible()
    assert desk.ask("SELECT week -> 1 FROM madoguchi_hours") == [([[540, 720], [780, 1080], [1200, 1440]],)]
    page.goto(desk.url + "/settings/hours")
    page.get_by_role("link", name="サポート").click()
    page.locator("select[name=hours]").select_option(index=1)
    page.get_by_label("高：一次返信までの時間", exact=True).fill("2")
    page.get_by_label("高：解決までの時間", exact=True).fill("1")
    page.get_by_label("高：解決までの時間：単位").select_option("minutes")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("解決までの時間は、一次返信までの時間以上にしてください。").first).to_be_visible()
    page.get_by_label("高：解決までの時間：単位").select_option("days")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("この営業時間では 8時間")).to_be_visible()
    assert desk.ask("SELECT priority, response_s, resolution_s FROM madoguchi_target") == [("High", 7200, 8 * 3600)]
    page.get_by_role("button", name="過去の問い合わせを計算し直す").click()
    expect(page.get_by_text(re.compile("前回：[0-9]+ 件"))).to_be_visible()
    assert errors == []


def test_the_pages_of_hours_are_accessible_in_both_themes_languages_and_on_a_phone(
    page: Page, browser: Browser, desk: Desk
) -> None:
    sign_in(page, desk, "admin@demo.example")
    set_up(page, desk)
    hours, holidays, support = (
        desk.ask(f"SELECT id FROM madoguchi_{table} ORDER BY id LIMIT 1")[0][0]
        for table in ("hours", "holidaylist", "department")
    )
    paths = ["", "/new", f"/{hours}", f"/departments/{support}", f"/../holidays/{holidays}"]
    wrong = []
    for scheme, locale, size in (("light", "ja-JP", WIDE), ("dark", "en-GB", WIDE), ("dark", "ja-JP", PHONE)):
        context = browser.new_context(
            storage_state=page.context.storage_state(), color_scheme=scheme, locale=locale, viewport=size, bypass_csp=True, reduced_motion="reduce"
        )  # fmt: skip
        view = context.new_page()
        for path in paths:
            view.goto(f"{desk.url}/settings/hours{path}")
            where = f"{path} {scheme} {size['width']}"
            if view.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{where}: scrolls sideways")
            wrong += [f"{where}: {found}" for found in violations(view)]
        context.close()
    assert wrong == []


def test_hours_are_made_without_script(browser: Browser, desk: Desk) -> None:
    with browser.new_context(java_script_enabled=False, locale="ja-JP") as context:
        page = context.new_page()
        sign_in(page, desk, "admin@demo.example")
        page.goto(desk.url + "/settings/hours/new")
        page.get_by_label("名前").fill("配送")
        expect(page.get_by_role("button", name="月曜日の時間を平日にコピー")).to_be_hidden()
        page.locator("#day-5").select_option("one")
        page.get_by_label("土曜日：終了 1").fill("12:00")
        page.locator("#day-6").select_option("whole")
        page.get_by_role("button", name="保存").click()
        expect(page.get_by_role("heading", name="配送")).to_be_visible()
    week = desk.ask("SELECT week FROM madoguchi_hours WHERE name = '配送'")[0][0]
    assert week == [*[[[540, 1080]]] * 5, [[540, 720]], [[0, 1440]]]
