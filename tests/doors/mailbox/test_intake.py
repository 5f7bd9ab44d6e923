"""One decision for every mail (SPEC D1, D2, D14; MAIL.md)."""

import pytest
from django.conf import settings

from madoguchi import tally, tickets
from madoguchi.kit import tokens
from madoguchi.models import OutboundMail, Ticket
from tests.mails import mail, take_in


def test_a_strangers_mail_becomes_a_ticket_of_a_new_contact(cast):
    got = take_in(mail(sender="木村 翔 <sho@hibari.example>"))
    assert got.decision == "entry"
    ticket = got.ticket
    assert (ticket.subject, ticket.channel, ticket.department) == (
        "メールの同期についての不具合",
        "Email",
        cast.support,
    )
    assert (ticket.contact.last_name, ticket.contact.first_name, ticket.contact.email) == (
        "木村",
        "翔",
        "sho@hibari.example",
    )
    assert ticket.entries.get().text == "業務用の携帯電話でメールを同期できません。"
    assert tally.figures() == tally.recount()


def test_a_mail_from_a_claimed_domain_joins_the_account(cast):
    got = take_in(mail(sender="Ken <ken@shop.midori.example>"))
    assert got.ticket.account == cast.midori


def test_the_answer_to_our_reply_comes_back_to_the_ticket_and_opens_it_again(cast):
    ticket = take_in(mail()).ticket
    sent = tickets.reply(ticket, "設定をご確認ください。", by=cast.sato)
    tickets.close(ticket, by=cast.sato)
    got = take_in(mail("Re: メールの同期についての不具合", "まだできません。", answers=sent.message_id))
    assert got.ticket == ticket
    ticket.refresh_from_db()
    assert (ticket.state, ticket.reopened_n, ticket.thread_n) == ("Open", 1, 3)


def test_a_stranger_cannot_write_in_by_number_or_reference(cast, ticket):
    reply = tickets.reply(ticket, "返金は完了しています。", by=cast.sato)
    by_number = take_in(mail(f"Re: [#{ticket.number}] 返金", "横から失礼します。", sender="x@stranger.example"))
    by_reference = take_in(
        mail("Re: 返金", "横から失礼します。", sender="x@stranger.example", answers=reply.message_id)
    )
    assert ticket not in (by_number.ticket, by_reference.ticket)
    assert ticket.entries.count() == 2
    event = by_number.ticket.events.filter(verb="ticket.edited").get()
    assert event.after == {"about": f"#{ticket.number}"}


def test_the_number_in_the_subject_leads_home_for_the_requester(cast, ticket):
    got = take_in(mail(f"返信: ［＃{ticket.number}］ 返金", "追加です。", sender="HANAKO@Midori.example"))
    assert got.ticket == ticket


def test_a_signed_reply_address_leads_home_whoever_writes_but_a_forged_one_does_not(cast, ticket):
    address = tokens.reply_address(settings.SECRET_KEY.encode(), "support@demo.example", ticket.pk)
    assert take_in(mail("件名は別", sender="mobile@docomo.example", to=address)).ticket == ticket
    forged = address.replace("+t", "+t9", 1)
    assert take_in(mail("別の件", sender="mobile@docomo.example", to=forged)).ticket != ticket


def test_a_mail_for_a_ticket_in_the_bin_opens_a_new_one_that_names_it(cast, ticket):
    tickets.trash(ticket, by=cast.tanaka)
    got = take_in(mail(f"[#{ticket.number}] 返金", sender="hanako@midori.example"))
    assert got.ticket != ticket
    assert got.ticket.events.filter(after={"about": f"#{ticket.number}"}).exists()


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto-replied"),
        ({"Return_Path": "<>"}, "empty-return-path"),
        ({"X_Autoreply": "yes"}, "vacation"),
    ],
)
def test_answers_of_machines_are_suppressed_with_the_reason(cast, headers, reason):
    got = take_in(mail("Re: 不在です", **headers))
    assert (got.decision, got.reason, Ticket.objects.count()) == ("suppressed", reason, 0)


def test_a_mail_that_a_form_or_list_sends_becomes_a_ticket_but_is_not_acknowledged(cast):
    cast.support.mailboxes.update(plus_addressing=True)
    from madoguchi.models import Organisation

    Organisation.objects.update(acknowledges=True)
    take_in(mail("お問い合わせフォーム", sender="form@kita.example", Precedence="bulk"))
    assert not OutboundMail.objects.exists()
    take_in(mail("人からのメール"))
    ack = OutboundMail.objects.get()
    assert b"Auto-Submitted: auto-replied" in bytes(ack.raw)
    assert ack.recipients == ["makoto@kita.example"]


def test_our_own_mail_coming_back_is_suppressed(cast, ticket):
    sent = tickets.reply(ticket, "返金は完了しています。", by=cast.sato)
    got = take_in(mail("Re: 返金", message_id=f"<{sent.message_id}>"))
    assert (got.decision, got.reason) == ("suppressed", "own-mail")
    for ours in ("support@demo.example", "support+x@demo.example"):
        assert take_in(mail("x", sender=ours)).reason == "own-mail"


def test_the_same_bytes_again_are_a_duplicate_also_after_the_ticket_was_purged(cast):
    raw = mail()
    ticket = take_in(raw).ticket
    again = take_in(raw)
    assert (again.decision, again.ticket) == ("duplicate", ticket)
    tickets.trash(ticket, by=cast.tanaka)
    tickets.purge(ticket, by=cast.tanaka)
    assert take_in(raw).decision == "duplicate"
    assert Ticket.objects.count() == 0


def test_a_reused_message_id_does_not_lose_the_mail(cast):
    first = take_in(mail("一通目", message_id="<same@kita.example>"))
    second = take_in(mail("二通目", message_id="<same@kita.example>"))
    assert (first.decision, second.decision) == ("entry", "entry")


def test_a_bounce_is_noted_on_the_mail_it_is_about(cast, ticket):
    entry = tickets.reply(ticket, "返金は完了しています。", by=cast.sato)
    raw = (
        b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: support@demo.example\r\nSubject: Undelivered Mail\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; hanako@midori.example\r\nAction: failed\r\n"
        b"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        b"Message-ID: <" + entry.message_id.encode() + b">\r\n\r\n--b--\r\n"
    )
    got = take_in(raw)
    assert (got.decision, got.reason, got.ticket) == ("suppressed", "bounce", ticket)
    assert "5.1.1" in OutboundMail.objects.get(entry=entry).bounce
    assert ticket.events.filter(verb="mail.bounced").count() == 1


def test_without_a_sender_the_mail_waits_in_quarantine(cast):
    got = take_in(b"Subject: x\r\n\r\nbody\r\n")
    assert (got.decision, got.reason) == ("quarantine", "no-sender")


def test_a_mail_over_the_limit_waits_in_quarantine(cast):
    from madoguchi.models import Organisation

    Organisation.objects.update(max_received_bytes=1000)
    got = take_in(mail(text="あ" * 2000))
    assert (got.decision, got.reason) == ("quarantine", "too-large")


def test_people_in_copy_take_part_and_get_a_copy_of_the_reply(cast):
    ticket = take_in(mail(Cc="部長 <boss@kita.example>, support@demo.example")).ticket
    assert [row.contact.email for row in ticket.secondary_contacts.all()] == ["boss@kita.example"]
    entry = tickets.reply(ticket, "ご確認ください。", by=cast.sato)
    assert entry.cc == [{"name": "部長", "address": "boss@kita.example"}]
    got = take_in(mail("Re: x", "部長です。", sender="boss@kita.example", answers=entry.message_id))
    assert got.ticket == ticket


def test_attachments_and_inline_images_are_kept(cast):
    raw = mail(
        files=[("明細\u200b_11月.pdf", "application/pdf", b"%PDF-1.4 x"), ("../../.htaccess", "text/plain", b"x")]
    )
    names = [a.name for a in take_in(raw).ticket.attachments.all()]
    assert names == ["明細_11月.pdf", "htaccess"]


def test_html_mail_is_made_safe_on_the_way_in(cast):
    got = take_in(mail(html="<p onclick=x()>こんにちは<script>alert(1)</script><img src=http://t.example/p.png></p>"))
    html = got.entry.html
    assert "script" not in html and "onclick" not in html and ' src="http' not in html
    assert "こんにちは" in html


def test_the_senders_fuse_blows_after_a_storm_and_the_mail_is_kept(cast, monkeypatch):
    from madoguchi.doors.mailbox import guards, intake, store
    from madoguchi.jobs.reader import reader

    monkeypatch.setattr(guards, "FUSE_MAILS", 3)
    decisions = []
    for uid in range(5):
        stored = store.store(cast.support_box, mail(f"{uid} 回目"), uid_validity=1, uid=uid + 1)
        intake.take_in(stored.pk, reader())
        stored.refresh_from_db()
        decisions.append((stored.decision, stored.reason))
    assert decisions == [("entry", "")] * 3 + [("quarantine", "fuse")] * 2


def test_an_import_dates_the_ticket_as_the_mail_was_written(cast):
    from datetime import UTC, datetime

    from madoguchi.doors.mailbox import intake, store
    from madoguchi.jobs.reader import reader

    stored = store.store(cast.support_box, mail())
    intake.take_in(stored.pk, reader(), at=datetime(2025, 1, 2, tzinfo=UTC))
    assert Ticket.objects.get().created_at == datetime(2025, 1, 2, tzinfo=UTC)
