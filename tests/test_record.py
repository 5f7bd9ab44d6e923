"""The doorway for writing: two at once, the ledger, all or nothing."""

import threading

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi import tally, tickets
from madoguchi.models import Event, Tally, Ticket
from tests.cast import gather, open_one


@pytest.mark.django_db(transaction=True)
def test_two_agents_at_once_both_write_and_nothing_is_lost():
    cast = gather()
    ticket = open_one(cast)
    start = threading.Barrier(2)

    def write(actor, words):
        start.wait()
        try:
            for word in words:
                tickets.tag(Ticket.objects.get(pk=ticket.pk), [word], by=actor)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=write, args=(actor, [f"{name}{n}" for n in range(10)]))
        for actor, name in ((cast.sato, "a"), (cast.tanaka, "b"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ticket.refresh_from_db()
    assert (ticket.version, ticket.ticket_tags.count(), Event.objects.filter(verb="ticket.tagged").count()) == (
        21,
        20,
        20,
    )


def test_a_failure_inside_leaves_neither_change_nor_line_nor_figure(cast, ticket):
    figures = tally.figures()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tickets.close(ticket, by=cast.sato)
        1 / 0
    ticket.refresh_from_db()
    assert (ticket.state, tally.figures()) == ("Open", figures)
    assert not Event.objects.filter(verb="ticket.closed").exists()


VERBS = {
    "close": lambda cast, t: tickets.close(t, by=cast.admin),
    "hold": lambda cast, t: tickets.hold(t, by=cast.admin),
    "reopen": lambda cast, t: tickets.reopen(t, by=cast.admin),
    "reply": lambda cast, t: tickets.reply(t, "はい", by=cast.admin),
    "ask": lambda cast, t: tickets.receive(t, {"text": "?"}, contact=cast.yamada, channel="Email", by=cast.admin),
    "move": lambda cast, t: tickets.move(t, cast.billing, by=cast.admin),
    "spam": lambda cast, t: tickets.mark_spam(t, by=cast.admin),
    "ham": lambda cast, t: tickets.unmark_spam(t, by=cast.admin),
    "trash": lambda cast, t: tickets.trash(t, by=cast.admin),
    "restore": lambda cast, t: tickets.restore(t, by=cast.admin),
    "contact": lambda cast, t: tickets.edit(t, {"contact": cast.takahashi}, by=cast.admin),
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=12))
def test_whatever_is_done_in_whatever_order_the_figures_equal_a_recount(cast, steps):
    with transaction.atomic():
        ticket = open_one(cast)
        for step in steps:
            VERBS[step](cast, ticket)
        assert tally.figures() == tally.recount()
        tally.fold()
        assert tally.figures() == tally.recount()
        rows = Tally.objects.values("subject", "subject_id", "department_id", "measure", "day", "bucket")
        assert rows.count() == rows.distinct().count()
        transaction.set_rollback(True)
