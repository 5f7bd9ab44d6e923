"""A bad rating is told to who can do something about it, and to rules (SPEC D9, I5)."""

from madoguchi import tickets
from madoguchi.lists.notifications import page
from madoguchi.models import Agent, Ticket
from madoguchi.organisation.notification_rules import set_rule
from tests.cast import open_one
from tests.reactions.ruled import again, rule, settle, when
from tests.reactions.telling import forget, fresh, mails, tell, text, told


def answered(cast):
    """An answer by the administrator on a ticket of 佐藤 in a department 田中 supervises."""
    ticket = open_one(cast)
    tickets.assign(ticket, cast.sato.agent, by=cast.tanaka)
    entry = tickets.reply(ticket, "確認いたします。", by=cast.admin)
    forget()
    return entry


def everyone(cast) -> dict[str, list[str]]:
    people = {name: getattr(cast, name) for name in ("admin", "sato", "tanaka", "suzuki", "ito", "light")}
    return {name: kinds for name, actor in people.items() if (kinds := told(actor))}


def test_author_assignee_and_supervisors_are_told_with_the_customers_words(cast):
    entry = answered(cast)
    tickets.rate_by_link(entry, "bad", "まだ返金されていません。")
    tell()
    assert everyone(cast) == {"admin": ["bad_rating"], "sato": ["bad_rating"], "tanaka": ["bad_rating"]}
    (row,) = page(fresh(cast.sato)).rows
    assert (row.text, row.excerpt) == ("山田 花子が返信を「悪い」と評価しました", "まだ返金されていません。")
    (letter,) = mails(cast.tanaka)
    assert "返信を「悪い」と評価しました" in text(letter) and "まだ返金されていません。" in text(letter)
    assert "/help/rate/" not in text(letter)


def test_good_news_tell_nobody_and_bad_ones_once(cast):
    entry = answered(cast)
    for value in ("good", "ok"):
        tickets.rate_by_link(entry, value, "言葉")
    tell()
    assert everyone(cast) == {}
    tickets.rate_by_link(entry, "bad", "")
    tell()
    assert everyone(cast)["sato"] == ["bad_rating"]
    tickets.rate_by_link(entry, "bad", "理由です")  # more is said of it
    tell()
    assert everyone(cast)["sato"] == ["bad_rating", "bad_rating"]
    tickets.rate_by_link(entry, "good", "")
    tell()
    assert everyone(cast)["sato"] == ["bad_rating", "bad_rating"]


def test_who_left_or_switched_it_off_is_not_told(cast):
    entry = answered(cast)
    Agent.objects.filter(pk=cast.admin.agent.pk).update(is_active=False)
    set_rule(cast.support, "bad_rating", by_mail=False, by=cast.tanaka)
    tickets.rate_by_link(entry, "bad", "")
    tell()
    assert everyone(cast) == {"sato": ["bad_rating"], "tanaka": ["bad_rating"]} and mails(cast.sato) == []


def test_a_rule_answers_a_bad_rating(cast):
    act = {"verb": "set_priority", "priority": "Urgent"}
    rule(cast, "悪い評価", "ticket.rated", act, criteria=when("rated", "is", "bad"))
    entry = answered(cast)
    tickets.rate_by_link(entry, "good", "")
    settle()
    assert again(entry.ticket).priority != "Urgent"
    tickets.rate_by_link(entry, "bad", "")
    settle()
    assert again(entry.ticket).priority == "Urgent"
    assert Ticket.objects.get().ratings[0][1] == "bad"


def test_no_other_event_has_a_rating(cast):
    act = {"verb": "set_priority", "priority": "Urgent"}
    rule(cast, "評価なし", "ticket.replied", act, criteria=when("rated", "is_not_empty"))
    entry = answered(cast)
    settle()
    assert again(entry.ticket).priority != "Urgent"
