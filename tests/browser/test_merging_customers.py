"""Two records of one person become one, from the ⋯ menu to the help of a search, and what axe says of the pages."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in
from tests.browser.test_merging import look

pytestmark = pytest.mark.browser

STORY = """
from madoguchi import people, tickets
from madoguchi.actor import Actor
from madoguchi.models import Contact, Department
main = Contact.objects.get(last_name="高橋")
other = people.identify("makoto@personal.example", "高橋 誠", by=Actor.desk())
people.edit_contact(other, {"title": "部長"}, by=Actor.desk())
tickets.open_ticket(department=Department.objects.get(name="サポート"), contact=other, subject="別のアドレスから",
    channel="Email", message={"text": "お願いします。", "from_name": "高橋 誠"}, by=Actor(contact=other, door="mail"))
print(main.pk)
"""


def test_two_records_of_one_person_become_one(page: Page, browser: Browser, desk: Desk):
    pk = desk.run("shell", "-v0", "-c", STORY).split()[-1]
    sign_in(page, desk)
    page.goto(f"{desk.url}/contacts/{pk}/")
    page.locator("summary[aria-label='その他の処理']").click()
    page.get_by_role("link", name="統合…").click()
    page.wait_for_url(f"{desk.url}/contacts/{pk}/merge")
    expect(page.get_by_text("同じ名前")).to_be_visible()
    page.get_by_role("checkbox", name="高橋 誠 を選択").check()
    wrong = look(browser, page, desk.url, [f"/contacts/{pk}/merge"])
    page.get_by_role("button", name="比較する").click()
    title = page.locator("#will-title")
    expect(title).to_contain_text("部長")
    page.locator('input[name="keep-title"]').first.check()
    expect(title).to_contain_text("値なし")
    wrong += look(
        browser, page, desk.url, [page.url.removeprefix(desk.url), page.url.removeprefix(desk.url) + "&confirm=1"]
    )
    page.get_by_role("button", name="統合する").click()
    expect(page.get_by_role("heading", name="2 件を「高橋 誠」に統合しますか？")).to_be_visible()
    page.get_by_role("button", name="はい、統合します").click()
    page.wait_for_url(f"{desk.url}/contacts/{pk}/")
    expect(page.get_by_role("heading", name="高橋 誠")).to_be_visible()
    page.goto(f"{desk.url}/contacts/{pk}/tickets")
    expect(page.get_by_text("別のアドレスから")).to_be_visible()
    assert not wrong, wrong
