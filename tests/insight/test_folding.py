"""Folding changes no figure, leaves little, and stands in nobody's way."""

import threading

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi import tally, tickets
from madoguchi.models import Mark, Tally, Ticket
from tests.cast import gather, open_one
from tests.insight import made_up


@given(stretches=st.lists(st.integers(1, 12), min_size=1, max_size=4), at_once=st.sampled_from([7, 100, 20_000]))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_figures_stay_the_same_however_much_is_folded_at_once(cast, stretches, at_once):
    for table in (Ticket, Tally, Mark):
        table.objects.all().delete()
    for n, tickets_n in enumerate(stretches):
        for ticket in made_up.tickets(cast, tickets_n, seed=n):
            tally.add_difference({}, tally.contribution(ticket))
        tally.fold(at_once)
        assert tally.figures() == tally.recount()


def test_all_time_is_folded_to_a_row_for_each_step(cast):
    """Not to one for each pair of a step by the clock and one in business hours."""
    made_up.tickets(cast, 600, contact=cast.yamada, account=None, department=cast.support)
    for ticket in Ticket.objects.all():
        tally.add_difference({}, tally.contribution(ticket))
    tally.fold()
    rows = Tally.objects.filter(measure="resolution", day=None)
    steps = {(row.bucket, row.business_bucket) for row in rows}
    assert len(steps) == rows.count()
    assert all(-1 in pair or pair[0] == pair[1] for pair in steps)
    assert rows.count() < 150
    before = Tally.objects.count()
    tally.fold()
    assert Tally.objects.count() == before


def test_what_is_taken_back_leaves_no_row(cast):
    made = made_up.tickets(cast, 30)
    for ticket in made:
        tally.add_difference({}, tally.contribution(ticket))
    tally.fold()
    for ticket in made:
        tally.add_difference(tally.contribution(ticket), {})
    tally.fold()
    assert Tally.objects.count() == 0


def test_only_what_is_fresh_is_looked_at(cast):
    made = made_up.tickets(cast, 300)
    tally.put_in("true", {})
    tally.fold()
    ids = set(Tally.objects.values_list("pk", flat=True))
    ticket = next(ticket for ticket in made if ticket.trashed_at is None)
    for _time in range(2):
        tally.add_difference({}, tally.contribution(ticket))
    tally.fold()
    touched = len(ids - set(Tally.objects.values_list("pk", flat=True)))
    assert 0 < touched <= 2 * len(tally.contribution(ticket))


def test_when_its_time_is_over_it_goes_on_next_time(cast):
    made_up.tickets(cast, 40, contact=cast.yamada, account=None, department=cast.support)
    for ticket in Ticket.objects.all():
        tally.add_difference({}, tally.contribution(ticket))
    sizes = [Tally.objects.count()]
    while len(sizes) < 3 or sizes[-1] != sizes[-3]:
        tally.fold(50, for_s=0)
        sizes.append(Tally.objects.count())
    assert sizes[0] > sizes[1] > sizes[2] and len(sizes) > 5
    assert tally.figures() == tally.recount()
    tally.fold()
    assert Tally.objects.count() == sizes[-1]


@pytest.mark.django_db(transaction=True)
def test_folding_beside_three_writers_loses_nothing():
    cast = gather()
    opened = [open_one(cast, subject=f"{n}") for n in range(3)]
    done = threading.Event()
    failed: list[BaseException] = []

    def write(ticket: Ticket) -> None:
        try:
            for _time in range(12):
                tickets.close(Ticket.objects.get(pk=ticket.pk), by=cast.sato)
                tickets.reopen(Ticket.objects.get(pk=ticket.pk), by=cast.sato)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    def fold() -> None:
        try:
            while not done.is_set():
                tally.fold()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(ticket,)) for ticket in opened]
    folders = [threading.Thread(target=fold) for _two in range(2)]
    for thread in writers + folders:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in folders:
        thread.join()
    assert not failed
    assert tally.figures() == tally.recount()
    tally.fold()
    assert (tally.figures(), tally.differing()) == (tally.recount(), [])
