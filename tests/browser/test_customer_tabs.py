"""The tabs of a customer in a real browser: accessible in both themes, both languages, on a phone; a note from first to last."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_customer_overview import STORY, watched
from tests.browser.test_journey import sign_in
from tests.browser.test_pages import WAYS, violations

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

MORE = """
from madoguchi import crm
from madoguchi.organisation.crm import connect_builtin
from madoguchi.people import notes
from madoguchi.models import Department
connect_builtin(by=Actor.desk())
notes.write_note(yamada, "電話は 14 時以降。" + "とても長いメモ" * 60, by=sato)
tickets.share(late, [tickets.Wish(billing)], by=sato)
tickets.comment(late, "返金済み", by=sato)
tickets.merge(Contact.objects.get(pk=yamada.pk).tickets.get(subject="Web の件 2"), [Contact.objects.get(pk=yamada.pk).tickets.get(subject="Email の件 3")], by=sato)
who = crm.create_person("contact", {"last_name": "山田", "email": "hanako@midori.example"}, by=sato)
crm.create_deal({"name": "年間契約", "person": who, "amount": "1200000"}, by=sato)
"""


@pytest.fixture
def story(desk: Desk) -> tuple[str, str]:
    script = STORY.replace("print(", MORE + "print(")
    contact, _long, account = desk.run("shell", "-v0", "-c", script).split()[-3:]
    return f"/contacts/{contact}", f"/accounts/{account}"


@pytest.mark.parametrize("way", WAYS)
def test_every_tab_is_accessible_and_fits_every_width(page: Page, browser: Browser, desk: Desk, story, way):
    sign_in(page, desk)
    scheme, locale, size = WAYS[way]
    signed_in = page.context.storage_state()
    context = browser.new_context(storage_state=signed_in, color_scheme=scheme, locale=locale, viewport=size)
    page = context.new_page()
    errors = watched(page)
    contact, account = story
    tabs = [f"{here}/{tab}" for here in story for tab in ("activity", "tickets", "ratings", "notes", "deals")]
    more = [
        f"{account}/contacts",
        f"{contact}/tickets?overdue=1&days=90&sort=created",
        f"{contact}/activity?kind=ratings",
    ]
    for path in [*tabs, *more, f"{contact}/ratings?rating=ok", f"{contact}/notes?edit=1", f"{contact}/notes?delete=1"]:
        page.goto(desk.url + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert errors == []
    context.close()


def test_a_note_is_written_changed_and_deleted_and_everything_is_in_the_activity(page: Page, desk: Desk, story):
    sign_in(page, desk)
    errors = watched(page)
    page.goto(f"{desk.url}{story[0]}/notes")
    page.get_by_label("この顧客について担当者が知っておくべきこと").fill("午後に電話\nを希望")
    page.get_by_role("button", name="メモを追加").click()
    note = page.locator(".note").first
    expect(note.locator(".note__text")).to_have_text("午後に電話\nを希望")
    note.get_by_label("その他の処理").click()
    note.get_by_role("link", name="編集").click()
    page.locator(".note textarea").fill("夕方に電話")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".note__text").first).to_have_text("夕方に電話")
    page.locator(".note").first.get_by_label("その他の処理").click()
    page.locator(".note").first.get_by_role("link", name="削除").click()
    page.get_by_role("dialog").get_by_role("button", name="削除").click()
    expect(page.get_by_text("夕方に電話")).to_have_count(0)
    page.get_by_role("link", name="活動", exact=True).click()
    first = page.locator(".timeline__item")
    expect(first.nth(0)).to_contain_text("佐藤 健が顧客のメモを削除しました")
    page.get_by_role("link", name="統合・共有・関連付け").click()
    expect(page.locator(".timeline__item").first).to_contain_text("を統合しました")
    expect(page.get_by_text("と共有しました")).to_be_visible()
    assert errors == []
