"""The seed's story of order 12345 in a browser: set up, relate, read in place, answer all, close (SPEC F)."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in
from tests.browser.test_live import another, listening
from tests.browser.test_merging import look

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]

STATUS, LATE, CANCEL = (
    "注文番号12345の注文のステータスを教えてください",
    "注文番号12345の配送が遅れている理由を教えてください",
    "注文番号12345の注文をキャンセルさせてください",
)
STORY = f"""
from datetime import timedelta
from django.utils import timezone
from madoguchi import record, tickets
from madoguchi.actor import Actor
from madoguchi.models import Contact, Department
contact, support = Contact.objects.get(last_name="山田"), Department.objects.get(name="サポート")
for n, subject in enumerate(({STATUS!r}, {LATE!r}, {CANCEL!r})):
    with record.at(timezone.now() - timedelta(hours=3 - n)):
        tickets.open_ticket(department=support, contact=contact, subject=subject, channel="Email",
            message={{"text": subject + "。", "from_name": "山田 花子", "from_address": "hanako@midori.example"}},
            by=Actor(contact=contact, door="mail"))
"""


RELATED = f"""{STORY}
from madoguchi.models import Agent, Ticket
Department.objects.filter(pk=support.pk).update(has_families=True, SWITCHES)
sato = Actor(agent=Agent.objects.select_related("role").get(email="sato@demo.example"), door="page")
parent, *children = Ticket.objects.with_people().filter(number__in=(101, 102, 103)).order_by("pk")
tickets.relate(parent, children, by=sato)
"""


def relate_them(desk: Desk, switches: str) -> None:
    desk.run("shell", "-v0", "-c", RELATED.replace("SWITCHES", switches))


def without_script(browser: Browser, page: Page) -> Page:
    state = page.context.storage_state()
    return browser.new_context(storage_state=state, java_script_enabled=False, locale="ja-JP").new_page()


def states(desk: Desk) -> list[str]:
    return [state for (state,) in desk.ask("SELECT state FROM madoguchi_ticket WHERE number > 100 ORDER BY number")]


def test_three_tickets_of_one_order_are_handled_as_one_matter(page: Page, browser: Browser, desk: Desk) -> None:
    desk.run("shell", "-v0", "-c", STORY)
    tanaka = another(browser, desk, "tanaka@demo.example")
    tanaka.goto(desk.url + "/settings/")
    tanaka.get_by_role("link", name="一般設定").click()
    tanaka.get_by_role("link", name="問い合わせの関連付け(親子関係の設定)：設定する").click()
    tanaka.get_by_label("部門を選択").select_option("サポート")
    tanaka.get_by_role("button", name="有効にする").click()
    waits = tanaka.get_by_role(
        "switch", name="子の問い合わせがすべて完了した際にのみ親の問い合わせを完了できるようにする"
    )
    closes = tanaka.get_by_role("switch", name="親の問い合わせが完了した際に子の問い合わせをすべて自動で完了する")
    waits.check()
    expect(closes).to_be_disabled()
    tanaka.get_by_role("switch", name="子の問い合わせがすべて完了した際に親の問い合わせを自動で完了する").check()
    wrong = look(browser, tanaka, desk.url, ["/settings/tickets/families", "/settings/tickets"])
    tanaka.keyboard.press("Escape")
    expect(tanaka.locator("#toasts")).to_contain_text("保存しました")

    sign_in(page, desk)
    page.goto(desk.url + "/tickets/101/")
    page.get_by_role("link", name="親 - 子").click()
    page.locator("summary", has_text="子の問い合わせを関連付ける").click()
    page.get_by_role("link", name="既存の問い合わせを関連付ける").click()
    page.get_by_label("#102 を選択").check()
    page.get_by_label("問い合わせを検索").last.fill("キャンセル")
    page.get_by_label("#103 を選択").check()
    expect(page.get_by_label("#102 を選択")).to_be_checked()
    expect(page.locator("#assoc-said")).to_have_text("2 件を選択中")
    page.get_by_role("button", name="関連付ける", exact=True).last.click()
    expect(page.locator("#toasts")).to_contain_text("2 件を #101 の子として関連付けました")
    expect(page.locator("#family")).to_contain_text("2 件中 0 件完了")
    page.get_by_role("button", name="#102 の会話").click()
    expect(page.locator("#talk-102")).to_contain_text(LATE + "。")

    paths = ["", "?open=102,103", "?detach=102", "/new", "/replies"]
    wrong += look(browser, page, desk.url, [f"/tickets/101/children{path}" for path in paths])
    wrong += look(browser, page, desk.url, ["/tickets/102/", "/tickets/102/children", "/tickets/new?parent=101"])

    page.goto(desk.url + "/tickets/101/children")
    listening(page)
    tanaka.goto(desk.url + "/tickets/102/")
    expect(tanaka.locator(".ticket__relations")).to_contain_text(f"#101 {STATUS}")
    tanaka.get_by_role("button", name="完了にする").click()
    expect(page.locator("#family")).to_contain_text("2 件中 1 件完了")
    expect(page.locator("#ticket-head")).to_contain_text("2 件中 1 件完了")

    page.get_by_role("button", name="完了にする").click(force=True)  # it says why not, and leads to why
    expect(page.get_by_role("alert").first).to_contain_text("未完了の子の問い合わせが 1 件あります")
    page.get_by_role("link", name="子の問い合わせを見る").click()

    page.get_by_role("link", name="すべての子に返信").click()
    page.locator(".composer__rich").click()
    page.keyboard.type("{{contact.lastName}} 様、#{{ticket.number}} は本日発送しました。")
    page.get_by_label("送信後のステータス").select_option("完了")
    page.get_by_role("button", name="返信内容を確認する").click()
    expect(page.locator(".letter")).to_have_count(1)
    expect(page.locator(".letter__text")).to_contain_text("山田 様、#103 は本日発送しました。")
    page.get_by_role("button", name="1 件の返信を送信").click()
    expect(page.get_by_role("heading", name="1 件の返信を送信しています")).to_be_visible()
    expect(page.get_by_text("親の問い合わせは完了しています。")).to_be_visible()
    assert wrong == []


def test_closing_a_parent_says_how_many_children_close_with_it_and_waits_for_a_yes(page: Page, desk: Desk) -> None:
    relate_them(desk, "closes_children=True")
    sign_in(page, desk)
    page.goto(desk.url + "/tickets/101/")
    page.get_by_role("button", name="完了にする").click()
    asked = page.get_by_role("dialog", name="#101 を子とともに完了しますか？")
    expect(asked).to_contain_text("未完了の子の問い合わせ 2 件も完了になります。")
    asked.get_by_role("link", name="キャンセル").click()
    expect(asked).to_have_count(0)
    assert states(desk) == ["Open"] * 3

    page.goto(desk.url + "/tickets/?view=all")
    page.get_by_role("row", name="#101").get_by_role("checkbox").check()
    page.get_by_role("toolbar").get_by_role("button", name="完了にする").click()
    asked = page.get_by_role("dialog", name="1 件を子とともに完了しますか？")
    expect(asked).to_contain_text("選択した親の問い合わせ（1 件）の、未完了の子の問い合わせ 2 件も完了になります。")
    assert states(desk) == ["Open"] * 3
    asked.get_by_role("button", name="完了にする").click()
    expect(page.locator("#toasts")).to_contain_text("親子の問い合わせ 2 件も完了にしました。")
    assert states(desk) == ["Closed"] * 3


def test_a_reply_to_all_is_kept_while_it_is_written_and_takes_its_files_to_each(page: Page, desk: Desk) -> None:
    relate_them(desk, "closes_parent=True")
    sign_in(page, desk)
    at = desk.url + "/tickets/101/children/replies"
    page.goto(at)
    page.locator(".composer__rich").click()
    page.keyboard.type("{{contact.lastName}} 様、#{{ticket.number}} の件です。")
    expect(page.locator("[data-saved]")).to_contain_text("下書きを保存しました")
    page.goto(at)
    expect(page.locator(".composer__rich")).to_have_text("{{contact.lastName}} 様、#{{ticket.number}} の件です。")
    page.get_by_label("すべて", exact=True).uncheck()
    expect(page.get_by_text("0 件を選択中")).to_be_visible()
    page.get_by_label("すべて", exact=True).check()
    file = {"name": "お詫び.txt", "mimeType": "text/plain", "buffer": "遅れました".encode()}
    page.locator('input[type="file"]').set_input_files(files=[file])  # type: ignore[list-item]
    expect(page.get_by_role("button", name="お詫び.txt ×")).to_be_visible()
    page.get_by_role("button", name="返信内容を確認する").click()
    expect(page.locator(".letter__text")).to_have_text(["山田 様、#102 の件です。", "山田 様、#103 の件です。"])
    page.get_by_role("button", name="本文に戻る").click()
    expect(page.get_by_label("お詫び.txt")).to_be_checked()
    page.get_by_role("button", name="返信内容を確認する").click()
    page.get_by_role("button", name="2 件の返信を送信").click()
    expect(page.get_by_role("heading", name="2 件の返信を送信しています")).to_be_visible()
    sent = (
        "SELECT t.number, a.name FROM madoguchi_attachment a JOIN madoguchi_ticket t ON t.id = a.ticket_id ORDER BY 1"
    )
    assert desk.ask(sent) == [(102, "お詫び.txt"), (103, "お詫び.txt")]
    assert desk.ask("SELECT count(*) FROM madoguchi_draft") == [(0,)]


def test_it_is_answered_detached_and_closed_without_script(page: Page, browser: Browser, desk: Desk) -> None:
    relate_them(desk, "closes_children=True")
    sign_in(page, desk)
    plain = without_script(browser, page)
    plain.goto(desk.url + "/tickets/101/children/replies")
    plain.get_by_label("返信の本文").fill("#{{ticket.number}} の件です。")
    plain.get_by_role("button", name="返信内容を確認する").last.click()
    expect(plain.locator(".letter__text")).to_have_text(["#102 の件です。", "#103 の件です。"])
    plain.get_by_role("button", name="2 件の返信を送信").click()
    expect(plain.get_by_role("heading", name="2 件の返信を送信しています")).to_be_visible()
    plain.goto(desk.url + "/tickets/101/children")
    plain.get_by_role("link", name="#103 の関連付けを解除").click()
    plain.get_by_role("button", name="解除", exact=True).click()
    expect(plain.locator("#family")).to_contain_text("1 件中 0 件完了")
    plain.goto(desk.url + "/tickets/101/")
    plain.get_by_role("button", name="完了にする").click()
    plain.get_by_role("dialog").get_by_role("button", name="完了にする").click()
    expect(plain.get_by_text("子の問い合わせ 1 件も完了にしました。")).to_be_visible()
    assert states(desk) == ["Closed", "Closed", "Open"]


def test_of_the_first_two_switches_only_one_is_on_without_script_too(page: Page, browser: Browser, desk: Desk) -> None:
    relate_them(desk, "closes_parent=True")
    sign_in(page, desk, "tanaka@demo.example")
    plain = without_script(browser, page)
    closes, waits = (
        plain.get_by_role("switch", name="親の問い合わせが完了した際に子の問い合わせをすべて自動で完了する"),
        plain.get_by_role("switch", name="子の問い合わせがすべて完了した際にのみ親の問い合わせを完了できるようにする"),
    )
    plain.goto(desk.url + "/settings/tickets/families")
    closes.check()
    waits.check()
    plain.get_by_role("button", name="閉じて保存").click()
    expect(plain.get_by_text("最初の 2 件の設定を同時に有効にすることはできません")).to_be_visible()
    waits.uncheck()
    plain.get_by_role("button", name="閉じて保存").click()
    plain.goto(desk.url + "/settings/tickets/families")
    expect(closes).to_be_checked()
    expect(waits).to_be_disabled()
    found = "SELECT closes_children, waits_for_children FROM madoguchi_department WHERE has_families"
    assert desk.ask(found) == [(True, False)]
