"""What comes back from the bin, or goes for good, and its place in a family (SPEC F4, F6, M10)."""

from collections.abc import Callable

import pytest
from django.db import transaction

from madoguchi import tickets
from madoguchi.errors import Refused
from madoguchi.models import Department, Event, Ticket
from madoguchi.models.organisation import State
from madoguchi.tickets import family
from tests.cast import Cast, open_one


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)


def code(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refusal, transaction.atomic():
        act()
    return refusal.value.code


@pytest.fixture
def order(cast: Cast) -> list[Ticket]:
    """A parent with two children, and two that stand alone."""
    Department.objects.filter(pk=cast.support.pk).update(has_families=True)
    made = [again(open_one(cast, f"注文番号12345 {n}")) for n in range(5)]
    family.relate(made[0], made[1:3], by=cast.sato)
    return [again(ticket) for ticket in made]


def test_a_child_comes_back_under_its_parent(cast: Cast, order: list[Ticket]) -> None:
    parent, child, *_rest = order
    tickets.trash(child, by=cast.sato)
    assert family.progress(again(parent)).total == 1
    tickets.restore(again(child), by=cast.tanaka)
    assert family.progress(again(parent)).total == 2
    assert Event.objects.filter(ticket=child, verb="ticket.parent_set").count() == 1


def test_what_would_be_a_second_level_comes_back_alone(cast: Cast, order: list[Ticket]) -> None:
    parent, one, two, lone, _other = order
    for child in (one, two):
        tickets.trash(child, by=cast.sato)
    family.relate(lone, [again(parent)], by=cast.sato)  # nobody live is its child
    tickets.restore(again(one), by=cast.tanaka)
    assert again(one).parent_id is None
    assert Event.objects.get(ticket=one, verb="ticket.parent_removed").before["parent"]["id"] == str(parent.pk)
    assert again(parent).parent_id == lone.pk


def test_a_parent_that_comes_back_finds_no_child_that_has_become_a_parent(cast: Cast, order: list[Ticket]) -> None:
    parent, one, two, lone, other = order
    tickets.trash(parent, by=cast.sato)
    family.relate(again(one), [again(lone)], by=cast.sato)
    family.relate(again(other), [again(two)], by=cast.sato)
    tickets.restore(again(parent), by=cast.tanaka)
    assert family.progress(again(parent)).total == 0
    assert (again(one).parent_id, again(lone).parent_id, again(two).parent_id) == (None, one.pk, other.pk)


def test_a_parent_in_the_bin_holds_nobody_back(cast: Cast, order: list[Ticket]) -> None:
    parent, one, _two, lone, _other = order
    assert code(lambda: family.relate(lone, [again(one)], by=cast.sato)) == "FAMILY_OTHER_PARENT"
    tickets.trash(parent, by=cast.sato)
    family.relate(lone, [again(one)], by=cast.sato)
    assert again(one).parent_id == lone.pk


def test_what_was_merged_into_its_parent_does_not_hold_that_for_ever(cast: Cast, order: list[Ticket]) -> None:
    parent, one, two, lone, _other = order
    tickets.merge(parent, [one, two], by=cast.sato)
    family.relate(lone, [again(parent)], by=cast.sato)
    assert again(parent).parent_id == lone.pk
    tickets.restore(again(one), by=cast.tanaka)
    assert again(one).parent_id is None


def test_a_parent_is_merged_after_one_of_its_children_was(cast: Cast, order: list[Ticket]) -> None:
    parent, one, two, lone, _other = order
    tickets.merge(two, [one], by=cast.sato)
    tickets.merge(lone, [again(parent)], by=cast.sato)
    assert again(two).parent_id == lone.pk
    tickets.restore(again(one), by=cast.tanaka)
    assert again(one).parent_id == lone.pk  # its own place, where its parent went
    assert str(one.pk) in [row["id"] for e in Event.objects.filter(ticket=lone, verb="ticket.children_added")
                           for row in e.after["children"]]  # fmt: skip


def test_a_merge_that_closes_main_does_not_wait_for_who_is_merged_away(cast: Cast, order: list[Ticket]) -> None:
    Department.objects.filter(pk=cast.support.pk).update(waits_for_children=True)
    parent, one, two, *_rest = map(again, order)
    tickets.close(one, by=cast.sato)
    tickets.merge(parent, [one, two], keep={"status": one}, by=cast.sato)
    assert again(parent).state == State.CLOSED


def test_the_parent_is_told_that_another_took_the_place_of_its_child(cast: Cast, order: list[Ticket]) -> None:
    parent, one, _two, lone, _other = order
    tickets.merge(lone, [one], by=cast.sato)
    told = Event.objects.filter(ticket=parent, verb="ticket.children_added").order_by("-id")[0].after["children"]
    assert [row["id"] for row in told] == [str(lone.pk)]


def test_deleting_the_parent_for_good_is_told_on_its_children(cast: Cast, order: list[Ticket]) -> None:
    parent, one, two, *_rest = order
    tickets.trash(parent, by=cast.sato)
    tickets.purge(again(parent), by=cast.tanaka)
    for child in (one, two):
        event = Event.objects.get(ticket=child, verb="ticket.parent_removed")
        assert event.agent == cast.tanaka.agent and event.before["parent"]["id"] == str(parent.pk)
        assert again(child).parent_id is None


def test_a_husk_has_no_family(cast: Cast, order: list[Ticket]) -> None:
    parent, one, two, lone, _other = order
    Department.objects.update(has_families=False)
    tickets.merge(again(lone), [again(parent)], by=cast.sato)  # the feature is off: children stay as they are
    tickets.purge(again(parent), by=cast.tanaka)
    Department.objects.filter(pk=cast.support.pk).update(has_families=True)
    assert again(one).parent_id is None and again(two).parent_id is None
    family.relate(again(one), [again(two)], by=cast.sato)


def test_relations_rest_where_the_feature_is_off(cast: Cast, order: list[Ticket]) -> None:
    Department.objects.update(has_families=False)
    assert code(lambda: family.detach([again(order[1])], by=cast.sato)) == "FAMILY_OFF"
    assert again(order[1]).parent_id == order[0].pk


def test_refusals_name_no_parent_that_is_not_to_be_seen(cast: Cast, order: list[Ticket]) -> None:
    parent, one, _two, lone, other = order
    Department.objects.filter(pk=cast.billing.pk).update(has_families=True)
    tickets.move(parent, cast.billing, by=cast.admin)

    def text(act: Callable[[], object]) -> str:
        with pytest.raises(Refused) as refusal, transaction.atomic():
            act()
        return str(refusal.value.text)

    number = str(again(parent).number)
    family.relate(again(lone), [again(other)], by=cast.sato)
    for act in (
        lambda: family.relate(again(lone), [again(one)], by=cast.sato),
        lambda: family.relate(again(one), [again(lone)], by=cast.sato),
        lambda: tickets.merge(again(one), [again(other)], by=cast.sato),
    ):
        assert number not in text(act)
    assert number in text(lambda: family.relate(again(lone), [again(one)], by=cast.admin))
    assert number in text(lambda: tickets.merge(again(one), [again(other)], by=cast.admin))


def test_a_child_is_detached_from_a_parent_one_does_not_see_and_both_say_who_did_it(
    cast: Cast, order: list[Ticket]
) -> None:
    parent, one, *_rest = order
    Department.objects.filter(pk=cast.billing.pk).update(has_families=True)
    tickets.move(parent, cast.billing, by=cast.admin)
    family.detach([again(one)], by=cast.sato)
    event = Event.objects.get(ticket=parent, verb="ticket.children_removed")
    assert event.agent == cast.sato.agent
