from datetime import timedelta

import pytest
from django.urls import reverse

from madoguchi import record, tickets
from madoguchi.kit import html as markup
from madoguchi.kit import tokens
from madoguchi.models import CustomField, Event, OutboundMail, Status, TicketNumber
from tests.cast import open_one
from tests.doors.agent.conftest import text


def to(name, ticket, **more) -> str:
    return reverse(name, kwargs={"number": ticket.number, **more})


PARTS = ["", "history", "resolution"]


def test_the_page_shows_the_conversation_the_fields_and_the_customer(cast, ticket, sato):
    tickets.comment(ticket, "内部メモです", by=cast.tanaka)
    tickets.reply(ticket, html="<p>返信<strong>します</strong></p>", by=cast.sato)
    tickets.tag(ticket, ["返金"], by=cast.sato)
    page = text(sato.get(to("ticket", ticket)))
    for words in (
        "注文番号 12345 の返金について教えてください。",
        "内部メモです",
        "非公開コメント",
        "返信<strong>します</strong>",
        "送信待ち",
        "hanako@midori.example",
        "株式会社みどり商事",
        "がタグを追加しました",
        f"#{ticket.number}",
    ):
        assert words in page, words


@pytest.mark.parametrize("part", PARTS)
def test_agents_of_another_department_do_not_find_it(cast, ticket, sign_in, part):
    assert sign_in(cast.suzuki).get(to("ticket", ticket) + part).status_code == 404


def test_an_old_number_leads_to_the_ticket(cast, ticket, sato):
    old = TicketNumber.objects.create(number=ticket.number + 1_000_000, ticket=ticket)
    response = sato.get(f"/tickets/{old.number}/")
    assert (response.status_code, response["Location"]) == (302, to("ticket", ticket))


def test_a_light_agent_reads_and_notes_but_is_offered_nothing_else(cast, ticket, sign_in):
    page = text(sign_in(cast.light).get(to("ticket", ticket)))
    assert to("ticket_comments", ticket) in page
    for name in ("ticket_replies", "ticket_forwards", "ticket_closure", "ticket_spam"):
        assert f'"{to(name, ticket)}"' not in page, name
    assert "?edit=status" not in page and 'name="public"' not in page


def test_strangers_words_are_never_markup(cast, sato):
    ticket = open_one(
        cast,
        "<img src=x onerror=alert(1)>",
        message={"text": "<script>alert(2)</script>", "from_name": "<b>x</b>", "from_address": "hanako@midori.example"},
    )
    page = text(sato.get(to("ticket", ticket)))
    assert "<img src=x" not in page and "<script>alert" not in page and "<b>x</b>" not in page


def test_what_an_agent_wrote_is_cleaned_before_it_is_shown(cast, ticket, sato):
    tickets.comment(
        ticket, html='<p onclick="x()">やあ<script>alert(1)</script><a href="javascript:x">y</a></p>', by=cast.sato
    )
    page = text(sato.get(to("ticket", ticket)))
    assert "onclick" not in page and "javascript:" not in page and "<script>alert" not in page


def received(cast, ticket, html: str, words: str = "本文", **more):
    message = {
        "text": words,
        "html": markup.sanitise_mail(html),
        "from_name": "山田 花子",
        "from_address": "hanako@midori.example",
    }
    return tickets.receive(ticket, {**message, **more}, contact=cast.yamada, channel="Email", by=cast.sato)


def test_mail_with_a_layout_stands_in_a_frame_and_mail_without_one_as_text(cast, ticket, sato):
    plain = received(cast, ticket, "<p>ただの<b>文</b></p>", "ただの文")
    fancy = received(cast, ticket, "<table><tr><td>表</td></tr></table>", "表")
    quoting = received(cast, ticket, "<table><tr><td>古い表</td></tr></table>", "返事", quoted="> 古い表")
    page = text(sato.get(to("ticket", ticket)))
    assert to("entry_html", ticket, entry=plain.pk) not in page and "<p>ただの文</p>" in page
    assert to("entry_html", ticket, entry=fancy.pk) in page and "<p>表</p>" not in page
    assert "<p>返事</p>" in page and "元の書式で表示" in page and to("entry_html", ticket, entry=quoting.pk) in page


def test_the_frame_runs_nothing_and_loads_remote_images_only_when_asked(cast, ticket, sato, sign_in):
    entry = received(cast, ticket, '<img src="https://tracker.example/p.png"><p>こんにちは</p>')
    frame = to("entry_html", ticket, entry=entry.pk)
    response = sato.get(frame)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "allow-scripts" not in policy
    assert "img-src 'self' data:;" in policy and ' src="https://tracker.example' not in text(response)
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    shown = sato.get(frame + "?images=1")
    assert ' src="https://tracker.example/p.png"' in text(shown) and "https:" in shown["Content-Security-Policy"]
    assert "画像を表示" in text(sato.get(to("ticket", ticket)))
    assert sign_in(cast.suzuki).get(frame).status_code == 404


def test_a_frame_of_an_entry_of_another_ticket_does_not_exist(cast, ticket, sato):
    entry = received(cast, open_one(cast, "別の件"), "<table></table>")
    assert sato.get(to("entry_html", ticket, entry=entry.pk)).status_code == 404


def test_inline_images_come_from_our_own_addresses(cast, ticket, sato):
    image = tickets.attaching.keep("logo.png", "image/png", b"\x89PNG")
    image.content_id, image.is_inline = "logo@x", True
    message = {
        "text": "x",
        "html": markup.sanitise_mail('<img src="cid:logo@x">'),
        "from_name": "x",
        "from_address": "hanako@midori.example",
    }
    entry = tickets.receive(ticket, message, contact=cast.yamada, channel="Email", attachments=[image], by=cast.sato)
    assert f'src="/files/{image.key}/logo.png?inline=1"' in text(sato.get(to("entry_html", ticket, entry=entry.pk)))


@pytest.mark.parametrize(
    ("state", "words"), [("FAILED", "送信失敗"), ("UNCERTAIN", "送信未確認"), ("SENT", "送信済み")]
)
def test_a_sent_mail_tells_its_fate_and_can_be_sent_again(cast, ticket, sato, state, words):
    entry = tickets.reply(ticket, "返信", by=cast.sato)
    OutboundMail.objects.filter(entry=entry).update(state=state, error="550 <unknown>")
    page = text(sato.get(to("ticket", ticket)))
    again = to("entry_retries", ticket, entry=entry.pk)
    assert words in page and (again in page) is (state != "SENT")
    assert ("550 &lt;unknown&gt;" in page) is (state != "SENT")
    response = sato.post(again)
    assert response.status_code == (422 if state == "SENT" else 303)
    assert OutboundMail.objects.get(entry=entry).state == ("SENT" if state == "SENT" else "QUEUED")


def test_the_history_tells_who_what_when_and_through_which_door(cast, ticket, sato):
    tickets.set_status(ticket, Status.objects.get(name="In Progress"), by=cast.sato)
    tickets.edit(ticket, {"priority": "High", "due_at": record.now()}, by=cast.tanaka.through("api"))
    page = text(sato.get(to("ticket_history", ticket)))
    assert "<b>佐藤 健</b>がステータスを変更しました" in page
    assert "<del>未対応</del>" in page and "<ins>対応中</ins>" in page and "<ins>高</ins>" in page
    assert "API" in page and "メール" in page


def test_the_history_pages_on(cast, ticket, sato, monkeypatch):
    monkeypatch.setattr("madoguchi.doors.agent.tickets.editing.HISTORY", 2)
    for name in ("a", "b", "c"):
        tickets.tag(ticket, [name], by=cast.sato)
    ids = list(Event.objects.filter(ticket=ticket).order_by("-pk").values_list("pk", flat=True))
    assert f"?before={ids[1]}" in text(sato.get(to("ticket_history", ticket)))
    assert "が問い合わせを作成しました" in text(sato.get(to("ticket_history", ticket) + f"?before={ids[1]}"))


def test_more_entries_files_and_tags_take_no_more_statements(cast, ticket, sato, sign_in, statements):
    CustomField.objects.create(department=cast.support, api_name="cf_order", label="注文番号", kind="text")

    def fill(n: int, first: int) -> None:
        for i in range(first, first + n):
            file = tickets.attaching.keep(f"{i}.txt", "text/plain", b"x")
            with record.at(record.now() - timedelta(minutes=200 - i)):
                tickets.comment(ticket, f"メモ {i}", attachments=[file], by=cast.sato)
        tickets.tag(ticket, [f"札{i}" for i in range(first, first + min(n, 40))], by=cast.sato)
        tickets.reply(ticket, "返信", by=cast.sato)

    fill(3, 0)
    sato.get(to("ticket", ticket))
    few = statements(sato, to("ticket", ticket))
    fill(97, 3)
    open_one(cast, "もう一件")
    assert statements(sato, to("ticket", ticket)) == few <= 12
    assert statements(sign_in(cast.admin), to("ticket", ticket)) <= 12


def test_a_ticket_in_the_bin_says_so_and_offers_no_writing(cast, ticket, sign_in):
    tickets.trash(ticket, because="重複", by=cast.sato)
    page = text(sign_in(cast.tanaka).get(to("ticket", ticket)))
    assert "この問い合わせはごみ箱にあります" in page and "重複" in page and "復元" in page
    assert to("ticket_replies", ticket) not in page


def test_the_signature_in_our_address_is_not_shown(cast, ticket, sato):
    signed = tokens.reply_address(b"key", "support@demo.example", ticket.pk)
    ticket.entries.update(to=[{"name": "", "address": signed}, {"name": "", "address": "a+b@kita.example"}])
    page = text(sato.get(to("ticket", ticket)))
    assert "support@demo.example, a+b@kita.example" in page and signed not in page


def test_the_date_of_a_custom_field_is_written_out(cast, ticket, sato):
    CustomField.objects.create(department=cast.support, label="購入日", api_name="cf_bought", kind="date")
    tickets.edit(ticket, {"custom": {"cf_bought": "2019-03-09"}}, by=cast.sato)
    page = text(sato.get(to("ticket", ticket)))
    assert page.count("2019年3月9日（土）") == 2 and "2019-03-09" not in page
