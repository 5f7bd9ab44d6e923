"""Mail out against a real SMTP server: what is said on the screen is what happened (MAIL.md, outgoing)."""

from datetime import timedelta

import pytest

from madoguchi import tickets
from madoguchi.errors import Refused
from madoguchi.kit.addresses import Address
from madoguchi.models import OutboundMail
from madoguchi.reactions.post import send
from madoguchi.record import now
from tests.mails import mail, take_in
from tests.smtp import deliver_by


def sent(entry) -> OutboundMail:
    send.send(entry.outbound.pk)
    return OutboundMail.objects.get(entry=entry)


def test_a_reply_threads_in_the_customers_mail_program(cast, post):
    deliver_by(post, cast.support_box)
    got = take_in(mail(message_id="<first@kita.example>"))
    entry = tickets.reply(
        got.ticket, "設定をご確認ください。", html="<p>設定を<b>ご確認</b>ください。</p>", by=cast.sato
    )
    assert sent(entry).state == "SENT"
    (letter,) = post.mails
    assert letter["Subject"] == f"Re: [#{got.ticket.number}] メールの同期についての不具合"
    assert letter["In-Reply-To"] == letter["References"] == "<first@kita.example>"
    assert letter["Message-ID"] == f"<{entry.message_id}>"
    assert letter["From"] == "サポート <support@demo.example>" and letter["To"] == "高橋 誠 <makoto@kita.example>"
    text, html = letter.get_body(("plain",)).get_content(), letter.get_body(("html",)).get_content()
    assert text.startswith("設定をご確認ください。") and "サポート窓口" in text and "> 業務用の携帯電話" in text
    assert "<b>ご確認</b>" in html


def test_sending_twice_sends_once(cast, ticket, post):
    deliver_by(post, cast.support_box)
    entry = tickets.reply(ticket, "一度だけ。", by=cast.sato)
    sent(entry)
    sent(entry)
    send.send_due()
    assert len(post.accepted) == 1


def test_bcc_goes_into_the_envelope_and_never_into_the_mail(cast, ticket, post):
    deliver_by(post, cast.support_box)
    entry = tickets.reply(ticket, "内々に。", bcc=[Address("", "audit@demo2.example")], by=cast.sato)
    sent(entry)
    recipients, raw = post.accepted[0]
    assert recipients == ["hanako@midori.example", "audit@demo2.example"]
    assert b"audit" not in raw


def test_attachments_arrive_with_their_japanese_names(cast, ticket, post):
    deliver_by(post, cast.support_box)
    file = tickets.upload("明細_11月.pdf", "application/pdf", b"%PDF-1.4 x", by=cast.sato)
    sent(tickets.reply(ticket, "添付します。", attachments=[file], by=cast.sato))
    (part,) = post.mails[0].iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("明細_11月.pdf", b"%PDF-1.4 x")


def test_a_refusal_for_good_fails_and_an_agent_can_send_again(cast, ticket, post):
    deliver_by(post, cast.support_box)
    post.rcpt["hanako@midori.example"] = "550 no such user"
    entry = tickets.reply(ticket, "届かない。", by=cast.sato)
    failed = sent(entry)
    assert (failed.state, "550 no such user" in failed.error) == ("FAILED", True)
    assert ticket.events.filter(verb="mail.failed").count() == 1
    post.rcpt.clear()
    tickets.retry(entry, by=cast.sato)
    assert sent(entry).state == "SENT"
    assert post.mails[0]["Message-ID"] == f"<{entry.message_id}>"
    with pytest.raises(Refused):
        tickets.retry(entry, by=cast.sato)


def test_a_busy_server_is_tried_again_later(cast, ticket, post):
    deliver_by(post, cast.support_box)
    post.data = "451 try later"
    entry = tickets.reply(ticket, "あとで。", by=cast.sato)
    waiting = sent(entry)
    assert waiting.state == "QUEUED" and waiting.next_attempt_at > now() + timedelta(seconds=20)
    assert sent(entry).attempts == 1
    post.data = ""
    OutboundMail.objects.update(next_attempt_at=now())
    send.send_due()
    assert OutboundMail.objects.get(entry=entry).state == "SENT"


def test_a_server_that_is_away_is_tried_again_and_given_up_in_the_end(cast, ticket, post):
    deliver_by(post, cast.support_box)
    cast.support.mailboxes.update(smtp_port=1)
    entry = tickets.reply(ticket, "不在。", by=cast.sato)
    assert sent(entry).state == "QUEUED"
    OutboundMail.objects.update(attempts=len(send.WAITS_S), next_attempt_at=now())
    assert sent(entry).state == "FAILED"


def test_a_line_that_drops_after_the_data_is_uncertain_and_never_sent_again_in_silence(cast, ticket, post):
    deliver_by(post, cast.support_box)
    post.hang_up_after_data = True
    entry = tickets.reply(ticket, "届いたかも。", by=cast.sato)
    assert sent(entry).state == "UNCERTAIN"
    send.send_due()
    assert len(post.accepted) == 1
    assert OutboundMail.objects.get(entry=entry).state == "UNCERTAIN"


def test_without_smtp_the_mail_lies_in_the_outbox(cast, ticket, settings):
    entry = tickets.reply(ticket, "デモです。", by=cast.sato)
    mail_out = sent(entry)
    assert (mail_out.state, mail_out.to_outbox) == ("SENT", True)
    (file,) = settings.OUTBOX.iterdir()
    assert file.read_bytes() == bytes(mail_out.raw)


def test_a_forward_carries_the_message_and_its_files_and_starts_its_own_thread(cast, post):
    deliver_by(post, cast.support_box)
    got = take_in(mail(files=[("log.txt", "text/plain", b"error 4012")]))
    entry = tickets.forward(got.ticket, "ご確認願います。", to=[Address("", "maker@parts.example")], by=cast.sato)
    sent(entry)
    letter = post.mails[0]
    assert letter["Subject"].startswith("Fwd: ") and letter["In-Reply-To"] is None
    assert "業務用の携帯電話" in letter.get_body(("plain",)).get_content()
    assert [p.get_filename() for p in letter.iter_attachments()] == ["log.txt"]
    assert entry.is_public is False


def test_an_answer_goes_where_the_customer_wants_answers(cast, post):
    deliver_by(post, cast.support_box)
    got = take_in(mail(sender="form@shop.example", Reply_To="客 <guest@home.example>", Precedence="bulk"))
    entry = tickets.reply(got.ticket, "はい。", by=cast.sato)
    assert entry.to == [{"name": "客", "address": "guest@home.example"}]
    assert sent(entry).recipients == ["guest@home.example"]


def test_a_japanese_host_is_spoken_to_in_ascii_also_in_bcc(cast, ticket, post):
    deliver_by(post, cast.support_box)
    entry = tickets.reply(ticket, "内々に。", bcc=[Address("", "audit@日本語.jp")], by=cast.sato)
    assert sent(entry).state == "SENT"
    assert post.accepted[0][0] == ["hanako@midori.example", "audit@xn--wgv71a119e.jp"]


def test_an_address_no_server_takes_is_refused_while_it_can_still_be_mended(cast, ticket):
    for field in ("to", "bcc"):
        with pytest.raises(Refused):
            tickets.reply(ticket, "はい。", **{field: [Address("", "用户@parts.example")]}, by=cast.sato)
    assert not OutboundMail.objects.exists()


def test_a_mail_that_breaks_the_sender_ends_and_lets_the_others_leave(cast, ticket, post, monkeypatch):
    deliver_by(post, cast.support_box)
    bad = tickets.reply(ticket, "壊れる。", by=cast.sato)
    good = tickets.reply(ticket, "届く。", by=cast.sato)
    OutboundMail.objects.filter(entry=bad).update(recipients=["\ud7ff x@y", None])
    send.send_due()
    assert OutboundMail.objects.get(entry=bad).state == "FAILED"
    assert OutboundMail.objects.get(entry=good).state == "SENT"


def test_a_mail_that_did_not_reach_everyone_says_so(cast, ticket, post):
    deliver_by(post, cast.support_box)
    post.rcpt["hanako@midori.example"] = "550 no such user"
    entry = tickets.reply(ticket, "半分。", cc=[Address("", "boss@midori.example")], by=cast.sato)
    mail_out = sent(entry)
    assert (mail_out.state, mail_out.bounce) == ("SENT", "hanako@midori.example: 550 no such user")
    assert ticket.events.get(verb="mail.failed").after["state"] == "SENT"


def test_a_ticket_deleted_for_good_while_its_mail_leaves_leaves_nothing_behind(cast, ticket, post, monkeypatch):
    deliver_by(post, cast.support_box)
    entry = tickets.reply(ticket, "さようなら。", by=cast.sato)
    whole = send.hand_over

    def purged_meanwhile(*args, **more):
        outcome = whole(*args, **more)
        tickets.trash(ticket, by=cast.tanaka)
        tickets.purge(ticket, by=cast.tanaka)
        return outcome

    monkeypatch.setattr(send, "hand_over", purged_meanwhile)
    send.send(entry.outbound.pk)
    assert (len(post.accepted), OutboundMail.objects.count()) == (1, 0)


def test_a_bounce_that_comes_before_our_own_commit_is_kept(cast, ticket, post, monkeypatch):
    deliver_by(post, cast.support_box)
    entry = tickets.reply(ticket, "届かない。", by=cast.sato)
    whole = send.hand_over

    def bounced_meanwhile(*args, **more):
        OutboundMail.objects.update(bounce="550")
        return whole(*args, **more)

    monkeypatch.setattr(send, "hand_over", bounced_meanwhile)
    assert (sent(entry).state, OutboundMail.objects.get().bounce) == ("SENT", "550")


def test_an_answer_never_goes_to_our_own_signed_address(cast, post):
    got = take_in(mail(Reply_To="support+t1-abcdefghij@demo.example"))
    entry = tickets.reply(got.ticket, "はい。", by=cast.sato)
    assert [person["address"] for person in entry.to] == ["makoto@kita.example"]
