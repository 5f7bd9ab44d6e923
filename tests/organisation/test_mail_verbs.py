"""Releasing received mail, answering as the customer."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from madoguchi import tickets
from madoguchi.doors.mailbox import intake
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.jobs.reader import reader
from madoguchi.kit.letters import Part
from madoguchi.models import Entry, Event, InboundMail, Mailbox, OutboundMail
from madoguchi.organisation import outbox, quarantine
from madoguchi.reactions.post import send
from madoguchi.reactions.post.notice import queue_notice
from tests.mails import mail, take_in


def refused(code: str):
    return pytest.raises(Refused, check=lambda error: error.code == code)


def away(cast) -> InboundMail:
    got = take_in(mail("不在のお知らせ", "不在です", Auto_Submitted="auto-replied"))
    assert (got.decision, got.reason) == ("suppressed", "auto-replied")
    return got


def sent(cast, ticket, text="返金しました。") -> OutboundMail:
    entry = tickets.reply(ticket, text, by=cast.sato)
    send.send(entry.outbound.pk)
    return OutboundMail.objects.select_related("mailbox").get(entry=entry)


def test_a_released_mail_is_taken_in_after_all(cast):
    got = quarantine.release(away(cast), by=cast.sato)
    assert got.decision == "" and got.released_by == cast.sato.agent
    assert ProcrastinateJob.objects.filter(task_name="take_in_mail").count() == 1
    intake.take_in(got.pk, reader())
    got.refresh_from_db()
    assert got.decision == "entry" and got.ticket is not None
    assert Event.objects.filter(verb="mail.replayed").get().before["reason"] == "auto-replied"


def test_releasing_two_mails_queues_the_job_once_and_breaks_nothing(cast):
    first, second = away(cast), take_in(mail("配信エラー", "x", sender="invalid"))
    quarantine.release(first, by=cast.sato)
    quarantine.release(second, by=cast.sato)
    assert InboundMail.objects.filter(decision="").count() == 2


def test_what_became_a_ticket_cannot_be_released(cast):
    got = take_in(mail())
    with refused("NOT_QUARANTINED"):
        quarantine.release(got, by=cast.admin)
    got.refresh_from_db()
    assert got.decision == "entry"


def test_received_mail_is_seen_in_its_department_only(cast):
    got = away(cast)
    assert list(quarantine.received(cast.suzuki)) == []
    with pytest.raises(Hidden):
        quarantine.release(got, by=cast.suzuki)
    with pytest.raises(Denied):
        quarantine.release(got, by=cast.light)
    got.refresh_from_db()
    assert got.decision == "suppressed"


def test_the_answer_of_the_customer_threads_on_the_ticket(cast, ticket):
    mail_out = sent(cast, ticket)
    files = [Part("写真.png", "image/png", "", False, b"\x89PNG....")]
    answer = outbox.answer_as_customer(mail_out, "届きました。ありがとうございます。", files, by=cast.sato)
    assert intake.take_in(answer.pk, reader())
    answer.refresh_from_db()
    assert (answer.decision, answer.ticket) == ("entry", ticket)
    entry = Entry.objects.get(pk=answer.entry.pk)
    assert entry.text == "届きました。ありがとうございます。" and entry.contact == cast.yamada
    assert [a.name for a in entry.attachments.all()] == ["写真.png"]


def test_a_mail_that_really_left_cannot_be_answered_here(cast, ticket):
    mail_out = sent(cast, ticket)
    Mailbox.objects.filter(pk=mail_out.mailbox_id).update(smtp_host="mail.demo.example")
    mail_out.refresh_from_db()
    with refused("NOT_IN_OUTBOX"):
        outbox.answer_as_customer(mail_out, "嘘の返信", by=cast.sato)
    assert not InboundMail.objects.exists()


def test_outgoing_mail_is_seen_in_its_department_only(cast, ticket):
    mail_out = sent(cast, ticket)
    assert list(outbox.outgoing(cast.suzuki)) == [] and list(outbox.outgoing(cast.tanaka)) == [mail_out]
    with pytest.raises(Hidden):
        outbox.answer_as_customer(mail_out, "x", by=cast.suzuki)
    with pytest.raises(Denied):
        outbox.outgoing(cast.light)


def test_mails_with_password_links_are_for_administrators(cast):
    queue_notice("admin@demo.example", subject="パスワードの再設定", text="/password/reset/key/…")
    assert list(outbox.outgoing(cast.sato)) == [] == list(outbox.outgoing(cast.tanaka))
    assert outbox.outgoing(cast.admin).count() == 1
