"""Mails to agents: one instead of many, no loops, none twice (SPEC D9, MAIL.md)."""

import pytest

from madoguchi import tickets
from madoguchi.models import Agent, Membership, Notification, OutboundMail, Ticket
from madoguchi.organisation.notification_rules import set_rule
from madoguchi.people.notifications import mark_read
from madoguchi.reactions import notification_mails
from madoguchi.reactions.notifying import tell_all
from madoguchi.reactions.post import send
from madoguchi.tickets import Wish
from tests.cast import Cast, open_one
from tests.mails import mail, take_in
from tests.reactions.telling import forget, mails, tell, tell_later, text
from tests.smtp import deliver_by


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """One nobody is told of any more."""
    found = open_one(cast)
    forget()
    return found


def call(cast: Cast, ticket: Ticket, said: str = "") -> None:
    tickets.comment(ticket, f"@田中 美咲 {said}", by=cast.sato)


def test_the_first_goes_at_once_and_what_follows_in_ten_minutes_is_one_mail(cast, ticket):
    call(cast, ticket, "一")
    tell()
    assert len(mails(cast.tanaka)) == 1
    for said in "二三四":
        call(cast, ticket, said)
    tell()
    tell_later(9)
    assert len(mails(cast.tanaka)) == 1
    tell_later(11)
    first, second = mails(cast.tanaka)
    assert text(first).count("メンション") == 1 and text(second).count("メンション") == 3
    assert [text(second).index(f"「@田中 美咲 {said}」") for said in "二三四"]
    tell_later(30)
    assert len(mails(cast.tanaka)) == 2


def test_another_ticket_or_another_agent_does_not_wait(cast, ticket):
    call(cast, ticket)
    tell()
    call(cast, open_one(cast))
    tickets.comment(ticket, "@森 葵", by=cast.sato)
    tell()
    assert (len(mails(cast.tanaka)), len(mails(cast.light))) == (2, 1)


def test_they_thread_and_say_that_a_machine_wrote_them(cast, ticket):
    call(cast, ticket)
    tell()
    call(cast, ticket)
    tell_later(11)
    first, second = mails(cast.tanaka)
    stable = f"<notice-t{ticket.pk}-a{cast.tanaka.agent.pk}@demo.example>"
    for letter in (first, second):
        assert letter["References"] == letter["In-Reply-To"] == stable
        assert (letter["Auto-Submitted"], letter["Precedence"]) == ("auto-generated", "bulk")
        assert letter["X-Auto-Response-Suppress"] == "All"
        assert letter["Subject"] == f"[#{ticket.number}] 返金はいつになりますか"
        assert letter["From"] == "サポート <support@demo.example>"
    assert first["Message-ID"] != second["Message-ID"]


def test_what_was_read_meanwhile_is_not_mailed(cast, ticket):
    call(cast, ticket, "一")
    tell()
    call(cast, ticket, "二")
    tell()
    mark_read(ticket=ticket, by=cast.tanaka)
    call(cast, ticket, "三")
    tell_later(11)
    _first, second = mails(cast.tanaka)
    assert "三" in text(second) and "二" not in text(second)
    call(cast, ticket, "四")
    tell()
    mark_read(everything=True, by=cast.tanaka)
    tell_later(40)
    assert len(mails(cast.tanaka)) == 2


@pytest.mark.parametrize("how", ["left", "inactive", "moved", "deleted"])
def test_who_may_not_see_it_any_more_is_not_mailed(cast, ticket, how):
    call(cast, ticket)
    tell_all()
    assert Notification.objects.filter(agent=cast.tanaka.agent).exists()
    if how == "left":
        Membership.objects.filter(agent=cast.tanaka.agent).delete()
    elif how == "inactive":
        Agent.objects.filter(pk=cast.tanaka.agent.pk).update(is_active=False)
    elif how == "moved":
        tickets.move(ticket, cast.billing, by=cast.sato)
    else:
        tickets.trash(ticket, by=cast.sato)
        tickets.purge(ticket, by=cast.tanaka)
    tell()
    tell_later(60)
    assert not mails(cast.tanaka)


def test_a_mail_that_waits_for_its_server_is_withdrawn_with_the_right_to_see(cast, ticket):
    call(cast, ticket)
    tell()
    waiting = OutboundMail.objects.get(entry=None, recipients=[cast.tanaka.agent.email])
    tickets.move(ticket, cast.billing, by=cast.sato)
    send.send(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.sent_at, waiting.to_outbox) == ("FAILED", None, False)
    assert "withdrawn" in waiting.error


def test_one_whose_mail_breaks_does_not_keep_the_others_back(cast, ticket, monkeypatch):
    whole = notification_mails.queue_notice

    def breaks(address: str, **more: object) -> OutboundMail | None:
        assert address != "tanaka@demo.example"
        return whole(address, **more)  # type: ignore[arg-type]

    tickets.comment(ticket, "@田中 美咲 @森 葵", by=cast.sato)
    with monkeypatch.context() as broken:
        broken.setattr(notification_mails, "queue_notice", breaks)
        tell()
    assert (len(mails(cast.tanaka)), len(mails(cast.light))) == (0, 1)
    tell_later(11)
    assert (len(mails(cast.tanaka)), len(mails(cast.light))) == (1, 1)


def test_it_leaves_once(cast, ticket, post):
    deliver_by(post, cast.support_box)
    call(cast, ticket)
    tell()
    send.send_due()
    tell()
    send.send_due()
    (letter,) = post.mails
    assert letter["To"] == "田中 美咲 <tanaka@demo.example>"


def test_it_leaves_by_the_address_of_the_owning_department(cast, ticket):
    set_rule(cast.billing, "shared_received", by_mail=True, by=cast.admin)
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    tell()
    assert mails(cast.suzuki)[0]["From"] == "サポート <support@demo.example>"


def told_mail(cast: Cast, ticket: Ticket) -> OutboundMail:
    call(cast, ticket)
    tell()
    return OutboundMail.objects.get(recipients=["tanaka@demo.example"])


def test_a_notification_that_bounces_is_noted_on_the_mail_and_nowhere_else(cast, ticket):
    sent = told_mail(cast, ticket)
    events = ticket.events.count()
    bounce = (
        "From: MAILER-DAEMON@demo.example\r\nTo: support@demo.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; demo.example\r\n\r\n"
        "Final-Recipient: rfc822; tanaka@demo.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{sent.message_id}>\r\n\r\n--b--\r\n"
    )
    got = take_in(bounce.encode())
    assert (got.decision, got.reason) == ("suppressed", "bounce")
    sent.refresh_from_db()
    assert "5.1.1" in sent.bounce
    assert (ticket.events.count(), Ticket.objects.count()) == (events, 1)


def test_one_that_is_refused_does_not_fill_the_tickets_history(cast, ticket, post):
    deliver_by(post, cast.support_box)
    post.rcpt["tanaka@demo.example"] = "550 no such user"
    sent = told_mail(cast, ticket)
    send.send(sent.pk)
    sent.refresh_from_db()
    assert sent.state == "FAILED"
    assert not ticket.events.filter(verb="mail.failed").exists()


def test_an_answer_to_one_opens_no_ticket_and_waits_for_an_agent(cast, ticket):
    sent = told_mail(cast, ticket)
    thread = f"notice-t{ticket.pk}-a{cast.tanaka.agent.pk}@demo.example"
    for n, ids in enumerate(({"answers": sent.message_id}, {"answers": "x@y.example", "references": [thread]})):
        got = take_in(mail(f"Re: {sent.subject}", f"了解 {n}", sender="田中 美咲 <tanaka@demo.example>", **ids))
        assert (got.decision, got.reason) == ("quarantine", "answers-notification")
    got = take_in(mail("Re: 別の会社から", "本文", answers="notice-t1-a1.aa@other.example"))
    assert got.decision == "entry"
    assert ticket.entries.count() == 2
    away = take_in(mail("不在です", "休暇中", sender="田中 <tanaka@demo.example>", answers=sent.message_id, Auto_Submitted="auto-replied"))  # fmt: skip
    assert (away.decision, away.reason) == ("suppressed", "auto-replied")


def test_a_busy_night_is_one_mail_of_at_most_thirty_lines(cast, ticket):
    call(cast, ticket)
    tell()
    for n in range(35):
        call(cast, ticket, f"{n}件目")
    tell()
    tell_later(11)
    _first, second = mails(cast.tanaka)
    assert text(second).count("メンション") == 30
    assert "ほかに、これより前の通知が 5 件あります。" in text(second)


def test_times_are_the_agents(cast, ticket):
    Agent.objects.filter(pk=cast.tanaka.agent.pk).update(time_zone="America/New_York", language="en")
    call(cast, ticket)
    tell()
    from zoneinfo import ZoneInfo

    event = Notification.objects.get(agent=cast.tanaka.agent).event
    assert f"{event.at.astimezone(ZoneInfo('America/New_York')):%Y/%m/%d %H:%M}" in text(mails(cast.tanaka)[0])
