"""Two agents at the same moment: the clocks stay right whoever comes first."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections
from django.utils import timezone

from madoguchi import tally, tickets
from madoguchi.models import Ticket
from tests.cast import gather, open_one
from tests.sla.conftest import HOUR, aim

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], object]) -> None:
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        start.wait()
        act()
        connections["default"].close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def own(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)


def test_held_and_answered_at_once_it_was_answered_in_time_and_rests():
    cast = gather()
    aim(cast.support, response=4, resolution=8)
    for _round in range(4):
        ticket = open_one(cast)
        together(
            lambda ticket=ticket: tickets.hold(own(ticket), by=cast.sato),
            lambda ticket=ticket: tickets.reply(own(ticket), "はい", by=cast.tanaka),
        )
        ticket.refresh_from_db()
        assert (ticket.state, ticket.due_at, ticket.response_left_s) == ("On Hold", None, None)
        assert ticket.due_left_s is not None and 8 * HOUR - 30 < ticket.due_left_s <= 8 * HOUR
        assert ticket.response_due_at is not None and ticket.answered_late is False
    assert tally.differing() == []


def test_held_and_made_urgent_at_once_what_is_left_is_of_the_new_target():
    cast = gather()
    aim(cast.support, resolution=8)
    aim(cast.support, "Urgent", resolution=2)
    for _round in range(4):
        ticket = open_one(cast)
        together(
            lambda ticket=ticket: tickets.hold(own(ticket), by=cast.sato),
            lambda ticket=ticket: tickets.edit(own(ticket), {"priority": "Urgent"}, by=cast.tanaka),
        )
        ticket.refresh_from_db()
        assert ticket.due_at is None and ticket.due_left_s is not None
        assert 2 * HOUR - 30 < ticket.due_left_s <= 2 * HOUR
    assert ticket.created_at <= timezone.now()
