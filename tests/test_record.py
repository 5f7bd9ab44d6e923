"""The doorway for writing: two at once, the ledger, all or nothing."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi import people, tally, tickets
from madoguchi.errors import Denied, Hidden, Refused
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
    "account": lambda cast, t: tickets.edit(t, {"account": cast.midori}, by=cast.admin),
    "no account": lambda cast, t: tickets.edit(t, {"account": None}, by=cast.admin),
    "contact moves": lambda cast, t: people.edit_contact(cast.yamada, {"account": None}, by=cast.admin),
    "account binned": lambda cast, t: people.trash_account(cast.midori, by=cast.admin),
    "due": lambda cast, t: tickets.edit(t, {"due_at": timezone.now() - timedelta(days=1)}, by=cast.admin),
    "not due": lambda cast, t: tickets.edit(t, {"due_at": None}, by=cast.admin),
    "channel": lambda cast, t: tickets.edit(t, {"channel": "Chat"}, by=cast.admin),
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=12))
def test_whatever_is_done_in_whatever_order_the_figures_equal_a_recount(cast, steps):
    with transaction.atomic():
        ticket = open_one(cast)
        for step in steps:
            with suppress(Denied, Refused):  # what lies in the bin is only restored
                VERBS[step](cast, ticket)
        assert tally.figures() == tally.recount()
        tally.fold()
        assert tally.figures() == tally.recount()
        rows = Tally.objects.values("subject", "subject_id", "department_id", "measure", "day", "bucket")
        assert rows.count() == rows.distinct().count()
        transaction.set_rollback(True)


def test_who_lost_sight_of_the_ticket_meanwhile_writes_nothing(cast, ticket):
    seen_by_sato = Ticket.objects.get(pk=ticket.pk)
    tickets.move(ticket, cast.billing, by=cast.admin)
    events = Event.objects.count()
    for verb in (
        lambda: tickets.close(seen_by_sato, by=cast.sato),
        lambda: tickets.tag(seen_by_sato, ["a"], by=cast.sato),
    ):
        seen_by_sato.department = cast.support
        with pytest.raises(Hidden):
            verb()
    assert Event.objects.count() == events


def test_a_ticket_deleted_for_good_meanwhile_is_not_there(cast, ticket):
    seen = Ticket.objects.get(pk=ticket.pk)
    tickets.trash(ticket, by=cast.admin)
    tickets.purge(ticket, by=cast.admin)
    with pytest.raises(Hidden):
        tickets.close(seen, by=cast.sato)


def test_history_names_what_was_there_before_someone_else_changed_it(cast, ticket):
    seen_by_admin = Ticket.objects.get(pk=ticket.pk)
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    tickets.assign(seen_by_admin, cast.tanaka.agent, by=cast.admin)
    last = Event.objects.filter(verb="ticket.assigned").last()
    assert (last.before["assignee"]["label"], last.after["assignee"]["label"]) == ("佐藤 健", "田中 美咲")
