"""Votes at the same moment as each other and as merges, restores and the bin: never a 500, figures always true (SPEC I5, M11)."""

from functools import partial

import pytest

from madoguchi import tickets
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Entry, Event, Rating, Ticket
from tests.cast import gather, open_one
from tests.security.test_two_at_once import at_once
from tests.tickets.merged import assert_sound, pairs

pytestmark = pytest.mark.django_db(transaction=True)


def again(row):
    return type(row).objects.get(pk=row.pk)


def rate(entry: Entry, value: str):
    return tickets.rate_by_link(again(entry), value)


def test_two_clicks_at_once_are_one_rating():
    cast = gather()
    for n in range(5):
        entry = tickets.reply(open_one(cast, f"{n}"), "回答", by=cast.sato)
        same = at_once(*[partial(rate, entry, "good")] * 3)
        assert [found.value for found in same] == ["good"] * 3
        assert Event.objects.filter(verb="ticket.rated", ticket=entry.ticket).count() == 1
        both = at_once(partial(rate, entry, "bad"), partial(rate, entry, "ok"))
        assert {found.value for found in both} == {"bad", "ok"}
        assert Rating.objects.filter(entry=entry).count() == 1
        assert_sound(pairs())


def merge(main: Ticket, other: Ticket, by):
    return tickets.merge(again(main), [again(other)], by=by)


def restore(main: Ticket, other: Ticket, by):
    return tickets.restore(again(other), by=by)


def trash(main: Ticket, other: Ticket, by):
    return tickets.trash(again(other), by=by)


def test_a_vote_while_the_ticket_is_merged_restored_and_trashed():
    cast = gather()
    for n in range(6):
        main, other = open_one(cast, f"主{n}"), open_one(cast, f"他{n}")
        entry = tickets.reply(other, "回答", by=cast.sato)
        for value, deed in (("good", merge), ("bad", restore), ("ok", trash)):
            voted, done = at_once(partial(rate, entry, value), partial(deed, main, other, cast.tanaka))
            assert isinstance(voted, Rating | Refused | Hidden), voted
            assert not isinstance(done, Exception), done
            assert_sound(pairs())
        assert Rating.objects.filter(entry=entry).count() == 1
        assert Ticket.objects.get(pk=main.pk).ratings == []
