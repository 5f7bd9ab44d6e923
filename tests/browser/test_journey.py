"""Mail in → list → reply → SMTP → the customer's answer → the same ticket, in Japanese, on real servers."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.prepare import PASSWORD
from tests.mails import mail

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]


def soon(reached: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.1)


def sign_in(page: Page, desk: Desk, email: str = "sato@demo.example") -> None:
    page.goto(desk.url + "/")
    page.get_by_label("メールアドレス").fill(email)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="サインイン").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def reload_until(page: Page, text: str) -> None:
    def there() -> bool:
        page.reload()
        return page.get_by_text(text).count() > 0

    soon(there)


def test_a_customers_mail_is_answered_and_the_answer_comes_back_to_the_same_ticket(page: Page, desk: Desk):
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(page, desk)
    desk.imap.deliver(mail("メールの同期についての不具合", "業務用の携帯電話でメールを同期できません。"))
    page.goto(desk.url + "/tickets/")
    reload_until(page, "メールの同期についての不具合")
    page.get_by_role("link", name="メールの同期についての不具合").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("メールの同期についての不具合")
    expect(page.get_by_text("業務用の携帯電話でメールを同期できません。").first).to_be_visible()
    address = page.url

    page.locator(".composer [contenteditable=true]").first.click()
    page.keyboard.type("設定画面の写真をお送りください。")
    page.get_by_role("button", name="送信", exact=False).first.click()
    expect(page.get_by_text("設定画面の写真をお送りください。").first).to_be_visible()
    soon(lambda: len(desk.post.accepted) == 1)
    reload_until(page, "送信済み")

    (sent,) = desk.post.mails
    assert "makoto@kita.example" in sent["To"] and "設定画面の写真" in sent.get_body(("plain",)).get_content()
    answer = mail(
        "Re: " + sent["Subject"],
        "写真をお送りします。\n\n2026年11月20日(金) 10:15 サポート <support@demo.example>:\n> 設定画面の写真をお送りください。",
        answers=sent["Message-ID"].strip("<>"),
        files=[("設定.png", "image/png", b"\x89PNG\r\n\x1a\n")],
    )
    desk.imap.deliver(answer)
    reload_until(page, "写真をお送りします。")
    assert page.url.split("#")[0] == address.split("#")[0]
    expect(page.get_by_text("設定.png").first).to_be_visible()
    page.goto(desk.url + "/tickets/")
    assert page.get_by_role("link", name=re.compile("メールの同期についての不具合")).count() == 1
    assert errors == []
