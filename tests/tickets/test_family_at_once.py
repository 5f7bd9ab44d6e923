"""Families and two agents at the same moment (real threads, real commits)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi import tally, tickets
from madoguchi.errors import Refused
from madoguchi.models import Department, Event, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import default_status
from madoguchi.tickets import family
from tests.cast import Cast, gather, open_one
from tests.security.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
A_CHILD, OF_THE_PARENT = 5, 15  # statements


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)


def founded(**on: bool) -> tuple[Cast, Ticket, list[Ticket]]:
    cast = gather()
    Department.objects.filter(pk=cast.support.pk).update(has_families=True, **on)
    made = [open_one(cast, f"注文番号12345 {n}") for n in range(4)]
    return cast, made[1], [made[0], *made[2:]]  # the parent is not the first, so that its lock is not either


def errors(found: list[Any]) -> list[Any]:
    return [each for each in found if isinstance(each, Exception)]


def test_the_last_children_closed_at_once_close_their_parent_once() -> None:
    cast, parent, children = founded(closes_parent=True)
    family.relate(again(parent), [again(child) for child in children], by=cast.sato)
    for _round in range(5):
        rows = [again(child) for child in children]
        found = at_once(*(lambda row=row: tickets.close(row, by=cast.sato) for row in rows))
        assert not errors(found)
        assert again(parent).state == State.CLOSED
        for ticket in (parent, *children):
            tickets.reopen(again(ticket), by=cast.sato)
    assert Event.objects.filter(ticket=parent, verb="ticket.closed").count() == 5
    assert tally.figures() == tally.recount()


def test_closing_the_parent_while_its_children_are_answered_and_closed() -> None:
    cast, parent, children = founded(closes_children=True, closes_parent=True)
    family.relate(again(parent), [again(child) for child in children], by=cast.sato)
    closed = default_status(State.CLOSED)
    for _round in range(5):
        rows, head = [again(child) for child in children], again(parent)
        found = at_once(
            lambda head=head: tickets.close(head, by=cast.sato),
            *(lambda row=row: tickets.reply(row, "完了しました", then=closed, by=cast.tanaka) for row in rows),
        )
        assert not errors(found)
        assert {again(ticket).state for ticket in (parent, *children)} == {State.CLOSED}
        for ticket in (parent, *children):
            tickets.reopen(again(ticket), by=cast.sato)
    assert tally.figures() == tally.recount()


def test_opposite_relations_at_once_make_one_of_them() -> None:
    cast, one, (two, *_rest) = founded()
    for _round in range(10):
        first, second = again(one), again(two)
        found = at_once(
            lambda first=first, second=second: family.relate(first, [second], by=cast.sato),
            lambda first=first, second=second: family.relate(second, [first], by=cast.tanaka),
        )
        refusals = errors(found)
        assert len(refusals) == 1 and isinstance(refusals[0], Refused)
        parents = [again(one).parent_id, again(two).parent_id]
        assert parents.count(None) == 1
        family.detach([again(one), again(two)], by=cast.sato)


def test_a_child_that_is_related_while_it_is_closed_is_counted() -> None:
    cast, parent, (child, *_rest) = founded(closes_parent=True)
    for _round in range(10):
        first, second = again(parent), again(child)
        found = at_once(
            lambda first=first, second=second: family.relate(first, [second], by=cast.sato),
            lambda second=second: tickets.close(again(second), by=cast.tanaka),
        )
        assert not errors(found)
        assert again(child).state == State.CLOSED
        family.detach([again(child)], by=cast.sato)
        for ticket in (parent, child):
            tickets.reopen(again(ticket), by=cast.sato)


def statements_of_closing(cast: Cast, children_n: int) -> list[str]:
    made = [again(open_one(cast, f"注文番号12345 {n}")) for n in range(1 + children_n)]
    family.relate(made[0], made[1:], by=cast.sato)
    parent = again(made[0])
    with CaptureQueriesContext(connection) as asked:
        tickets.close(parent, by=cast.sato)
    assert {again(ticket).state for ticket in made} == {State.CLOSED}
    return [query["sql"] for query in asked]


def test_a_parent_and_a_hundred_children_are_closed_in_one_transaction_by_so_many_statements() -> None:
    cast = gather()
    Department.objects.filter(pk=cast.support.pk).update(has_families=True, closes_children=True)
    statements_of_closing(cast, 1)  # what is asked for once in a process
    few, many = statements_of_closing(cast, 3), statements_of_closing(cast, 100)
    assert (many.count("BEGIN"), many.count("COMMIT")) == (1, 1)
    assert len(many) - len(few) <= 97 * A_CHILD
    assert len(few) - 3 * A_CHILD <= OF_THE_PARENT
