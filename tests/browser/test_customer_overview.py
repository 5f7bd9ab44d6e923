"""概要 in a real browser: numbers lead to what they count, the ring by keyboard and touch, satisfaction at a click (SPEC I3–I9)."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in
from tests.browser.test_pages import WAYS, violations

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

STORY = """
from datetime import timedelta
from django.utils import timezone
from madoguchi import people, record, tickets
from madoguchi.actor import Actor
from madoguchi.models import Account, Agent, Contact, Department
from madoguchi.tickets.rating import rate
sato = Actor(agent=Agent.objects.for_request().get(email="sato@demo.example"), door="page")
support, billing = Department.objects.order_by("pk")[:2]
yamada = Contact.objects.get(last_name="山田")
def opened(days, channel, department=support, contact=yamada):
    with record.at(timezone.now() - timedelta(days=days)):
        return tickets.open_ticket(department=department, contact=contact, subject=f"{channel} の件 {days}", channel=channel,
            message={"text": "お尋ねします。", "from_name": "山田 花子", "from_address": "hanako@midori.example"},
            mailbox=None, by=Actor(contact=contact, door="mail"))
def answered(ticket, minutes, close=False):
    with record.at(ticket.created_at + timedelta(minutes=minutes)):
        entry = tickets.reply(ticket, "お答えします。", by=sato)
    if close:
        with record.at(ticket.created_at + timedelta(minutes=minutes + 60)):
            tickets.close(ticket, by=sato)
    return entry
late = opened(60, "Email")
tickets.edit(late, {"due_at": late.created_at + timedelta(hours=1)}, by=sato)
first = answered(late, 120, close=True)
second = answered(opened(40, "Phone"), 30, close=True)
third = answered(opened(20, "Chat"), 10)
opened(3, "Email"), opened(2, "Web"), opened(1, "Email", billing)
by = Actor(contact=yamada, door="portal")
rate(first, "bad", "返事が遅いです。", by=by); rate(second, "good", "助かりました。", by=by); rate(third, "good", by=by)
people.identify("rtl@midori.example", "عبد الرحمن بن محمد", by=sato)
long = people.identify("long@midori.example", "🦊" + "とても長い名前の連絡先" * 9, by=sato)
opened(5, "Email", contact=long)
print(yamada.pk, long.pk, Account.objects.get().pk)
"""


@pytest.fixture
def story(desk: Desk) -> dict[str, str]:
    contact, long, account = desk.run("shell", "-v0", "-c", STORY).split()[-3:]
    return {"contact": f"/contacts/{contact}/", "long": f"/contacts/{long}/", "account": f"/accounts/{account}/"}


def watched(page: Page) -> list[str]:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    return errors


def stat(page: Page, name: str):
    return page.locator(".stat", has=page.get_by_role("heading", name=name, exact=True)).locator(".stat__value a")


def rows(page: Page) -> list[str]:
    page.wait_for_load_state("load")
    return page.locator("table.table--tickets tbody tr").all_inner_texts()


@pytest.mark.parametrize("query", ["", "?days=30"])
def test_each_number_opens_exactly_the_tickets_it_counts(page: Page, desk: Desk, story, query):
    sign_in(page, desk)
    errors = watched(page)
    seen = {}
    for name in ("問い合わせの合計", "未完了", "遅延"):
        page.goto(desk.url + story["contact"] + query)
        number = stat(page, name)
        if not number.count():  # none: nothing to open
            seen[name] = 0
            continue
        seen[name] = int(re.sub(r"\D", "", number.inner_text()))
        number.click()
        page.wait_for_url("**/tickets?**" if query or name != "問い合わせの合計" else "**/tickets")
        assert len(rows(page)) == seen[name]
        assert name != "遅延" or "Email の件 60" in rows(page)[0]  # resolved, though late
    assert seen == (
        {"問い合わせの合計": 3, "未完了": 3, "遅延": 0} if query else {"問い合わせの合計": 5, "未完了": 3, "遅延": 1}
    )
    assert not errors


def test_the_ring_tells_its_figures_by_pointer_and_keyboard_and_leads_to_these_tickets(page: Page, desk: Desk, story):
    sign_in(page, desk)
    page.goto(desk.url + story["contact"])
    ring = page.locator(".donut__ring")
    expect(ring.locator(".donut__all")).to_be_visible()
    mail = page.get_by_role("link", name="メール 2 件（40%）")
    told = page.locator(".donut__told").first
    mail.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(told).to_be_visible()
    expect(told).to_have_text(re.compile(r"メール\s*2\s*40%"))
    expect(ring.locator(".donut__all")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="ヘルプセンター 1 件（20%）")).to_be_focused()
    expect(page.locator(".donut__told").nth(1)).to_be_visible()
    expect(told).to_be_hidden()
    box = ring.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.87, box["y"] + box["height"] / 2)  # at three o'clock: mail
    expect(told).to_be_visible()
    expect(page.locator(".donut__told:visible")).to_have_count(1)
    mail.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets?channel=Email")
    assert len(rows(page)) == 2


def test_by_touch_the_first_tap_tells_and_the_second_opens(page: Page, browser: Browser, desk: Desk, story):
    sign_in(page, desk)
    context = browser.new_context(
        storage_state=page.context.storage_state(), viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="ja-JP"
    )  # fmt: skip
    phone = context.new_page()
    phone.goto(desk.url + story["contact"])
    mail = phone.locator(".donut__told").first
    box = phone.locator(".donut__ring").bounding_box()
    assert box is not None
    phone.locator(".donut__ring").scroll_into_view_if_needed()
    box = phone.locator(".donut__ring").bounding_box()
    assert box is not None
    there = (box["x"] + box["width"] * 0.87, box["y"] + box["height"] / 2)
    phone.touchscreen.tap(*there)
    expect(mail).to_be_visible()
    assert phone.url.endswith(story["contact"])
    phone.get_by_role("heading", name="チャネル別の問い合わせ").tap()
    expect(phone.locator(".donut__slice[data-told]")).to_have_count(0)
    phone.touchscreen.tap(*there)
    phone.touchscreen.tap(*there)
    phone.wait_for_url("**/tickets?channel=Email")
    context.close()


def test_satisfaction_is_closed_at_first_and_opens_at_a_click_and_by_keyboard(page: Page, desk: Desk, story):
    sign_in(page, desk)
    page.goto(desk.url + story["account"])
    card = page.locator(".reveal")
    expect(card.locator("summary")).to_contain_text("67")
    expect(card.locator("summary")).to_contain_text("評価 3 件")
    expect(card.get_by_text("良い").first).to_be_hidden()
    card.locator("summary").click()
    expect(card.locator(".share-list")).to_be_visible()
    expect(card.locator("li").first).to_have_text(re.compile(r"良い\s*2\s*67%"))
    expect(card.locator(".quote")).to_contain_text("助かりました。")
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(card.locator(".share-list")).to_be_hidden()
    page.keyboard.press("Enter")
    card.get_by_role("link", name="良い: 評価 2 件").click()
    page.wait_for_url("**/ratings?rating=good")
    page.wait_for_load_state("load")
    expect(page.locator("table.table--ratings tbody tr")).to_have_count(2)


def test_choices_change_the_figures_in_place_and_how_they_are_computed_opens_and_closes(page: Page, desk: Desk, story):
    sign_in(page, desk, "admin@demo.example")
    errors = watched(page)
    page.goto(desk.url + story["contact"])
    expect(stat(page, "問い合わせの合計")).to_contain_text("6")
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="30 日").click()
    expect(stat(page, "問い合わせの合計")).to_contain_text("4")
    page.get_by_role("link", name="経過時間").click()
    expect(page.get_by_role("link", name="経過時間")).to_have_attribute("aria-current", "true")
    assert "days=30" in page.url and "hours=clock" in page.url
    page.get_by_role("combobox", name="部門").select_option(label="経理")
    expect(stat(page, "問い合わせの合計")).to_contain_text("1")
    assert page.evaluate("window.stayed") is True
    how = page.locator(".how").nth(1)
    how.locator("summary").click()
    expect(how.locator("p")).to_contain_text("夜間や休日も含めた経過時間です。")
    page.keyboard.press("Escape")
    expect(how.locator("p")).to_be_hidden()
    page.get_by_text("表で見る").click()
    expect(page.locator(".trend__table tbody tr")).to_have_count(12)
    page.goto(desk.url + story["account"])
    expect(page.get_by_role("link", name="経過時間")).to_have_attribute("aria-current", "true")  # remembered
    assert not errors


def test_without_javascript_everything_is_within_reach(page: Page, browser: Browser, desk: Desk, story):
    sign_in(page, desk, "admin@demo.example")
    context = browser.new_context(storage_state=page.context.storage_state(), java_script_enabled=False, locale="ja-JP")
    plain = context.new_page()
    plain.goto(desk.url + story["contact"])
    plain.get_by_role("link", name="90 日").click()
    plain.get_by_role("combobox", name="部門").select_option(label="経理")
    plain.get_by_role("button", name="表示", exact=True).click()
    expect(stat(plain, "問い合わせの合計")).to_contain_text("1")
    assert "days=90" in plain.url
    plain.locator(".how summary").first.click()
    expect(plain.locator(".how p").first).to_be_visible()
    plain.goto(desk.url + story["contact"])
    plain.locator(".reveal summary").click()
    expect(plain.locator(".share-list")).to_be_visible()
    plain.get_by_text("連絡先の項目").click()
    expect(plain.get_by_text("追加日時")).to_be_visible()
    plain.get_by_role("link", name="縮小").click()
    plain.wait_for_url("**/contacts/?open=*")
    context.close()


def test_figures_follow_what_happens_meanwhile(page: Page, desk: Desk, story):
    sign_in(page, desk)
    page.goto(desk.url + story["account"])
    expect(stat(page, "問い合わせの合計")).to_contain_text("6")
    page.locator(".reveal summary").click()
    page.wait_for_timeout(1000)  # the stream is open
    head = STORY[: STORY.index("late = opened")]
    desk.run("shell", "-v0", "-c", head + 'opened(0, "Chat")')
    expect(stat(page, "問い合わせの合計")).to_contain_text("7")
    expect(page.locator("#customer-tabs")).to_contain_text("7")
    expect(page.locator(".share-list")).to_be_visible()  # what was opened stays open


@pytest.mark.parametrize("way", WAYS)
def test_the_pages_are_accessible_and_fit(page: Page, browser: Browser, desk: Desk, story, way):
    sign_in(page, desk)
    scheme, locale, size = WAYS[way]
    if locale.startswith("en"):
        desk.run("shell", "-v0", "-c", "from madoguchi.models import Agent; Agent.objects.update(language='en')")
    context = browser.new_context(
        storage_state=page.context.storage_state(), color_scheme=scheme, locale=locale, viewport=size, bypass_csp=True, reduced_motion="reduce"
    )  # fmt: skip
    view = context.new_page()
    errors, wrong = watched(view), []
    for path in [*story.values(), "/contacts/2/"]:
        view.goto(desk.url + path)
        for closed in view.locator("details:not([data-menu]) > summary").all():
            closed.click()
        view.add_style_tag(
            content=".tabs { flex-wrap: wrap }"
        )  # none half scrolled out, where it would count as too small
        view.evaluate(
            "document.getElementById('content').scrollTo(0, 0); scrollTo(0, 0); document.activeElement.blur()"
        )
        wrong += [f"{path}: {each}" for each in violations(view)]
        if view.evaluate("document.querySelector('main').scrollWidth > document.querySelector('main').clientWidth"):
            wrong.append(f"{path}: scrolls sideways")
    assert not wrong and not errors
    context.close()
