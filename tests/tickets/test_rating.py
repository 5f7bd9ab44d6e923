"""Customers say how an answer was (SPEC I5): who may, until when, and what it counts with."""

from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import people, record, tally, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.kit.addresses import Address
from madoguchi.models import Contact, Department, Entry, Event, Rating, Ticket
from madoguchi.organisation.founding import add_department
from madoguchi.tickets.rating import counted
from tests.cast import Cast, open_one
from tests.tickets.merged import assert_sound, pairs

EVERY_SCRIPT = "助かりました。Ça va! Спасибо，고맙습니다 شكرًا תודה ขอบคุณ 🙇‍♀️ 𠮷野家\n二行目\tA&B <b>"


def by_contact(contact: Contact) -> Actor:
    return Actor(contact=Contact.objects.get(pk=contact.pk), door="help")


@pytest.fixture
def answer(cast: Cast, ticket: Ticket) -> Entry:
    return tickets.reply(ticket, "本日返金いたしました。", by=cast.sato)


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def told(ticket: Ticket) -> list[Event]:
    return list(ticket.events.filter(verb="ticket.rated").order_by("pk"))


def refusal(*asked, **more) -> str:
    before = Rating.objects.values_list("pk", "value", "comment", "changed_at")
    was = list(before)
    with pytest.raises(Refused) as refused:
        tickets.rate_by_link(*asked, **more) if "by" not in more else tickets.rate(*asked, **more)
    assert list(before.all()) == was
    return refused.value.code


def test_a_customer_rates_an_answer_in_the_help_center(cast, ticket, answer):
    rating = tickets.rate(answer, "good", " " + EVERY_SCRIPT + "\n", by=by_contact(cast.yamada))
    rating.refresh_from_db()
    assert (rating.value, rating.comment, rating.via) == ("good", EVERY_SCRIPT, "portal")
    assert (rating.entry, rating.ticket, rating.counts_for) == (answer, ticket, ticket)
    assert (rating.contact, rating.account, rating.department, rating.agent) == (
        cast.yamada, cast.midori, cast.support, cast.sato.agent,
    )  # fmt: skip
    assert fresh(ticket).ratings == [[f"{timezone.localtime(rating.rated_at, zone()):%Y-%m-%d}", "good"]]
    (event,) = told(ticket)
    assert (event.by_contact, event.door, event.entry) == (cast.yamada, "help", answer)
    assert (event.before, event.after) == ({}, {"rating": "good", "comment": EVERY_SCRIPT})
    assert tally.figures() == tally.recount()


def zone():
    from zoneinfo import ZoneInfo

    from madoguchi.organisation.current import the_organisation

    return ZoneInfo(the_organisation().time_zone)


def test_who_holds_the_link_rates_as_the_contact(cast, ticket, answer):
    rating = tickets.rate_by_link(answer, "bad", "遅い")
    assert (rating.via, rating.value) == ("mail", "bad")
    (event,) = told(ticket)
    assert (event.by_contact, event.door) == (cast.yamada, "mail")


def test_the_same_again_changes_nothing(ticket, answer):
    tickets.rate_by_link(answer, "ok", "まあまあ")
    version = fresh(ticket).version
    again = tickets.rate_by_link(answer, "ok", "  まあまあ\r\n")
    assert again.changed_at is None and len(told(ticket)) == 1 and fresh(ticket).version == version
    assert Rating.objects.count() == 1


def test_a_rating_is_changed_within_thirty_days_of_the_first_vote(ticket, answer):
    first = record.now()
    tickets.rate_by_link(answer, "bad", "遅い")
    for days in (20, 29):
        with record.at(first + timedelta(days=days)):
            tickets.rate_by_link(answer, "good" if days == 20 else "ok", "直った")
    rating = Rating.objects.get()
    assert rating.value == "ok" and rating.changed_at > rating.rated_at + timedelta(days=28)
    assert [day for day, _v in fresh(ticket).ratings] == [f"{timezone.localtime(first, zone()):%Y-%m-%d}"]
    assert told(ticket)[-1].before == {"rating": "good", "comment": "直った"}
    assert told(ticket)[-1].after == {"rating": "ok", "comment": "直った"}
    assert tally.figures() == tally.recount()
    with record.at(first + timedelta(days=31)):
        assert refusal(answer, "bad") == "TOO_LATE"
        assert tickets.rate_by_link(answer, "ok", "直った").value == "ok"  # says nothing new


def test_a_change_may_come_after_the_ninety_days_of_the_answer(ticket, answer):
    at = answer.created_at
    with record.at(at + timedelta(days=89)):
        tickets.rate_by_link(answer, "good")
    with record.at(at + timedelta(days=110)):
        assert tickets.rate_by_link(answer, "ok").value == "ok"


def test_an_answer_is_rated_within_ninety_days(answer):
    with record.at(answer.created_at + timedelta(days=90, minutes=1)):
        assert refusal(answer, "good") == "TOO_LATE"
    with record.at(answer.created_at + timedelta(days=89, hours=23)):
        tickets.rate_by_link(answer, "good")


def test_the_day_is_the_organisations_and_not_that_of_utc(ticket, answer):
    from datetime import UTC, datetime

    with record.at(datetime(2026, 11, 22, 15, 30, tzinfo=UTC)):  # half past midnight in Tokyo
        Entry.objects.filter(pk=answer.pk).update(created_at=record.now())
        answer.refresh_from_db()
        tickets.rate_by_link(answer, "good")
    assert fresh(ticket).ratings == [["2026-11-23", "good"]]


def test_what_cannot_be_rated(cast, ticket):
    me = by_contact(cast.yamada)
    forward = tickets.forward(ticket, to=[Address("", "shop@example.net")], by=cast.sato)
    comment = tickets.comment(ticket, "公開です", public=True, by=cast.sato)
    aside = tickets.reply(ticket, "社内へ", to=[Address("", "boss@other.example")], by=cast.sato)
    by_rule = tickets.reply(ticket, "受け付けました", by=Actor.desk())
    for entry in (forward, comment, aside, by_rule, ticket.entries.get(is_description=True)):
        assert refusal(entry, "good") == "NOT_AN_ANSWER"
        assert refusal(entry, "good", by=me) == "NOT_AN_ANSWER"
    assert told(ticket) == [] and fresh(ticket).ratings == []


def test_what_is_no_rating(answer):
    assert refusal(answer, "great") == "NOT_A_CHOICE"
    assert refusal(answer, "") == "NOT_A_CHOICE"
    assert refusal(answer, "good", "長" * 2001) == "TOO_LONG"
    assert tickets.rate_by_link(answer, "good", "長" * 2000).comment == "長" * 2000


def test_only_the_contact_and_who_is_in_copy_may(cast, ticket, answer):
    colleague = people.identify("jiro@midori.example", "緑 次郎", by=Actor.desk())
    Contact.objects.filter(pk=colleague.pk).update(sees_account=True)
    with pytest.raises(Denied):
        tickets.rate(answer, "bad", by=by_contact(colleague))
    with pytest.raises(Hidden):
        tickets.rate(answer, "bad", by=by_contact(cast.takahashi))
    for actor in (cast.admin, cast.sato, cast.light):
        with pytest.raises(Denied):
            tickets.rate(answer, "good", by=actor)
    with pytest.raises(Hidden):
        tickets.rate(answer, "good", by=cast.ito)
    assert not Rating.objects.exists()
    tickets.copy_in(ticket, [colleague], by=cast.sato)
    assert tickets.rate(answer, "ok", by=by_contact(colleague)).contact == cast.yamada
    assert told(ticket)[0].by_contact == colleague


def test_a_department_that_asks_no_longer(cast, answer):
    Department.objects.filter(pk=cast.support.pk).update(asks_for_ratings=False)
    me = by_contact(cast.yamada)
    assert refusal(answer, "good", by=me) == "NOT_ASKED"
    tickets.rate_by_link(answer, "good")
    assert tickets.rate(answer, "bad", by=me).value == "bad"  # what was said may still be changed


def test_what_lies_in_the_bin_or_among_the_spam_is_not_rated(cast, ticket, answer):
    tickets.mark_spam(ticket, by=cast.sato)
    assert refusal(answer, "good") == "GONE"
    tickets.unmark_spam(ticket, by=cast.sato)
    tickets.rate_by_link(answer, "good")
    tickets.trash(ticket, by=cast.sato)
    assert refusal(answer, "bad") == "GONE"
    assert tally.figures() == tally.recount()
    tickets.restore(fresh(ticket), by=cast.tanaka)
    assert tickets.rate_by_link(answer, "bad").value == "bad"
    assert tally.figures() == tally.recount()


def test_what_is_gone_for_good_is_hidden(cast, ticket, answer):
    tickets.rate_by_link(answer, "good")
    tickets.trash(ticket, by=cast.sato)
    tickets.purge(fresh(ticket), by=cast.tanaka)
    with pytest.raises(Hidden):
        tickets.rate_by_link(answer, "bad")
    assert not Rating.objects.exists() and tally.figures() == tally.recount()


def test_a_rating_follows_its_ticket(cast, ticket, answer):
    tickets.rate_by_link(answer, "good")
    other = add_department("本社", address="head@demo.example")
    tickets.move(ticket, other, by=cast.admin)
    account = people.create_account({"name": "移籍先"}, by=Actor.desk())
    tickets.edit(fresh(ticket), {"account": account}, by=cast.admin)
    rating = Rating.objects.get()
    assert (rating.department, rating.account) == (other, account)
    assert tally.figures() == tally.recount()


# Merging


@pytest.fixture
def two(cast: Cast) -> list[tuple[Ticket, Entry]]:
    """Two tickets of the same contact, each with an answer."""
    made = [open_one(cast, f"{name}の件") for name in ("甲子", "乙丑")]
    return [(ticket, tickets.reply(ticket, "回答", by=cast.sato)) for ticket in made]


def test_a_merge_takes_the_ratings_along(cast, two):
    (a, in_a), (b, in_b) = two
    tickets.rate_by_link(in_b, "bad", "残念")
    tickets.rate_by_link(in_a, "good")
    before = pairs()
    tickets.merge(a, [fresh(b)], by=cast.sato)
    assert [value for _day, value in fresh(a).ratings] == ["bad", "good"] and fresh(b).ratings == []
    assert set(Rating.objects.values_list("counts_for", flat=True)) == {a.pk}
    assert Rating.objects.get(entry=in_b).ticket == b
    assert_sound(before)


def test_old_links_of_a_merged_ticket_rate_with_the_main_one(cast, two):
    (a, _in_a), (b, in_b) = two
    tickets.merge(a, [fresh(b)], by=cast.sato)
    before = pairs()
    rating = tickets.rate_by_link(in_b, "ok")
    assert (rating.ticket, rating.counts_for) == (b, a)
    assert [event.ticket_id for event in Event.objects.filter(verb="ticket.rated")] == [a.pk]
    assert_sound(before)


def test_through_a_chain_of_merges(cast, two):
    (a, in_a), (b, _in_b) = two
    c = open_one(cast, "丙寅の件")
    tickets.rate_by_link(in_a, "good")
    tickets.merge(fresh(b), [fresh(a)], by=cast.sato)
    tickets.merge(c, [fresh(b)], by=cast.sato)
    assert [value for _day, value in fresh(c).ratings] == ["good"]
    assert tickets.rate_by_link(in_a, "bad").counts_for == c
    tickets.restore(fresh(b), by=cast.tanaka)  # a comes with it
    assert [value for _day, value in fresh(b).ratings] == ["bad"] and fresh(c).ratings == []
    assert_sound(pairs())
    tickets.restore(fresh(a), by=cast.tanaka)
    assert [value for _day, value in fresh(a).ratings] == ["bad"] and fresh(b).ratings == []
    assert tickets.rate_by_link(in_a, "ok").counts_for == a
    assert_sound(pairs())


def test_a_restored_ticket_has_its_ratings_back_as_its_account_and_department_are(cast, two):
    (a, in_a), (b, in_b) = two
    tickets.rate_by_link(in_b, "bad")
    tickets.rate_by_link(in_a, "good")
    tickets.merge(a, [fresh(b)], by=cast.sato)
    account = people.create_account({"name": "別会社"}, by=Actor.desk())
    tickets.edit(fresh(a), {"account": account}, by=cast.admin)
    assert set(Rating.objects.values_list("account", flat=True)) == {account.pk}
    tickets.restore(fresh(b), by=cast.tanaka)
    assert Rating.objects.get(entry=in_b).account == cast.midori
    assert Rating.objects.get(entry=in_a).account == account
    assert_sound(pairs())


def test_a_merged_ticket_deleted_for_good_leaves_its_ratings_to_the_main_one(cast, two):
    (a, _in_a), (b, in_b) = two
    tickets.rate_by_link(in_b, "bad")
    tickets.merge(a, [fresh(b)], by=cast.sato)
    tickets.purge(fresh(b), by=cast.tanaka)
    assert [value for _day, value in fresh(a).ratings] == ["bad"]
    assert tickets.rate_by_link(in_b, "good").counts_for == a
    assert_sound(pairs())


def test_one_that_was_restored_first_leaves_what_the_main_one_shows(cast, two):
    (a, _in_a), (b, in_b) = two
    tickets.rate_by_link(in_b, "bad")
    tickets.merge(a, [fresh(b)], by=cast.sato)
    tickets.restore(fresh(b), by=cast.tanaka)
    later = tickets.reply(fresh(b), "その後", by=cast.sato)
    tickets.rate_by_link(later, "good")
    tickets.trash(fresh(b), by=cast.sato)
    assert fresh(a).ratings == []
    tickets.purge(fresh(b), by=cast.tanaka)
    assert [value for _day, value in fresh(a).ratings] == ["bad"]
    assert list(Rating.objects.values_list("value", flat=True)) == ["bad"]
    assert_sound(pairs())


def test_a_main_ticket_deleted_for_good_gives_the_others_their_ratings_back(cast, two):
    (a, in_a), (b, in_b) = two
    tickets.rate_by_link(in_a, "good")
    tickets.rate_by_link(in_b, "bad")
    tickets.merge(a, [fresh(b)], by=cast.sato)
    tickets.trash(fresh(a), by=cast.sato)
    tickets.purge(fresh(a), by=cast.tanaka)
    assert list(Rating.objects.values_list("value", "counts_for")) == [("bad", b.pk)]
    tickets.restore(fresh(b), by=cast.tanaka)
    assert [value for _day, value in fresh(b).ratings] == ["bad"]
    assert_sound(pairs())


def test_counted_is_what_the_ticket_repeats(cast, two):
    (a, in_a), (b, in_b) = two
    start = record.now()
    for n, (entry, value) in enumerate([(in_b, "bad"), (in_a, "good")]):
        with record.at(start + timedelta(days=n)):
            tickets.rate_by_link(entry, value)
    tickets.merge(a, [fresh(b)], by=cast.sato)
    days = [f"{timezone.localtime(start + timedelta(days=n), zone()):%Y-%m-%d}" for n in range(2)]
    assert counted(a) == fresh(a).ratings == [[days[0], "bad"], [days[1], "good"]]
