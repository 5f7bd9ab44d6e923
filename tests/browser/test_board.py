"""The board in a real browser: answered, closed and moved by mouse and keyboard, live between two agents, and bare."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in
from tests.browser.test_live import another, listening
from tests.browser.test_pages import violations

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

PREPARE = """
from django.utils import timezone
from madoguchi import lookups, tickets
from madoguchi.actor import Actor
from madoguchi.models import Agent, Contact, CrmConnection, Department
from madoguchi.people import identify
CrmConnection.objects.update_or_create(id=1, defaults={"kind": "builtin", "last_ok_at": timezone.now()})
lookups.forget()
desk, support = Actor.desk(), Department.objects.get(name="サポート")
for n in range(%d):
    person = identify(f"c{n}@kita.example", f"客 {n}番", by=desk)
    tickets.open_ticket(
        department=support, contact=person, subject=f"問い合わせ {n}", channel="Email",
        message={"text": f"本文 {n}", "from_name": person.name, "from_address": f"c{n}@kita.example"},
        mailbox=support.mailboxes.get(), by=Actor(contact=person, door="mail"),
    )
"""
# What the engine does when the CRM says something new of a contact: their open tickets follow, and open pages are told.
CLASSIFY = """
from django.db import transaction
from madoguchi import bell
from madoguchi.models import Contact, Ticket
with transaction.atomic():
    contact = Contact.objects.get(addresses__address="c%d@kita.example")
    Contact.objects.filter(pk=contact.pk).update(crm_class=%d)
    for ticket in Ticket.objects.filter(contact=contact):
        Ticket.objects.filter(pk=ticket.pk).update(crm_class=%d)
        bell.ring(verb="contact.classified", department=ticket.department_id, ticket=ticket.pk, number=ticket.number)
"""


def with_cards(page: Page, desk: Desk, n: int = 3, email: str = "sato@demo.example") -> None:
    desk.run("shell", "-v0", "-c", PREPARE % n)
    sign_in(page, desk, email)


def classify(desk: Desk, n: int, crm_class: int) -> None:
    desk.run("shell", "-v0", "-c", CLASSIFY % (n, crm_class, crm_class))


def card(page: Page, n: int) -> Any:
    return page.locator(".board-card[data-number]").filter(
        has=page.get_by_role("link", name=f"問い合わせ {n}", exact=True)
    )


def column(page: Page, key: str) -> Any:
    return page.locator(f"#column-{key}")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('.board-card')?.dataset.number ?? ''"))


def test_home_opens_the_work_modes_by_keyboard_and_a_card_is_answered_and_closed_in_place(page: Page, desk: Desk):
    with_cards(page, desk)
    page.goto(desk.url + "/")
    page.locator("header.page__head summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="顧客分類モード")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="顧客分類モード")).to_be_visible()
    listening(page)
    expect(column(page, "unmapped").locator(".count")).to_have_text("3")
    expect(page.locator(".board-card--sample")).to_have_count(4)

    first = card(page, 0)
    first.get_by_role("link", name="返信").click()
    text = first.get_by_role("textbox", name="返信の本文")
    expect(text).to_be_focused()
    expect(first.get_by_label("お客様の最新のメッセージ")).to_have_text("本文 0")
    text.fill("確認いたします。")
    first.locator("input[type=file]").set_input_files({"name": "写し.txt", "mimeType": "text/plain", "buffer": b"x"})
    expect(first.get_by_role("button", name="写し.txt ×")).to_be_visible()
    first.get_by_role("button", name="返信する").click()
    expect(page.get_by_text("返信を送信します")).to_be_visible()
    expect(text).to_have_count(0)
    assert desk.ask("SELECT text FROM madoguchi_entry WHERE direction = 'out'") == [("確認いたします。",)]
    assert desk.ask("SELECT count(*) FROM madoguchi_attachment WHERE name = '写し.txt' AND entry_id IS NOT NULL") == [
        (1,)
    ]

    first.get_by_role("button", name="完了").click()
    expect(first).to_have_count(0)
    expect(column(page, "unmapped").locator(".count")).to_have_text("2")
    expect(page.locator("#board-lead .count")).to_have_text("2")
    assert violations(page) == []


def test_everything_is_done_by_keyboard_and_an_input_method_is_left_alone(page: Page, desk: Desk):
    with_cards(page, desk)
    page.goto(desk.url + "/board/priority/")
    numbers = [each.get_attribute("data-number") for each in page.locator(".board-card").all()]
    column(page, "none").locator(".board__cards").focus()
    page.keyboard.press("ArrowDown")
    assert focused(page) == numbers[0]
    page.keyboard.press("j")
    assert focused(page) == numbers[1]
    page.keyboard.press("Shift+ArrowLeft")
    expect(column(page, "Low").locator(".board-card")).to_have_count(1)
    expect(page.get_by_text(f"#{numbers[1]} を「低」に移動しました。")).to_be_visible()
    assert focused(page) == numbers[1]
    page.keyboard.press("ArrowRight")
    assert focused(page) in (numbers[0], numbers[2])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("v")
    expect(column(page, "Low").get_by_role("button", name="緊急")).to_be_focused()
    page.keyboard.press("Enter")
    expect(column(page, "Urgent").locator(".board-card")).to_have_count(1)
    assert desk.ask("SELECT priority FROM madoguchi_ticket WHERE number = %s", int(numbers[1] or 0)) == [("Urgent",)]

    page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'e', isComposing: true, bubbles: true}))"
    )
    page.keyboard.press("r")
    expect(page.get_by_role("textbox", name="返信の本文")).to_be_focused()
    page.keyboard.type("er")  # letters, no shortcuts
    expect(page.get_by_role("textbox", name="返信の本文")).to_have_value("er")
    page.keyboard.press("Escape")
    expect(page.get_by_role("textbox", name="返信の本文")).to_have_count(0)
    assert desk.ask("SELECT fields->>'body' FROM madoguchi_draft") == [("er",)]
    assert focused(page) == numbers[1]
    page.keyboard.press("e")
    expect(column(page, "Urgent").locator(".board-card")).to_have_count(0)
    assert desk.ask("SELECT count(*) FROM madoguchi_ticket WHERE state = 'Closed'") == [(1,)]


def test_a_card_is_dragged_to_another_priority_and_comes_back_where_that_is_refused(page: Page, desk: Desk):
    with_cards(page, desk)
    page.goto(desk.url + "/board/priority/")
    one = card(page, 1)
    one.locator(".board-card__top .number").drag_to(column(page, "High").locator(".board__cards"))
    expect(column(page, "High").get_by_role("link", name="問い合わせ 1")).to_be_visible()
    expect(column(page, "High").locator(".count")).to_have_text("1")
    assert desk.ask("SELECT priority FROM madoguchi_ticket WHERE subject = '問い合わせ 1'") == [("High",)]

    page.goto(desk.url + "/board/due/")
    one.locator(".board-card__top .number").drag_to(column(page, "overdue").locator(".board__cards"))
    expect(one.get_by_role("alert")).to_contain_text("列")
    expect(column(page, "overdue").locator(".board-card")).to_have_count(0)
    assert desk.ask("SELECT due_at FROM madoguchi_ticket WHERE subject = '問い合わせ 1'") == [(None,)]

    page.goto(desk.url + "/board/crm/")
    expect(page.locator(".board-card").first).to_be_visible()
    box = card(page, 2).bounding_box()
    assert box
    page.mouse.move(box["x"] + 60, box["y"] + 14)
    page.mouse.down()
    page.mouse.move(box["x"] - 300, box["y"] + 90, steps=5)
    page.mouse.up()
    expect(page.locator("#toasts")).to_contain_text("CRM")


def test_cards_follow_what_happens_elsewhere_and_never_leave_the_writers_hands(
    page: Page, browser: Browser, desk: Desk
):
    with_cards(page, desk)
    page.goto(desk.url + "/board/crm/")
    listening(page)
    tanaka = another(browser, desk, "tanaka@demo.example")
    tanaka.goto(desk.url + "/board/crm/")
    listening(tanaka)

    classify(desk, 0, 0)
    for each in (page, tanaka):
        expect(column(each, "customers").get_by_role("link", name="問い合わせ 0")).to_be_visible(timeout=15000)
        expect(column(each, "customers").locator(".count")).to_have_text("1")
        expect(column(each, "unmapped").locator(".count")).to_have_text("2")

    two = card(page, 2)
    two.get_by_role("link", name="返信").click()
    text = two.get_by_role("textbox", name="返信の本文")
    text.fill("書きかけの返信")
    classify(desk, 2, 1)
    expect(two.get_by_role("status")).to_contain_text("「商談」に移りました", timeout=15000)
    expect(text).to_have_value("書きかけの返信")
    expect(column(tanaka, "potentials").get_by_role("link", name="問い合わせ 2")).to_be_visible()
    two.get_by_role("link", name="閉じる").click()
    expect(column(page, "potentials").get_by_role("link", name="問い合わせ 2")).to_be_visible()

    card(tanaka, 1).get_by_role("button", name="完了").click()
    expect(card(page, 1)).to_have_count(0)
    expect(page.locator("#board-lead .count")).to_have_text("2")
    desk.run("shell", "-v0", "-c", (PREPARE % 4).replace("range(4)", "range(3, 4)"))
    expect(column(page, "unmapped").get_by_role("link", name="問い合わせ 3")).to_be_visible(timeout=15000)


def test_a_column_goes_on_in_place_and_samples_are_tried_out_and_removed(page: Page, desk: Desk):
    with_cards(page, desk, 24, "admin@demo.example")
    page.goto(desk.url + "/board/crm/")
    shown = column(page, "unmapped").locator(".board-card[data-number]")
    expect(shown).to_have_count(20)
    page.get_by_role("link", name="ほか 4 件を表示").click()
    expect(shown).to_have_count(24)
    expect(page.locator(".board__more")).to_have_count(0)

    sample = column(page, "customers").locator(".board-card--sample")
    sample.get_by_role("link", name="返信").click()
    sample.get_by_role("textbox").fill("試しの返信")
    sample.get_by_role("button", name="返信する").click()
    expect(page.locator("#toasts")).to_contain_text("メールは送信していません")
    sample.get_by_role("button", name="完了").click()
    expect(column(page, "customers")).to_have_count(0)
    page.locator("summary[aria-label='その他の処理']").click()
    page.get_by_role("button", name="サンプルをすべて削除").click()
    expect(page.locator(".board-card--sample")).to_have_count(0)
    expect(page.locator(".board__column")).to_have_count(1)
    assert desk.ask("SELECT count(*) FROM madoguchi_outboundmail") == [(0,)]


def test_without_script_a_card_is_answered_moved_and_closed(browser: Browser, desk: Desk):
    context = browser.new_context(locale="ja-JP", java_script_enabled=False)
    page = context.new_page()
    with_cards(page, desk)
    page.goto(desk.url + "/")
    page.locator("header.page__head summary").click()
    page.get_by_role("link", name="優先度別").click()
    card(page, 0).get_by_role("link", name="を移動").click()
    page.get_by_role("button", name="高", exact=True).click()
    expect(column(page, "High").get_by_role("link", name="問い合わせ 0")).to_be_visible()
    card(page, 0).get_by_role("link", name="返信").click()
    page.get_by_role("textbox", name="返信の本文").fill("承知しました。")
    page.get_by_role("button", name="返信する").click()
    card(page, 0).get_by_role("button", name="完了").click()
    expect(card(page, 0)).to_have_count(0)
    expect(page.get_by_text("を完了にしました")).to_be_visible()
    assert desk.ask("SELECT state, priority FROM madoguchi_ticket WHERE subject = '問い合わせ 0'") == [
        ("Closed", "High")
    ]


@pytest.mark.parametrize(
    ("scheme", "language", "width"), [("dark", "en", 1440), ("light", "ja", 390), ("dark", "ja", 390)]
)
def test_every_mode_is_accessible_and_fits(browser: Browser, desk: Desk, scheme: Any, language: str, width: int):
    context = browser.new_context(
        locale="ja-JP", timezone_id="Asia/Tokyo", color_scheme=scheme, viewport={"width": width, "height": 844}
    )
    page = context.new_page()
    with_cards(page, desk, 4)
    desk.ask("UPDATE madoguchi_agent SET language = %s RETURNING id", language)
    for mode in ("crm", "priority", "assignee", "due", "status"):
        page.goto(f"{desk.url}/board/{mode}/")
        first = page.locator(".board-card[data-number]").first
        first.locator("[data-reply]").click()
        expect(first.get_by_role("textbox")).to_be_focused()
        assert violations(page) == [], mode
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), mode
