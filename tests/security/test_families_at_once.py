"""Families and several hands at the same moment: one level whatever happens, no deadlock, nothing half done."""

import random
from typing import Any

import pytest
from django.db import transaction

from madoguchi import tally, tickets
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Department, Event, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation import families
from madoguchi.organisation.current import default_status
from madoguchi.tickets import family
from tests.cast import Cast, gather, open_one
from tests.doors.api.conftest import Caller
from tests.security.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6
ANSWERS = (Refused, Denied, Hidden)


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)


def founded(n: int = 4, **on: bool) -> tuple[Cast, Ticket, list[Ticket]]:
    """The parent is not the first: neither its id nor its lock."""
    cast = gather()
    Department.objects.filter(pk=cast.support.pk).update(has_families=True, **on)
    made = [open_one(cast, f"注文番号12345 {n}") for n in range(n)]
    return cast, made[1], [made[0], *made[2:]]


def related(n: int = 4, **on: bool) -> tuple[Cast, Ticket, list[Ticket]]:
    cast, parent, children = founded(n, **on)
    family.relate(again(parent), [again(child) for child in children], by=cast.sato)
    return cast, parent, children


def surprises(found: list[Any]) -> list[Any]:
    """Whatever is no answer of the desk: above all a deadlock."""
    return [each for each in found if isinstance(each, Exception) and not isinstance(each, ANSWERS)]


def second_levels() -> list[int]:
    """Live tickets that are a child of a live one which is a child of a live one."""
    rows = Ticket.objects.filter(trashed_at=None, parent__trashed_at=None, parent__parent__trashed_at=None)
    return list(rows.exclude(parent=None).exclude(parent__parent=None).values_list("pk", flat=True))


def token(cast: Cast) -> Caller:
    from madoguchi.actor import Actor
    from madoguchi.people.tokens import make_token

    return Caller(make_token(cast.sato.agent, "t", by=Actor.desk())[1])


# Two hands


def test_a_child_written_to_by_the_api_while_its_parent_is_closed() -> None:
    cast, parent, children = related(closes_children=True)
    client, child = token(cast), children[-1]
    for n in range(ROUNDS):
        body = {"category": f"返金{n}", "parentTicket": {"id": str(parent.pk)}}
        found = at_once(
            lambda body=body: client.patch(f"/tickets/{child.pk}", body).status_code,
            lambda: tickets.close(again(parent), by=cast.tanaka),
        )
        assert not [each for each in found if isinstance(each, Exception)] and found[0] == 200
        assert again(child).category == f"返金{n}" and again(child).state == State.CLOSED
        for ticket in (parent, *children):
            tickets.reopen(again(ticket), by=cast.sato)


def test_two_bulk_closings_of_one_family_in_opposite_order() -> None:
    cast, parent, children = related(6, waits_for_children=True)
    lone = open_one(cast)
    client = token(cast)
    for _round in range(ROUNDS):
        ids = [str(each.pk) for each in (lone, parent, *children)]
        found = at_once(
            lambda ids=ids: client.post("/closeTickets", {"ids": ids}).json(),
            lambda ids=ids: client.post("/closeTickets", {"ids": ids[::-1]}).json(),
            lambda: [tickets.close(again(child), by=cast.tanaka) for child in reversed(children)],
        )
        assert not surprises(found)
        for answer in found[:2]:
            assert all(row["success"] for row in answer["results"]), answer
        assert {again(each).state for each in (lone, parent, *children)} == {State.CLOSED}
        for each in (lone, parent, *children):
            tickets.reopen(again(each), by=cast.sato)
    assert tally.figures() == tally.recount()


def test_two_bulk_closings_that_meet_in_a_parent() -> None:
    cast, parent, children = founded(5)
    child, lone = children[0], open_one(cast)
    parent = open_one(cast)
    family.relate(again(parent), [again(child)], by=cast.sato)
    client = token(cast)
    for _round in range(ROUNDS):
        ids = [[str(child.pk), str(lone.pk)], [str(lone.pk), str(parent.pk)]]
        found = at_once(*(lambda own=own: client.post("/closeTickets", {"ids": own}).json() for own in ids))
        for answer in found:
            assert all(row["success"] for row in answer["results"]), answer
        for each in (child, lone, parent):
            tickets.reopen(again(each), by=cast.sato)


def test_a_reply_that_closes_a_ticket_which_becomes_a_child_at_this_moment() -> None:
    cast, parent, (child, *_rest) = founded(closes_parent=True)
    closed = default_status(State.CLOSED)
    for _round in range(ROUNDS):
        found = at_once(
            lambda: tickets.reply(again(child), "完了しました", then=closed, by=cast.sato),
            lambda: family.relate(again(parent), [again(child)], by=cast.tanaka),
            lambda: tickets.close(again(parent), by=cast.tanaka),
        )
        assert not [each for each in found if isinstance(each, Exception)]
        assert again(child).state == State.CLOSED
        family.detach([again(child)], by=cast.sato)
        for ticket in (parent, child):
            tickets.reopen(again(ticket), by=cast.sato)


def test_the_parent_is_deleted_for_good_while_its_children_are_closed() -> None:
    cast, parent, children = related(5, closes_parent=True)
    for _round in range(ROUNDS):
        tickets.trash(again(parent), by=cast.sato)
        found = at_once(
            lambda parent=parent: tickets.purge(again(parent), by=cast.tanaka),
            *(lambda child=child: tickets.close(again(child), by=cast.sato) for child in children),
        )
        assert not [each for each in found if isinstance(each, Exception)]
        assert {again(child).parent_id for child in children} == {None}
        assert Event.objects.filter(ticket=children[0], verb="ticket.parent_removed").exists()
        parent = open_one(cast, "新しい親")
        for child in children:
            tickets.reopen(again(child), by=cast.sato)
        family.relate(again(parent), [again(child) for child in children], by=cast.sato)


def test_a_parent_that_waits_closes_or_is_given_a_child_but_not_both() -> None:
    cast, parent, (child, other, *_rest) = founded(waits_for_children=True)
    for _round in range(ROUNDS):
        found = at_once(
            lambda: family.relate(again(parent), [again(child), again(other)], by=cast.sato),
            lambda: tickets.close(again(parent), by=cast.tanaka),
        )
        assert not surprises(found) and not isinstance(found[0], Exception)
        closing = Event.objects.filter(ticket=parent, verb="ticket.closed").order_by("id").last()
        if again(parent).state == State.CLOSED:  # then it was closed before
            added = Event.objects.filter(ticket=parent, verb="ticket.children_added").order_by("id").last()
            assert closing.pk < added.pk
        family.detach([again(child), again(other)], by=cast.sato)
        tickets.reopen(again(parent), by=cast.sato)


@pytest.mark.parametrize("what", ["reopen", "restore", "not spam"])
def test_a_child_that_opens_while_its_parent_closes_is_waited_for_or_opens_after(what: str) -> None:
    cast, parent, (child, *rest) = related(waits_for_children=True)
    for each in rest:
        tickets.close(again(each), by=cast.sato)
    before = {"reopen": tickets.close, "restore": tickets.trash, "not spam": tickets.mark_spam}[what]
    opens = {"reopen": tickets.reopen, "restore": tickets.restore, "not spam": tickets.unmark_spam}[what]
    verb = {"reopen": "ticket.reopened", "restore": "ticket.restored", "not spam": "ticket.not_spam"}[what]
    for _round in range(ROUNDS):
        before(again(child), by=cast.sato)
        found = at_once(
            lambda: opens(again(child), by=cast.tanaka),
            lambda: tickets.close(again(parent), by=cast.sato),
        )
        assert not surprises(found)
        assert again(child).state == State.OPEN and again(child).is_live
        if again(parent).state == State.CLOSED:
            events = Event.objects.filter(verb__in=["ticket.closed", verb], ticket__in=[parent, child]).order_by("id")
            assert [e.ticket_id for e in events][-2:] == [parent.pk, child.pk]
        tickets.reopen(again(parent), by=cast.sato)


@pytest.mark.parametrize("_round", range(3))
def test_a_cycle_through_a_merge_is_never_made(_round: int) -> None:
    cast, one, (two, three, *_rest) = founded(4)
    found = at_once(
        lambda: family.relate(again(one), [again(two)], by=cast.sato),
        lambda: family.relate(again(three), [again(one)], by=cast.tanaka),
        lambda: tickets.merge(again(two), [again(three)], by=cast.sato),
    )
    assert not surprises(found)
    assert not second_levels()


def test_two_merges_two_relations_and_a_detachment_at_once() -> None:
    cast, parent, children = related(8)
    one, two, three, *rest = children
    found = at_once(
        lambda: tickets.merge(again(one), [again(two)], by=cast.sato),
        lambda: tickets.merge(again(parent), [again(three)], by=cast.tanaka),
        lambda: family.detach([again(each) for each in reversed(rest)], by=cast.sato),
        lambda: tickets.close(again(parent), by=cast.admin),
    )
    assert not surprises(found)
    assert not second_levels()
    assert tally.figures() == tally.recount()


def test_the_feature_is_switched_off_while_a_family_closes() -> None:
    cast, parent, children = related(6, closes_children=True)
    for _round in range(ROUNDS):
        found = at_once(
            lambda: tickets.close(again(parent), by=cast.sato),
            lambda: families.disable_families(cast.support, by=cast.tanaka),
        )
        assert not [each for each in found if isinstance(each, Exception)]
        assert again(parent).state == State.CLOSED
        assert len({again(child).state for child in children}) == 1  # all of them, or none
        families.enable_families(cast.support, by=cast.tanaka)
        for each in (parent, *children):
            tickets.reopen(again(each), by=cast.sato)


def test_a_child_moves_to_a_department_without_the_feature_while_the_parent_closes() -> None:
    cast, parent, (child, *rest) = related(4, waits_for_children=True)
    for each in rest:
        tickets.close(again(each), by=cast.sato)
    for _round in range(ROUNDS):
        found = at_once(
            lambda: tickets.move(again(child), cast.billing, by=cast.admin),
            lambda: tickets.close(again(parent), by=cast.sato),
        )
        assert not surprises(found)
        if again(parent).state == State.CLOSED:
            events = Event.objects.filter(verb__in=["ticket.closed", "ticket.moved"], ticket__in=[parent, child])
            assert [e.verb for e in events.order_by("id")][-2:] == ["ticket.moved", "ticket.closed"]
        tickets.move(again(child), cast.support, by=cast.admin)
        tickets.reopen(again(parent), by=cast.sato)


# Everything at once


def test_a_storm_leaves_one_level_right_figures_and_no_deadlock() -> None:
    cast, parent, children = related(7, closes_children=True, closes_parent=True)
    pool = [parent, *children]
    agents = [cast.sato, cast.tanaka, cast.admin]
    closed = default_status(State.CLOSED)

    def deed(dice: random.Random) -> Any:
        by, a, b, c = dice.choice(agents), *dice.sample(pool, 3)
        one, two, three = again(a), again(b), again(c)
        acts = [
            lambda: family.relate(one, [two, three], by=by),
            lambda: family.relate(two, [one], by=by),
            lambda: family.detach([one, two, three], by=by),
            lambda: tickets.close(one, by=by),
            lambda: tickets.close(two, by=by),
            lambda: tickets.reopen(one, by=by),
            lambda: tickets.trash(one, by=by),
            lambda: tickets.restore(two, by=cast.tanaka),
            lambda: tickets.restore(three, by=cast.tanaka),
            lambda: tickets.mark_spam(one, by=by),
            lambda: tickets.unmark_spam(two, by=by),
            lambda: tickets.reply(one, "完了", then=closed, by=by),
            lambda: tickets.share(one, [tickets.Wish(cast.billing)], by=by),
            lambda: tickets.reply_to_children(one, list(family.children(one)), "お知らせ", then=closed, by=by),
        ]
        if dice.random() < 0.06:
            return tickets.merge(one, [two], by=by)
        return dice.choice(acts)()

    def hand(seed: int) -> list[Any]:
        dice, found = random.Random(seed), []
        for _n in range(25):
            try:
                with transaction.atomic():
                    deed(dice)
            except ANSWERS:
                pass
            except Exception as error:
                found.append(error)
        return found

    for n in range(2):
        found = at_once(*(lambda seed=seed: hand(seed) for seed in range(n * 10, n * 10 + 4)))
        assert not any(found), found
        assert not second_levels()
        assert tally.figures() == tally.recount()
