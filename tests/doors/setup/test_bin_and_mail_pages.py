"""The recycle bin, quarantine and outbox as pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from madoguchi import people, tickets
from madoguchi.doors.mailbox import intake
from madoguchi.jobs.reader import reader
from madoguchi.models import Contact, Entry, InboundMail, OutboundMail, Ticket
from madoguchi.reactions.post import send
from tests.cast import open_one
from tests.mails import mail, take_in


@pytest.fixture
def binned(cast, ticket) -> Ticket:
    return tickets.trash(ticket, because="テスト送信", by=cast.sato)


@pytest.fixture
def billing_binned(cast) -> Ticket:
    row = open_one(cast, "請求書の再発行", department=cast.billing, mailbox=cast.billing.mailboxes.get())
    return tickets.trash(row, by=cast.suzuki)


def test_the_bin_says_why_who_and_how_long(cast, signed_in, binned, billing_binned):
    page = signed_in(cast.tanaka).get(reverse("recycle_bin")).content.decode()
    assert "返金はいつになりますか" in page and "テスト送信" in page and "佐藤 健" in page and "あと 60 日" in page
    assert "請求書の再発行" not in page
    assert "請求書の再発行" in signed_in(cast.admin).get(reverse("recycle_bin")).content.decode()


@pytest.mark.parametrize("who", ["sato", "light"])
def test_the_bin_is_for_supervisors(cast, signed_in, binned, who):
    browser = signed_in(getattr(cast, who))
    assert browser.get(reverse("recycle_bin")).status_code == 403
    for name in ("restore", "purge"):
        assert browser.post(reverse(name), {"ids": [binned.pk], "sure": "1"}).status_code == 403
    binned.refresh_from_db()
    assert binned.trashed_at is not None


def test_ticked_tickets_are_restored_together_or_not_at_all(cast, signed_in, binned, billing_binned):
    browser = signed_in(cast.tanaka)
    assert browser.post(reverse("restore"), {"ids": [binned.pk, billing_binned.pk]}).status_code == 404
    binned.refresh_from_db()
    assert binned.trashed_at is not None
    assert browser.post(reverse("restore"), {"ids": [binned.pk]}).status_code == 303
    binned.refresh_from_db()
    assert binned.trashed_at is None
    assert browser.post(reverse("restore"), {}).status_code == 404


def test_the_button_of_a_row_restores_that_row_only(cast, admin, binned, billing_binned):
    admin.post(reverse("restore"), {"ids": [billing_binned.pk], "one": binned.pk})
    assert list(Ticket.objects.filter(trashed_at=None)) == [binned]


def test_deleting_for_good_asks_first(cast, signed_in, binned):
    browser = signed_in(cast.tanaka)
    page = browser.post(reverse("purge"), {"ids": [binned.pk]})
    assert page.status_code == 200 and "はい、完全に削除します" in page.content.decode()
    assert Ticket.objects.filter(pk=binned.pk).exists()
    assert browser.post(reverse("purge"), {"ids": [binned.pk], "sure": "1"}).status_code == 303
    assert not Ticket.objects.filter(pk=binned.pk).exists()


def test_what_is_not_in_the_bin_cannot_be_deleted_for_good(cast, admin, ticket):
    assert admin.post(reverse("purge"), {"ids": [ticket.pk], "sure": "1"}).status_code == 404
    assert Ticket.objects.filter(pk=ticket.pk).exists()


def test_the_bin_is_searched_by_number_and_subject(cast, admin, binned, billing_binned):
    def found(q: str) -> list[bool]:
        page = admin.get(reverse("recycle_bin"), {"q": q}).content.decode()
        return ["返金はいつ" in page, "請求書の" in page]

    assert found(f"#{binned.number}") == [True, False]
    assert found("請求書") == [False, True] and found("無い") == [False, False]


def test_pages_of_the_bin_follow_each_other_without_gap_or_repeat(cast, admin, monkeypatch):
    from madoguchi.doors.agent.setup import keyset

    monkeypatch.setattr(keyset, "SIZE", 2)
    for n in range(5):
        tickets.trash(open_one(cast, f"件名その{n}"), by=cast.sato)
    seen, address = [], reverse("recycle_bin")
    while address:
        page = admin.get(address).content.decode()
        seen.append([n for n in range(5) if f"件名その{n}" in page])
        address = link(page, "next")
    assert [sorted(x) for x in seen] == [[3, 4], [1, 2], [0]]
    back = link(page, "prev")
    assert "件名その1" in admin.get(back).content.decode()


def link(page: str, rel: str) -> str:
    import html

    parts = [tag for tag in page.split("<a ") if f'rel="{rel}"' in tag.split(">")[0]]
    return html.unescape(parts[0].split('href="')[1].split('"')[0]) if parts else ""


@pytest.mark.parametrize("cursor", ["x", "W10", "eyJhIjoxfQ", "WyJ4Il0", "WzEsMl0", "%00"])
def test_a_made_up_place_in_the_list_is_the_beginning(cast, admin, binned, cursor):
    for name in ("older", "newer"):
        assert admin.get(f"{reverse('recycle_bin')}?{name}={cursor}").status_code == 200
        assert admin.get(f"{reverse('outbox')}?{name}={cursor}").status_code == 200


def test_contacts_and_accounts_come_back(cast, signed_in):
    people.trash_contact(cast.takahashi, by=cast.sato)
    people.trash_account(cast.midori, by=cast.sato)
    browser = signed_in(cast.tanaka)
    assert "高橋 誠" in browser.get(reverse("recycle_bin") + "?show=contacts").content.decode()
    browser.post(reverse("restore"), {"show": "contacts", "ids": [cast.takahashi.pk]})
    browser.post(reverse("restore"), {"show": "accounts", "ids": [cast.midori.pk]})
    assert Contact.objects.get(pk=cast.takahashi.pk).trashed_at is None
    cast.midori.refresh_from_db()
    assert cast.midori.trashed_at is None


def away() -> InboundMail:
    return take_in(mail("不在のお知らせ①", "不在です", Auto_Submitted="auto-replied"))


def test_received_mail_says_what_became_of_it_and_why(cast, signed_in):
    got = away()
    browser = signed_in(cast.sato)
    assert "不在のお知らせ①" in browser.get(reverse("quarantine") + "?show=suppressed").content.decode()
    page = browser.get(reverse("received_mail", args=[got.pk])).content.decode()
    assert "自動返信です。" in page and "不在のお知らせ①" in page and "高橋 誠" in page
    raw = browser.get(reverse("received_raw", args=[got.pk]))
    assert raw.content == bytes(got.raw) and raw["Content-Disposition"].startswith("attachment")
    assert raw["X-Content-Type-Options"] == "nosniff"
    assert browser.post(reverse("release_mail", args=[got.pk])).status_code == 303
    intake.take_in(got.pk, reader())
    got.refresh_from_db()
    assert got.decision == "entry"
    again = browser.post(reverse("release_mail", args=[got.pk]))
    assert again.status_code == 422 and "隔離または抑止されたメールだけです" in again.content.decode()


@pytest.mark.parametrize(("who", "status"), [("suzuki", 404), ("light", 403)])
def test_mail_of_another_department_is_not_there(cast, signed_in, ticket, who, status):
    got, browser = away(), signed_in(getattr(cast, who))
    entry = tickets.reply(ticket, "返金しました。", by=cast.sato)
    for name in ("received_mail", "received_raw"):
        assert browser.get(reverse(name, args=[got.pk])).status_code == status
    assert browser.post(reverse("release_mail", args=[got.pk])).status_code == status
    for name in ("sent_mail", "sent_html"):
        assert browser.get(reverse(name, args=[entry.outbound.pk])).status_code == status
    assert browser.post(reverse("sent_mail", args=[entry.outbound.pk]), {"text": "x"}).status_code == status
    assert browser.post(reverse("retry_mail", args=[entry.outbound.pk])).status_code == status
    assert InboundMail.objects.count() == 1


def test_headers_of_a_hostile_mail_are_only_text(cast, signed_in):
    got = take_in(mail("<script>alert(1)</script>", "x", sender="<img src=x onerror=alert(1)>"))
    page = signed_in(cast.sato).get(reverse("received_mail", args=[got.pk])).content.decode()
    assert "<script>alert" not in page and "<img src=x" not in page and "&lt;script&gt;" in page


def test_the_outbox_answers_as_the_customer(cast, signed_in, ticket):
    entry = tickets.reply(ticket, "返金しました。", html="<p>返金<b>しました</b>。</p>", by=cast.sato)
    send.send(entry.outbound.pk)
    browser, address = signed_in(cast.sato), reverse("sent_mail", args=[entry.outbound.pk])
    page = browser.get(address).content.decode()
    assert "顧客として返信" in page and "hanako@midori.example" in page and "sandbox=" in page
    frame = browser.get(reverse("sent_html", args=[entry.outbound.pk]))
    assert "<b>しました</b>" in frame.content.decode() and frame["X-Frame-Options"] == "SAMEORIGIN"
    assert (
        "default-src 'none'" in frame["Content-Security-Policy"]
        and "script-src" not in frame["Content-Security-Policy"]
    )
    assert browser.post(address, {"text": " "}).status_code == 422
    file = SimpleUploadedFile("写真.png", b"\x89PNG", content_type="image/png")
    answer = browser.post(address, {"text": "届きました。", "attachments": [file]})
    assert answer.status_code == 303, answer.content.decode()[-3000:]
    got = InboundMail.objects.get()
    intake.take_in(got.pk, reader())
    assert Entry.objects.filter(ticket=ticket).last().text == "届きました。"


def test_what_was_not_sent_is_sent_again(cast, signed_in, ticket):
    entry = tickets.reply(ticket, "返金しました。", by=cast.sato)
    OutboundMail.objects.update(state="FAILED", error="550 no such user")
    browser = signed_in(cast.sato)
    page = browser.get(reverse("sent_mail", args=[entry.outbound.pk])).content.decode()
    assert "550 no such user" in page and "再送する" in page
    assert browser.post(reverse("retry_mail", args=[entry.outbound.pk])).status_code == 303
    assert OutboundMail.objects.get().state == "QUEUED"
    assert browser.post(reverse("retry_mail", args=[entry.outbound.pk])).status_code == 422


@pytest.mark.parametrize("name", ["recycle_bin", "outbox", "quarantine", "agents", "departments", "mailboxes"])
def test_thirty_rows_cost_as_many_statements_as_three(cast, admin, name, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from madoguchi.organisation import departments, founding

    def add(first: int, n: int) -> None:
        for i in range(first, first + n):
            row = departments.add_department(f"部門{i}", address=f"d{i}@demo.example", by=cast.admin)
            founding.add_agent(f"a{i}@demo.example", f"担当{i}", departments=[row])
            one = open_one(cast, f"件名{i}")
            tickets.reply(one, "返信", by=cast.sato)
            tickets.trash(one, by=cast.sato)
            box = cast.support_box
            InboundMail.objects.create(
                mailbox=box, raw=b"x", size=1, digest=str(i), decision="quarantine", reason="fuse"
            )

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert admin.get(reverse(name)).status_code == 200
        return len(caught)

    add(0, 3)
    admin.get(reverse(name))
    few = statements()
    add(3, 27)
    assert statements() == few <= 20
