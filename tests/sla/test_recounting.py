"""Counting the business times of tickets that are there already: a job with progress (SPEC D5)."""

import threading

import pytest
from django.db import connections, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from madoguchi import sla, tally, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied
from madoguchi.jobs import tasks
from madoguchi.models import Event, Ticket, TimesRecount
from madoguchi.sla import recounting
from tests.cast import gather, open_one
from tests.sla.conftest import HOUR, OFFICE, at, when, works

BUSINESS = ["first_response_business_s", "response_business_s", "on_hold_business_s", "resolution_business_s"]
CLOCK = [
    "first_response_s",
    "response_s",
    "response_n",
    "on_hold_s",
    "resolution_s",
    "version",
    "modified_at",
    "due_at",
]


def story(cast, day: int) -> Ticket:
    """One with all the times: written to twice, answered twice, held twice, closed, reopened, closed."""
    ticket = when(at(day, 17), open_one, cast, f"{day}")
    write(cast, ticket, at(day + 1, 12))
    when(at(day + 2, 10), tickets.reply, ticket, "はい", by=cast.sato)
    when(at(day + 2, 11), tickets.hold, ticket, by=cast.sato)
    write(cast, ticket, at(day + 3, 7, 30))
    when(at(day + 3, 9, 15), tickets.reply, ticket, "はい", by=cast.sato)
    when(at(day + 3, 10), tickets.close, ticket, by=cast.sato)
    when(at(day + 3, 11), tickets.hold, ticket, by=cast.sato)
    when(at(day + 4, 9, 30), tickets.close, ticket, by=cast.sato)
    ticket.refresh_from_db()
    return ticket


def write(cast, ticket, moment) -> None:
    when(moment, tickets.receive, ticket, {"text": "?"}, contact=cast.yamada, channel="Email", by=Actor.desk())


def kept(pk: int, names: list[str]) -> list[object]:
    return list(Ticket.objects.values_list(*names).get(pk=pk))


def as_before(*rows: Ticket) -> None:
    """As an older version left them: never counted in business time."""
    for ticket in rows:
        old: dict[str, list[int]] = {}
        for key, (n, total, _business) in ticket.response_buckets.items():
            figure = old.setdefault(key.partition("/")[0], [0, 0])
            figure[0], figure[1] = figure[0] + n, figure[1] + total
        with transaction.atomic():
            tally.take_out("t.id = %(id)s", {"id": ticket.pk})
            Ticket.objects.filter(pk=ticket.pk).update(response_buckets=old, **dict.fromkeys(BUSINESS))
            tally.put_in("t.id = %(id)s", {"id": ticket.pk})


def run(department) -> TimesRecount:
    recount = sla.start_recount(department, by=Actor.desk())
    tasks.count_business_times.func(recount.pk)
    recount.refresh_from_db()
    return recount


def test_a_count_afresh_gives_what_was_kept_all_along(cast, office):
    ticket = story(cast, 2)
    was, buckets = kept(ticket.pk, BUSINESS), ticket.response_buckets
    as_before(ticket)
    run(cast.support)
    ticket.refresh_from_db()
    assert (kept(ticket.pk, BUSINESS), ticket.response_buckets) == (was, buckets)
    assert tally.differing() == []


def test_other_hours_give_other_times_and_leave_those_by_the_clock_and_the_history_alone(cast):
    rows = [story(cast, day) for day in (2, 9)]
    other = when(at(2, 9), open_one, cast, department=cast.billing, mailbox=None)
    when(at(4, 9), tickets.close, other, by=cast.admin)
    clock = [kept(ticket.pk, CLOCK) for ticket in (*rows, other)]
    events = Event.objects.count()
    assert rows[0].first_response_business_s == rows[0].first_response_s
    works(cast.support)
    recount = run(cast.support)
    assert (recount.done, recount.total) == (2, 2) and recount.finished_at is not None
    first = Ticket.objects.get(pk=rows[0].pk)
    assert kept(first.pk, BUSINESS) == [2 * HOUR, 3.25 * HOUR, (6 + 6.5) * HOUR, 17.5 * HOUR]
    assert [kept(ticket.pk, CLOCK) for ticket in (*rows, other)] == clock
    assert Event.objects.count() == events
    other.refresh_from_db()
    assert other.resolution_business_s == other.resolution_s, "of another department"
    assert tally.differing() == []


def test_it_says_how_far_it_is_and_goes_on_where_it_was(cast, monkeypatch):
    rows = [story(cast, 2) for _n in range(5)]
    works(cast.support)
    monkeypatch.setattr(recounting, "TOGETHER", 2)
    monkeypatch.setattr(recounting, "WINDOW", 10**9)
    recount = sla.start_recount(cast.support, by=cast.admin)
    assert (recount.total, recount.done, recount.agent) == (5, 0, cast.admin.agent)
    assert recounting._portion(recount.pk, 2) == set()
    recount.refresh_from_db()
    assert (recount.done, recount.last_id, recount.finished_at) == (2, rows[1].pk, None)
    assert [Ticket.objects.get(pk=row.pk).first_response_business_s == 2 * HOUR for row in rows] == [True] * 2 + [
        False
    ] * 3
    assert tally.differing() == []
    recounting.run(recount.pk)
    recount.refresh_from_db()
    assert recount.done == 5 and recount.finished_at is not None
    recounting.run(recount.pk)
    assert all(Ticket.objects.get(pk=row.pk).first_response_business_s == 2 * HOUR for row in rows)


def test_a_second_wish_before_it_began_brings_the_first_one_later_it_begins_anew(cast, monkeypatch):
    for _n in range(3):
        story(cast, 2)
    works(cast.support)
    monkeypatch.setattr(recounting, "WINDOW", 10**9)
    first = sla.start_recount(cast.support, by=cast.admin)
    assert sla.start_recount(cast.support, by=cast.admin) == first
    assert ProcrastinateJob.objects.filter(task_name="count_business_times").count() == 1
    recounting._portion(first.pk, 1)
    second = sla.start_recount(cast.support, by=cast.admin)
    assert second != first
    recounting.run(first.pk)
    assert Ticket.objects.filter(first_response_business_s=2 * HOUR).count() == 1, "the first one is over"
    recounting.run(second.pk)
    assert Ticket.objects.filter(first_response_business_s=2 * HOUR).count() == 3
    assert [recount.pk for recount in sla.recounts()] == [second.pk]


def test_administrators_only(cast):
    with pytest.raises(Denied):
        sla.start_recount(cast.support, by=cast.tanaka)
    assert not TimesRecount.objects.exists()


def test_what_was_never_counted_is_counted_once_after_an_upgrade(cast):
    ticket, elsewhere = story(cast, 2), story(cast, 2)
    Ticket.objects.filter(pk=elsewhere.pk).update(department=cast.billing)
    elsewhere.refresh_from_db()
    as_before(ticket, elsewhere)
    recounting.queue_unfinished()
    assert not TimesRecount.objects.exists(), "nobody has hours yet"
    works(cast.support)
    recounting.queue_unfinished()
    (recount,) = TimesRecount.objects.all()
    assert (recount.department, recount.total) == (None, 1)
    recounting.queue_unfinished()
    recounting.run(recount.pk)
    recounting.queue_unfinished()
    assert TimesRecount.objects.filter(finished_at=None).count() == 0 and TimesRecount.objects.count() == 1
    assert kept(ticket.pk, BUSINESS)[0] == 2 * HOUR and kept(elsewhere.pk, BUSINESS) == [None] * 4
    run(None)
    assert kept(elsewhere.pk, BUSINESS) == [None] * 4, "a department without hours has nothing to count"


def test_messages_it_cannot_tell_are_taken_to_be_like_those_it_can(cast):
    """The wait of a ticket that was merged in, and an answer of a machine, which started no clock."""
    main, other = (when(at(2, 9), open_one, cast, f"{n}") for n in range(2))
    when(at(2, 10), tickets.reply, main, "はい", by=cast.sato)
    when(
        at(2, 16),
        tickets.receive,
        main,
        {"text": "不在です"},
        contact=cast.yamada,
        channel="Email",
        reopens=False,
        by=Actor.desk(),
    )
    when(at(2, 17), tickets.merge, main, [other], by=cast.sato)
    write(cast, main, at(2, 18))
    when(at(4, 9), tickets.reply, main, "はい", by=cast.sato)
    buckets = dict(main.response_buckets)
    works(cast.support)
    run(cast.support)
    main.refresh_from_db()
    clock = {key.partition("/")[0]: (n, s) for key, (n, s, _b) in main.response_buckets.items()}
    assert clock == {key.partition("/")[0]: (n, s) for key, (n, s, _b) in buckets.items()}
    assert sum(figure[2] for figure in main.response_buckets.values()) == main.response_business_s
    assert tally.differing() == []


def test_what_is_merged_away_or_in_the_bin_is_counted_for_when_it_comes_back(cast):
    away, gone, main = (story(cast, 2) for _n in range(3))
    tickets.merge(main, [away], by=cast.sato)
    tickets.trash(gone, by=cast.tanaka)
    works(cast.support)
    run(cast.support)
    tickets.restore(Ticket.objects.get(pk=away.pk), by=cast.tanaka)
    tickets.restore(Ticket.objects.get(pk=gone.pk), by=cast.tanaka)
    assert {kept(ticket.pk, BUSINESS)[0] for ticket in (away, gone, main)} == {2 * HOUR}
    assert tally.differing() == []


def test_its_page_costs_the_same_however_many_there_were(cast, django_assert_num_queries):
    for _n in range(3):
        run(cast.support)
    run(None)
    with django_assert_num_queries(1):
        assert [recount.department for recount in sla.recounts()] == [None, cast.support]


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_who_is_writing_alone_and_leaves_nobody_out():
    cast = gather()
    rows = [story(cast, 2) for _n in range(5)]
    works(cast.support, week=OFFICE)
    recount = sla.start_recount(cast.support, by=Actor.desk())
    busy, may_end = threading.Event(), threading.Event()

    def agent() -> None:
        with transaction.atomic():
            Ticket.objects.select_for_update().get(pk=rows[2].pk)
            busy.set()
            may_end.wait(20)
        connections["default"].close()

    def count() -> None:
        recounting.run(recount.pk)
        connections["default"].close()

    writing, counting = threading.Thread(target=agent), threading.Thread(target=count)
    writing.start()
    busy.wait(20)
    counting.start()
    counting.join(1)
    assert counting.is_alive(), "it waits for the third one"
    tickets.edit(rows[0], {"category": "済"}, by=cast.sato)
    tickets.edit(rows[4], {"category": "済"}, by=cast.sato)
    may_end.set()
    counting.join(20)
    writing.join(20)
    recount.refresh_from_db()
    assert recount.done == 5 and recount.finished_at is not None
    assert Ticket.objects.filter(first_response_business_s=2 * HOUR).count() == 5
    assert tally.differing() == []
