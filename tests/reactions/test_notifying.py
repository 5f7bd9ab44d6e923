"""Who is told of what (SPEC D9, S8): real deeds, the list of the agent, the mail in the outbox."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.models import Agent, Department, Membership, Notification, Permission, Role, Telling, Ticket
from madoguchi.organisation.notification_rules import KINDS, set_rule
from madoguchi.people.notifications import mark_read, set_preference
from madoguchi.reactions import notifying
from madoguchi.record import at, now
from madoguchi.sla.overdue import mark_overdue
from madoguchi.tickets import Wish
from tests.cast import Cast, open_one
from tests.mails import mail, take_in
from tests.reactions.telling import forget, mails, tell, text, told


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """One nobody is told of any more."""
    found = open_one(cast)
    forget()
    return found


def everyone(cast: Cast) -> dict[str, list[str]]:
    names = ("admin", "sato", "tanaka", "suzuki", "ito", "light")
    return {name: told(getattr(cast, name)) for name in names if told(getattr(cast, name))}


def join(cast: Cast, actor: Actor, department: Department) -> None:
    assert actor.agent is not None
    Membership.objects.create(agent=actor.agent, department=department)


def test_all_agents_of_the_department_are_told_of_a_new_ticket(cast):
    open_one(cast)
    tell()
    assert everyone(cast) == {"sato": ["created"], "tanaka": ["created"], "light": ["created"]}
    assert not mails(cast.sato)


def test_who_opened_it_is_not_and_who_was_given_it_is_told_that(cast):
    by_phone = {"department": cast.support, "contact": cast.yamada, "subject": "電話", "text": "折り返し希望"}
    tickets.open_ticket(**by_phone, assignee=cast.tanaka.agent, by=cast.sato)
    tell()
    assert everyone(cast) == {"tanaka": ["assigned"], "light": ["created"]}
    (letter,) = mails(cast.tanaka)
    assert "佐藤 健があなたを担当者にしました" in text(letter)


def test_the_assignee_is_told_unless_they_did_it(cast, ticket):
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    tell()
    assert everyone(cast) == {}
    tickets.assign(ticket, cast.tanaka.agent, by=cast.sato)
    tickets.assign(ticket, None, by=cast.sato)
    tell()
    assert everyone(cast) == {"tanaka": ["assigned"]}


def test_assignee_and_followers_are_told_of_an_answer(cast, ticket):
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    tickets.follow(ticket, [cast.tanaka.agent, cast.sato.agent], by=cast.sato)
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    tickets.follow(ticket, [cast.suzuki.agent], by=cast.sato)
    forget()
    answer = mail("Re: x", "まだ届きません。", sender="山田 花子 <hanako@midori.example>", to="support@demo.example")
    stored = take_in(answer.replace(b"Subject: Re: x", f"Subject: Re: [#{ticket.number}]".encode()))
    assert stored.ticket == ticket
    tell()
    assert everyone(cast) == {name: ["customer_replied"] for name in ("sato", "tanaka", "suzuki")}
    (letter,) = mails(cast.suzuki)
    assert "「まだ届きません。」" in text(letter) and f"/tickets/{ticket.number}/" in text(letter)


def test_who_is_mentioned_is_told_if_they_may_see_the_ticket(cast, ticket):
    tickets.comment(ticket, "@田中 美咲 さんと@鈴木 大輔さん、＠佐藤健 確認をお願いします。", by=cast.sato)
    tell()
    assert everyone(cast) == {"tanaka": ["mentioned"]}
    tickets.share(ticket, [Wish(cast.billing, Permission.READ)], by=cast.sato)
    tickets.comment(ticket, "@鈴木大輔さん、請求はいかがでしょうか。", by=cast.sato)
    tell()
    assert everyone(cast)["suzuki"] == ["mentioned"]
    assert "「@鈴木大輔さん、請求はいかがでしょうか。」" in text(mails(cast.suzuki)[0])


def test_an_edited_comment_tells_those_who_came_in(cast, ticket):
    comment = tickets.comment(ticket, "@田中 美咲 お願いします。", by=cast.sato)
    tell()
    tickets.edit_comment(comment, "@田中 美咲 @森 葵 お願いします。", by=cast.sato)
    tell()
    assert everyone(cast) == {"tanaka": ["mentioned"], "light": ["mentioned"]}


def test_the_new_department_is_told_of_a_ticket_that_was_moved(cast, ticket):
    join(cast, cast.sato, cast.billing)
    tickets.move(ticket, cast.billing, by=cast.actor(cast.sato.agent))
    tell()
    assert everyone(cast) == {"suzuki": ["moved"]}


def test_assignee_and_supervisors_are_told_of_an_overdue_ticket(cast, ticket):
    tickets.assign(ticket, cast.sato.agent, by=cast.tanaka)
    tickets.edit(ticket, {"due_at": now() - timedelta(minutes=1)}, by=cast.tanaka)
    Ticket.objects.update(is_overdue=False)
    forget()
    mark_overdue()
    tell()
    assert everyone(cast) == {"sato": ["overdue"], "tanaka": ["overdue"]}
    assert len(mails(cast.sato)) == len(mails(cast.tanaka)) == 1


def test_one_event_tells_an_agent_once_and_what_concerns_them_most(cast, ticket):
    tickets.assign(ticket, cast.tanaka.agent, by=cast.sato)
    tickets.follow(ticket, [cast.tanaka.agent], by=cast.sato)
    tickets.edit(ticket, {"due_at": now() - timedelta(minutes=1)}, by=cast.sato)
    Ticket.objects.update(is_overdue=False)
    forget()
    mark_overdue()
    tell()
    assert everyone(cast) == {"tanaka": ["overdue"]}


def test_a_rule_that_is_off_tells_nobody_and_a_preference_not_the_one(cast, ticket):
    set_rule(cast.support, "created", in_app=False, by=cast.admin)
    open_one(cast)
    tell()
    assert everyone(cast) == {}
    set_rule(cast.support, "created", in_app=True, by_mail=True, by=cast.admin)
    set_preference("created", in_app=False, by=cast.sato)
    set_preference("created", by_mail=False, by=cast.tanaka)
    open_one(cast)
    tell()
    assert everyone(cast) == {"tanaka": ["created"], "light": ["created"]}
    assert (len(mails(cast.sato)), len(mails(cast.tanaka)), len(mails(cast.light))) == (1, 0, 1)
    set_preference("created", by_mail=False, by=cast.sato)
    open_one(cast)
    tell()
    assert not Notification.objects.filter(agent=cast.sato.agent, in_app=True).exists()
    assert Notification.objects.filter(agent=cast.sato.agent).count() == 1


def test_where_the_nearer_kind_is_switched_off_the_other_one_is_told(cast, ticket):
    set_preference("mentioned", in_app=False, by=cast.tanaka)
    set_preference("mentioned", by_mail=False, by=cast.tanaka)
    tickets.comment(ticket, "@田中 美咲", by=cast.sato)
    tell()
    assert everyone(cast) == {}


# -- a shared ticket is received (SPEC S8)


def share(ticket: Ticket, *wishes: Wish, by: Actor) -> None:
    tickets.share(ticket, wishes, by=by)
    tell()


def test_off_at_first_nobody_is_mailed_of_a_shared_ticket(cast, ticket):
    share(ticket, Wish(cast.billing), by=cast.sato)
    assert not Notification.objects.exists() and not mails(cast.suzuki)


def test_every_agent_of_the_receiving_department_is_mailed_each_time(cast, ticket):
    set_rule(cast.billing, "shared_received", by_mail=True, by=cast.admin)
    join(cast, cast.light, cast.billing)
    Agent.objects.filter(pk=cast.light.agent.pk).update(is_confirmed=False)
    for n in (1, 2):
        share(ticket, Wish(cast.billing), Wish(cast.delivery), by=cast.sato)
        assert (len(mails(cast.suzuki)), len(mails(cast.light)), len(mails(cast.ito))) == (n, n, 0)
        tickets.unshare(ticket, [cast.billing, cast.delivery], by=cast.sato)
        tell()
    assert everyone(cast) == {}
    assert not mails(cast.tanaka) and not mails(cast.admin)


def test_the_mail_says_who_shared_what_how_far_why_and_until_when(cast, ticket):
    set_rule(cast.billing, "shared_received", by_mail=True, by=cast.admin)
    until = now().replace(year=2031, month=3, day=4, hour=3, minute=30)
    share(ticket, Wish(cast.billing, Permission.RESTRICTED, until, "請求の\n確認"), by=cast.sato)
    (letter,) = mails(cast.suzuki)
    assert letter["Subject"] == f"[#{ticket.number}] 共有された問い合わせ: 返金はいつになりますか"
    assert text(letter).splitlines()[:9] == [
        "鈴木 大輔 さん",
        "",
        "「サポート」部門から「経理」部門に、問い合わせが共有されました。",
        "",
        f"問い合わせ: #{ticket.number} 返金はいつになりますか",
        "共有した担当者: 佐藤 健",
        "共有の権限: 制限付きアクセス",
        "理由: 請求の 確認",
        "有効期限: 2031/03/04 12:30",
    ]
    assert f"http://127.0.0.1:8000/tickets/{ticket.number}/" in text(letter)
    assert "注文番号" not in text(letter)


def test_the_mail_is_in_the_agents_language_and_time(cast, ticket):
    Agent.objects.filter(pk=cast.suzuki.agent.pk).update(language="en", time_zone="Europe/Paris")
    set_rule(cast.billing, "shared_received", by_mail=True, by=cast.admin)
    until = now().replace(year=2031, month=3, day=4, hour=3, minute=30)
    share(ticket, Wish(cast.billing, Permission.READ, until), by=cast.sato)
    (letter,) = mails(cast.suzuki)
    assert letter["Subject"] == f"[#{ticket.number}] Shared ticket: 返金はいつになりますか"
    for said in (
        "The department サポート has shared a ticket with 経理.",
        "Permission: Read only",
        "Until: 2031/03/04 04:30",
    ):
        assert said in text(letter)


def test_who_shared_it_is_not_mailed_and_a_changed_share_is_no_new_one(cast, ticket):
    set_rule(cast.billing, "shared_received", by_mail=True, by=cast.admin)
    join(cast, cast.sato, cast.billing)
    share(ticket, Wish(cast.billing), by=cast.sato)
    share(ticket, Wish(cast.billing, Permission.READ), by=cast.sato)
    assert (len(mails(cast.sato)), len(mails(cast.suzuki))) == (0, 1)


def test_a_share_that_ended_before_it_was_mailed_mails_nobody(cast, ticket):
    set_rule(cast.billing, "shared_received", by_mail=True, by=cast.admin)
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    notifying.tell_all()
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    tell()
    assert not mails(cast.suzuki)


# -- whatever happens in between


def test_looking_twice_tells_once(cast, ticket):
    tickets.comment(ticket, "@田中 美咲", by=cast.sato)
    event = Telling.objects.get().event_id
    tell()
    Telling.objects.create(event_id=event)
    tell()
    assert (told(cast.tanaka), len(mails(cast.tanaka))) == (["mentioned"], 1)


def test_what_dies_in_the_middle_is_told_afterwards(cast, ticket, monkeypatch):
    tickets.comment(ticket, "@田中 美咲", by=cast.sato)
    with monkeypatch.context() as broken:
        broken.setattr(notifying, "DONE", "SELECT 1 / cardinality(%s::bigint[]) / 0")
        notifying.tell_all()
    assert not Notification.objects.exists()
    assert Telling.objects.get().tries == 1
    tell()
    assert told(cast.tanaka) == ["mentioned"]


def test_an_event_that_cannot_be_told_does_not_keep_the_others_back(cast, ticket, monkeypatch):
    tickets.comment(ticket, "@田中 美咲 一", by=cast.sato)
    bad = Telling.objects.get().event_id
    tickets.comment(ticket, "@田中 美咲 二", by=cast.sato)
    whole = notifying._tell

    def breaks(ids: list[int]) -> None:
        assert bad not in ids
        whole(ids)

    monkeypatch.setattr(notifying, "_tell", breaks)
    notifying.tell_all()
    assert told(cast.tanaka) == ["mentioned"]
    for _more in range(9):
        notifying.tell_all()
    assert list(Telling.objects.values_list("event_id", "tries")) == [(bad, notifying.MOST_TRIES)]
    assert not notifying.is_anything_waiting()


def test_nobody_is_told_of_what_was_deleted_or_is_spam(cast, ticket):
    tickets.comment(ticket, "@田中 美咲", by=cast.sato)
    tickets.trash(ticket, by=cast.sato)
    other = open_one(cast)
    tickets.mark_spam(other, by=cast.sato)
    gone = open_one(cast)
    tickets.trash(gone, by=cast.sato)
    tickets.purge(gone, by=cast.tanaka)
    tell()
    assert not Notification.objects.exists()


def test_who_left_or_lost_sight_meanwhile_is_not_told(cast, ticket):
    tickets.assign(ticket, cast.sato.agent, by=cast.tanaka)
    tickets.comment(ticket, "@佐藤 健 @森 葵", by=cast.tanaka)
    Membership.objects.filter(agent=cast.sato.agent).delete()
    Agent.objects.filter(pk=cast.light.agent.pk).update(is_active=False)
    tell()
    assert not Notification.objects.exists()


def test_a_department_that_is_switched_off_is_not_told(cast):
    open_one(cast, department=cast.delivery, mailbox=None)
    Department.objects.filter(pk=cast.delivery.pk).update(is_enabled=False)
    tell()
    assert everyone(cast) == {}


def test_nobody_is_told_of_old_mail_that_is_imported(cast):
    with at(now() - timedelta(days=3)):
        open_one(cast)
    assert not Telling.objects.exists()


def test_a_department_of_two_hundred_costs_as_many_statements_as_one_of_three(cast):
    def cost() -> int:
        open_one(cast)
        with CaptureQueriesContext(connection) as asked:
            notifying.tell_all()
        return len(asked)

    few = cost()
    role = Role.objects.get(base=Role.Base.AGENT, is_system=True)
    crowd = Agent.objects.bulk_create(
        Agent(email=f"a{n}@demo.example", last_name=f"担当{n}", role=role) for n in range(200)
    )
    Membership.objects.bulk_create(Membership(agent=agent, department=cast.support) for agent in crowd)
    assert cost() == few
    assert Notification.objects.filter(agent__in=crowd).count() == 200


def test_every_kind_can_be_told_and_has_its_words(cast):
    from madoguchi.lists.notifications import SENTENCES

    assert set(notifying.KINDS) == set(KINDS) == set(SENTENCES)


def test_open_pages_of_who_was_told_hear_of_it_and_again_when_they_lose_sight(cast, ticket, monkeypatch):
    heard: list[int] = []
    monkeypatch.setattr(
        notifying.bell, "ring_each", lambda names: heard.extend(name["to"] for name in names if "to" in name)
    )
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    tickets.comment(ticket, "@鈴木 大輔 @田中 美咲", by=cast.sato)
    tell()
    assert sorted(heard) == sorted([cast.suzuki.agent.pk, cast.tanaka.agent.pk])
    heard.clear()
    mark_read(ticket=ticket, by=cast.tanaka)
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    tell()
    # what was read stands in the bell, too
    assert sorted(heard) == sorted([cast.suzuki.agent.pk, cast.tanaka.agent.pk])
