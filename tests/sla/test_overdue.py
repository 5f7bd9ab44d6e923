"""The sweep: what just fell due becomes overdue by itself, once (SPEC D5)."""

import threading

import pytest
from django.db import connection, connections, transaction

from madoguchi import tally, tickets
from madoguchi.models import Event, Telling, Ticket
from madoguchi.sla import overdue
from madoguchi.sla.overdue import mark_overdue
from tests.cast import gather, open_one
from tests.sla.conftest import at, when


def test_it_marks_what_fell_due_and_nothing_else(cast, office):
    late, soon, held, closed, spam, binned = (when(at(2, 9), open_one, cast) for _n in range(6))
    Ticket.objects.filter(pk=soon.pk).update(due_at=at(2, 19))
    when(at(2, 10), tickets.hold, held, by=cast.sato)
    when(at(2, 10), tickets.close, closed, by=cast.sato)
    when(at(2, 10), tickets.mark_spam, spam, by=cast.sato)
    when(at(2, 10), tickets.trash, binned, by=cast.tanaka)
    assert when(at(2, 18, 1), mark_overdue) == 1
    assert set(Ticket.objects.filter(is_overdue=True)) == {late}
    assert when(at(2, 18, 1), mark_overdue) == 0
    event = Event.objects.get(verb="ticket.overdue")
    assert event.ticket == late and event.after == {"is_overdue": True}
    assert tally.differing() == []


def test_agents_are_told(cast, office):
    ticket = open_one(cast)
    tickets.edit(ticket, {"due_at": at(2, 9, year=2020)}, by=cast.sato)
    Ticket.objects.update(is_overdue=False)
    Telling.objects.all().delete()
    assert mark_overdue() == 1
    assert Telling.objects.filter(event__verb="ticket.overdue").count() == 1


def test_it_reads_the_index_of_what_is_not_overdue_yet(cast, office):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        sql, values = (
            overdue.FALLEN_DUE.filter(due_at__lt=at(2, 9))
            .order_by("due_at")
            .values_list("pk")[:1000]
            .query.sql_with_params()
        )
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "ticket_falling_due" in plan and "Sort" not in plan


@pytest.mark.django_db(transaction=True)
def test_two_workers_mark_each_ticket_once_and_wait_for_nobody():
    cast = gather()
    late = [open_one(cast, f"{n}") for n in range(6)]
    Ticket.objects.update(due_at=at(2, 9, year=2020))
    marked: list[int] = []

    def work() -> None:
        marked.append(mark_overdue())
        connections["default"].close()

    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=late[0].pk)
        workers = [threading.Thread(target=work) for _n in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        assert not any(worker.is_alive() for worker in workers), "an agent who writes does not keep them"
    assert sum(marked) == 5
    assert mark_overdue() == 1
    assert Event.objects.filter(verb="ticket.overdue").count() == 6
    assert tally.differing() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", [tickets.close, tickets.hold])
def test_closed_at_the_very_moment_it_is_marked_once_or_not_at_all(verb):
    cast = gather()
    for _round in range(4):
        ticket = open_one(cast)
        Ticket.objects.filter(pk=ticket.pk).update(due_at=at(2, 9, year=2020))
        ticket.refresh_from_db()
        start = threading.Barrier(2)

        def agent(ticket=ticket, start=start) -> None:
            start.wait()
            verb(ticket, by=cast.sato)
            connections["default"].close()

        def sweep(start=start) -> None:
            start.wait()
            mark_overdue()
            connections["default"].close()

        both = [threading.Thread(target=act) for act in (agent, sweep)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join(20)
        mark_overdue()
        ticket.refresh_from_db()
        assert ticket.is_overdue and ticket.state in ("Closed", "On Hold")
        told = [event for event in Event.objects.filter(ticket=ticket) if "is_overdue" in event.after]
        assert len(told) == 1
    assert tally.differing() == []
