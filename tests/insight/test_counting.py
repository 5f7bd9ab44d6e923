"""The two counts of the ledger say the same: of one ticket in Python, of any number in SQL."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi import tally
from madoguchi.models import Tally, Ticket
from madoguchi.organisation import current
from madoguchi.tally import halved
from tests.insight import made_up


def of_each(tickets) -> tally.Figures:
    return halved(pair for ticket in tickets for pair in tally.contribution(ticket).items())


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "UTC", "America/New_York", "Asia/Kathmandu"])
def test_sql_counts_what_the_tickets_say(cast, zone):
    organisation = current.the_organisation()
    organisation.time_zone = zone
    organisation.save()
    current.forget()
    made_up.tickets(cast, 300)
    tally.put_in("true", {})
    assert len(tally.figures()) > 500
    assert tally.figures() == tally.recount()
    assert tally.differing() == []


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_put_in_can_be_taken_out(cast, seed):
    Ticket.objects.all().delete()
    Tally.objects.all().delete()
    made = made_up.tickets(cast, 20, seed)
    some = [ticket.pk for ticket in made[::3]]
    tally.put_in("true", {})
    assert tally.figures() == of_each(made)
    tally.take_out("t.id = ANY(%(ids)s)", {"ids": some})
    assert tally.figures() == of_each(ticket for ticket in made if ticket.pk not in some)
    tally.fold()
    assert tally.figures() == of_each(ticket for ticket in made if ticket.pk not in some)


def test_figures_go_from_one_account_to_another(cast):
    made_up.tickets(cast, 60)
    tally.put_in("true", {})
    other = cast.midori.__class__.objects.create(name="北商店")
    where = "t.contact_id = %(contact)s AND t.account_id = %(account)s"
    asked = {"contact": cast.yamada.pk, "account": cast.midori.pk}
    tally.hand_over("account", where, asked, old=cast.midori.pk, new=other.pk)
    Ticket.objects.filter(contact=cast.yamada, account=cast.midori).update(account=other)
    assert tally.figures() == tally.recount()
    tally.hand_over("account", "t.account_id = %(account)s", {"account": other.pk}, old=other.pk, new=None)
    Ticket.objects.filter(account=other).update(account=None)
    assert tally.figures() == tally.recount()
    assert not any(key[:2] == ("account", other.pk) for key in tally.figures())


def test_what_is_wrong_is_found_and_mended(cast):
    made_up.tickets(cast, 50)
    tally.put_in("true", {})
    ticket = Ticket.objects.live().first()
    Tally.objects.filter(measure="response", day=None).delete()
    Tally.objects.create(subject="contact", subject_id=ticket.contact_id, department_id=ticket.department_id, measure="spam", count=7)  # fmt: skip
    assert tally.figures() != tally.recount()
    wrong = tally.differing()
    assert {key[3] for key, _lacks in wrong} == {"response", "spam"}
    assert tally.mend() == len(wrong)
    assert (tally.figures(), tally.differing()) == (tally.recount(), [])


def test_a_whole_desk_is_filled_in_parts_as_if_it_was_folded(cast):
    made_up.tickets(cast, 200)
    parts = 3
    assert sum(tally.fill(n, parts) for n in range(parts)) == Tally.objects.count()
    assert tally.figures() == tally.recount()
    rows = Tally.objects.count()
    tally.fold()
    assert Tally.objects.count() == rows


def test_the_migration_counts_the_same(cast):
    """Its statement is a copy, and must go on saying what it said; what came later would be counted by a later one."""
    from importlib import import_module

    from django.db import connection

    made_up.tickets(cast, 200)
    Ticket.objects.update(mailbox=None)
    module = import_module("madoguchi.migrations.0018_figures")
    with connection.schema_editor() as editor:
        module.count_anew(None, editor)
    assert tally.figures() == tally.recount()
    rows = Tally.objects.count()
    tally.fold()
    assert Tally.objects.count() == rows
    for contact in (cast.yamada, cast.takahashi):
        contact.refresh_from_db()
        newest = Ticket.objects.filter(contact=contact).latest("created_at")
        assert contact.last_ticket_at == newest.created_at


def test_steps_are_a_fifth_apart():
    for step in range(60, 120):
        least = tally.STEPS[step]
        assert tally.bucket_of(least) == step == tally.bucket_of(tally.STEPS[step + 1] - 1)
        assert 1.18 < tally.STEPS[step + 1] / least < 1.2
    assert [tally.bucket_of(seconds) for seconds in (0, 1, 2, 3, 7, 59, 3600)] == [0, 4, 6, 8, 12, 23, 47]
    chance = random.Random(1)
    for _n in range(1000):
        seconds = chance.randrange(10**9)
        assert tally.STEPS[tally.bucket_of(seconds)] <= seconds < tally.STEPS[tally.bucket_of(seconds) + 1]
