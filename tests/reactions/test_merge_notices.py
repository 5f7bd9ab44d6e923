"""Who had a ticket that was merged away is told (SPEC M8)."""

from madoguchi import tickets
from madoguchi.models import Agent, Telling, Ticket
from madoguchi.organisation.notification_rules import set_rule
from tests.cast import Cast, open_one
from tests.reactions.telling import forget, mails, tell, text, told


def merge(cast: Cast, assignee: Agent, *followers: Agent) -> tuple[Ticket, Ticket]:
    first, second = open_one(cast, "甲"), open_one(cast, "乙")
    tickets.assign(second, assignee, by=cast.sato)
    tickets.follow(second, followers, by=cast.sato)
    forget()
    tickets.merge(first, [second], by=cast.sato)
    return first, second


def test_assignee_and_followers_are_told_once(cast):
    merge(cast, cast.tanaka.agent, cast.light.agent, cast.sato.agent)
    event = Telling.objects.get().event_id
    tell()
    Telling.objects.create(event_id=event)
    tell()
    assert (told(cast.tanaka), told(cast.light), told(cast.sato)) == (["merged"], ["merged"], [])
    assert not mails(cast.tanaka)


def test_where_the_department_wants_it_they_are_mailed_in_their_language(cast):
    set_rule(cast.support, "merged", by_mail=True, by=cast.admin)
    Agent.objects.filter(pk=cast.tanaka.agent.pk).update(language="en")
    first, second = merge(cast, cast.tanaka.agent, cast.light.agent)
    tell()
    (english,), (japanese,) = mails(cast.tanaka), mails(cast.light)
    assert english["Subject"] == f"[#{first.number}] 甲"
    assert f"佐藤 健 merged #{second.number} into the ticket" in text(english)
    assert f"佐藤 健が#{second.number}をこの問い合わせに統合しました" in text(japanese)


def test_who_merged_them_and_who_left_are_not(cast):
    merge(cast, cast.sato.agent)
    tell()
    assert told(cast.sato) == []
    merge(cast, cast.tanaka.agent)
    Agent.objects.filter(pk=cast.tanaka.agent.pk).update(is_active=False)
    tell()
    assert told(cast.tanaka) == []
