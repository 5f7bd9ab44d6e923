"""Search in a real browser: typed in the bar, by arrow keys, and on its page in both themes and on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_pages import PHONE, violations, with_a_ticket

pytestmark = [
    pytest.mark.browser,
    pytest.mark.dovecot,
    pytest.mark.browser_context_args(bypass_csp=True, reduced_motion="reduce"),
]


def test_a_word_typed_in_the_bar_leads_to_the_ticket(page: Page, desk: Desk) -> None:
    with_a_ticket(page, desk)
    page.goto(desk.url + "/")
    field = page.get_by_role("combobox", name="検索", exact=True)
    field.press_sequentially("業務用")
    listed = page.get_by_role("listbox", name="検索候補")
    expect(listed.get_by_role("option").first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    assert violations(page) == []
    field.press("Escape")
    expect(listed).to_be_hidden()
    field.press("ArrowDown")
    field.press("ArrowDown")
    expect(listed.get_by_role("option", selected=True)).to_have_count(1)
    field.press("ArrowUp")
    field.press("Enter")
    page.wait_for_url("**/tickets/101/")
    field.fill("#101")
    field.press("Enter")
    page.wait_for_url("**/tickets/101/")


def test_the_page_of_results_is_accessible_in_dark_and_on_a_phone(page: Page, desk: Desk) -> None:
    with_a_ticket(page, desk)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for address in ("/search?q=業務用", "/search?q=存在しない言葉", "/search", "/search?q=a&kind=contacts"):
            page.goto(desk.url + address)
            assert violations(page) == [], address
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(desk.url + "/search?q=業務用")
    expect(page.locator(".results mark").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations(page) == []
