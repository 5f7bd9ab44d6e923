"""Families whose ground changes under them: switches, departments, and what stands in the bin meanwhile (SPEC F1, F2, F4)."""

import pytest

from madoguchi import tickets
from madoguchi.errors import Refused
from madoguchi.models import Department, Event, Ticket
from madoguchi.organisation import families
from madoguchi.tickets import family
from tests.cast import Cast, open_one
from tests.tickets.test_family import again, code, states, switch
from tests.tickets.test_family import order as order  # the fixture


def rules(cast: Cast, **on: bool) -> None:
    off = dict.fromkeys(families.RULES, False)
    families.set_family_rules(Department.objects.get(pk=cast.support.pk), **{**off, **on}, by=cast.tanaka)


def department(of: Department) -> Department:
    return Department.objects.get(pk=of.pk)


def test_switching_a_rule_on_closes_and_opens_nothing(cast: Cast, order: list[Ticket]) -> None:
    """(a) beside a closed parent with open children, (c) beside an open parent whose children are closed."""
    parent, late, cancel = order
    tickets.close(again(parent), by=cast.sato)
    before = Event.objects.filter(ticket__in=order).count()
    rules(cast, closes_children=True, closes_parent=True)
    assert states(*order) == ["Closed", "Open", "Open"]
    tickets.reopen(again(parent), by=cast.sato)
    rules(cast)
    for child in (late, cancel):
        tickets.close(again(child), by=cast.sato)
    rules(cast, closes_parent=True)
    assert states(*order) == ["Open", "Closed", "Closed"]
    assert Event.objects.filter(ticket__in=order).count() == before + 3


def test_a_rule_that_was_switched_on_governs_from_the_next_closing(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    rules(cast, waits_for_children=True)
    assert code(lambda: tickets.close(again(parent), by=cast.sato)) == "FAMILY_OPEN"
    tickets.close(again(late), by=cast.sato)
    rules(cast, closes_parent=True)
    tickets.close(again(cancel), by=cast.sato)
    assert states(*order) == ["Closed"] * 3


def test_a_parent_that_is_closed_before_it_waits_stays_closed(cast: Cast, order: list[Ticket]) -> None:
    tickets.close(again(order[0]), by=cast.sato)
    rules(cast, waits_for_children=True)
    assert states(*order) == ["Closed", "Open", "Open"]
    tickets.reopen(again(order[0]), by=cast.sato)
    assert code(lambda: tickets.close(again(order[0]), by=cast.sato)) == "FAMILY_OPEN"


def test_switched_off_and_on_again_the_family_is_as_it_was(cast: Cast, order: list[Ticket]) -> None:
    rules(cast, waits_for_children=True, closes_parent=True)
    families.disable_families(department(cast.support), by=cast.tanaka)
    for child in order[1:]:
        tickets.close(again(child), by=cast.sato)
    assert states(*order) == ["Open", "Closed", "Closed"]
    lone = again(open_one(cast, "単独"))
    assert code(lambda: family.relate(again(order[0]), [lone], by=cast.sato)) == "FAMILY_OFF"
    families.enable_families(department(cast.support), by=cast.tanaka)
    assert family.progress(again(order[0])) == family.Progress(2, 2)
    tickets.reopen(again(order[1]), by=cast.sato)
    tickets.close(again(order[1]), by=cast.sato)
    assert states(*order) == ["Closed"] * 3


def test_a_child_in_a_department_without_the_feature_neither_waits_nor_follows_nor_closes(
    cast: Cast, order: list[Ticket]
) -> None:
    parent, late, _cancel = order
    tickets.move(again(late), cast.billing, by=cast.admin)
    assert family.parent_of(again(late)) is None and again(late).parent_id == parent.pk
    rules(cast, closes_children=True)
    tickets.close(again(parent), by=cast.sato)
    assert states(*order) == ["Closed", "Open", "Closed"]
    tickets.reopen(again(parent), by=cast.sato)
    rules(cast, waits_for_children=True, closes_parent=True)
    tickets.close(again(late), by=cast.admin)
    assert states(parent) == ["Open"]
    tickets.reopen(again(late), by=cast.admin)
    tickets.close(again(parent), by=cast.sato)
    assert states(parent, late) == ["Closed", "Open"]


def test_a_child_that_moves_back_belongs_to_its_parent_again(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    rules(cast, closes_parent=True)
    tickets.close(again(cancel), by=cast.sato)
    tickets.move(again(late), cast.billing, by=cast.admin)
    tickets.move(again(late), cast.support, by=cast.admin)
    assert family.progress(again(parent)) == family.Progress(1, 2)
    tickets.close(again(late), by=cast.sato)
    assert states(parent) == ["Closed"]


def test_the_switches_of_the_parents_department_govern(cast: Cast, order: list[Ticket]) -> None:
    """Wherever the children are, and wherever the parent goes."""
    parent, late, cancel = order
    switch(cast.billing, waits_for_children=True)
    rules(cast, closes_children=True)
    tickets.move(again(late), cast.billing, by=cast.admin)
    tickets.close(again(parent), by=cast.sato)
    assert states(*order) == ["Closed"] * 3
    for ticket in order:
        tickets.reopen(again(ticket), by=cast.admin)
    tickets.move(again(parent), cast.billing, by=cast.admin)
    assert code(lambda: tickets.close(again(parent), by=cast.admin)) == "FAMILY_OPEN"
    tickets.move(again(parent), cast.delivery, by=cast.admin)  # where there are no families
    tickets.close(again(parent), by=cast.admin)
    assert states(parent, late, cancel) == ["Closed", "Open", "Open"]


def test_children_of_a_parent_in_the_bin_stand_alone_until_it_is_restored(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    rules(cast, closes_parent=True)
    tickets.trash(again(parent), by=cast.sato)
    assert family.parent_of(again(late)) is None and states(late, cancel) == ["Open", "Open"]
    tickets.close(again(late), by=cast.sato)
    tickets.close(again(cancel), by=cast.sato)
    assert states(parent) == ["Open"]
    tickets.restore(again(parent), by=cast.tanaka)
    assert states(parent) == ["Open"]
    assert family.progress(again(parent)) == family.Progress(2, 2)
    tickets.reopen(again(late), by=cast.sato)
    tickets.close(again(late), by=cast.sato)
    assert states(*order) == ["Closed"] * 3


def test_a_child_in_the_bin_is_open_again_for_its_parent_when_it_is_restored(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    rules(cast, waits_for_children=True)
    tickets.close(again(late), by=cast.sato)
    tickets.trash(again(cancel), by=cast.sato)
    assert family.progress(again(parent)) == family.Progress(1, 1)
    tickets.restore(again(cancel), by=cast.tanaka)
    assert code(lambda: tickets.close(again(parent), by=cast.sato)) == "FAMILY_OPEN"
    tickets.trash(again(cancel), by=cast.sato)
    tickets.close(again(parent), by=cast.sato)
    tickets.restore(again(cancel), by=cast.tanaka)
    assert states(*order) == ["Closed", "Closed", "Open"]


def test_both_of_the_exclusive_pair_are_refused_and_nothing_is_changed(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        rules(cast, closes_children=True, waits_for_children=True)
    assert refusal.value.code == "FAMILY_RULES"
    assert not department(cast.support).closes_children and not department(cast.support).waits_for_children


def test_merging_children_of_one_parent_leaves_one_of_them(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    rules(cast, waits_for_children=True, closes_parent=True)
    tickets.merge(again(late), [again(cancel)], by=cast.sato)
    assert family.progress(again(parent)) == family.Progress(0, 1)
    assert again(late).parent_id == parent.pk and states(parent) == ["Open"]
    tickets.close(again(late), by=cast.sato)
    assert states(parent) == ["Closed"]


def test_merging_the_main_of_a_family_with_a_lone_ticket_changes_nothing_of_it(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    lone = again(open_one(cast, "別の窓口から"))
    tickets.merge(again(parent), [lone], by=cast.sato)
    assert {again(late).parent_id, again(cancel).parent_id} == {parent.pk}
    assert not Event.objects.filter(ticket__in=[late, cancel], verb="ticket.parent_set", after__parent=None).exists()
    assert Event.objects.filter(ticket__in=[late, cancel], verb="ticket.parent_set").count() == 2


def test_two_parents_become_one_with_the_children_of_both(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    other, child = again(open_one(cast, "同じ注文")), again(open_one(cast, "その子"))
    family.relate(other, [child], by=cast.sato)
    tickets.merge(again(parent), [again(other)], by=cast.sato)
    assert family.progress(again(parent)) == family.Progress(0, 3)
    assert {again(each).parent_id for each in (late, cancel, child)} == {parent.pk}
