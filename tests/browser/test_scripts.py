"""Hostile mail in a real browser under the real policy: nothing runs, nothing is loaded from elsewhere."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Desk
from tests.browser.test_journey import sign_in, soon
from tests.kit.test_kit_html_safe import ATTACKS
from tests.mails import mail

pytestmark = [pytest.mark.browser, pytest.mark.dovecot]


SENDERS = 3
COUNT = "SELECT count(*) FROM madoguchi_inboundmail WHERE decision = 'entry'"


def taken_in(desk: Desk, count: int) -> None:
    soon(lambda: desk.ask(COUNT) == [(count,)], 120)


def test_no_payload_of_a_mail_runs_or_loads_anything(page: Page, desk: Desk):
    assert len(ATTACKS) >= 60
    evil = "<img src=x onerror=alert(1)>"
    for n, attack in enumerate(ATTACKS):
        who = n % SENDERS
        first = f"first{who}@evil.example"
        thread = {"answers": first} if n >= SENDERS else {"message_id": f"<{first}>"}
        body = f"<p>攻撃 {n}</p>{attack}"
        desk.imap.deliver(mail(f"{evil} {who}", attack, html=body, sender=f'"{evil}" <x{who}@evil.example>', **thread))
        if n == SENDERS - 1:
            taken_in(desk, SENDERS)
    dialogs: list[str] = []
    foreign: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((desk.url, "data:", "blob:")) else None)
    sign_in(page, desk)
    taken_in(desk, len(ATTACKS))
    page.goto(desk.url + "/tickets/")
    links = [str(link.get_attribute("href")) for link in page.get_by_role("link", name="onerror").all()]
    tickets = {link for link in links if link.startswith("/tickets/")}
    assert len(tickets) == SENDERS
    for address in tickets:
        page.goto(desk.url + address)
        page.wait_for_load_state("networkidle")
        for frame in page.locator("iframe").all():
            frame.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        assert page.locator("article.entry").count() >= len(ATTACKS) // SENDERS
    assert (dialogs, foreign) == ([], [])
