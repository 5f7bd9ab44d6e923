"""Parents and children (SPEC F): relating, closing by the three switches, merging families."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from madoguchi import tickets
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Department, Event, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import default_status
from madoguchi.tickets import family
from tests.cast import Cast, open_one


def switch(department: Department, **on: bool) -> None:
    Department.objects.filter(pk=department.pk).update(has_families=True, **on)


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)


def states(*of: Ticket) -> list[str]:
    return [again(ticket).state for ticket in of]


@pytest.fixture
def order(cast: Cast) -> list[Ticket]:
    """The seed's story: three tickets about order 12345, the first of them the parent."""
    switch(cast.support)
    made = [open_one(cast, f"注文番号12345 {n}") for n in ("ステータス", "配送の遅れ", "キャンセル")]
    first, *rest = [again(ticket) for ticket in made]
    family.relate(first, rest, by=cast.sato)
    return [again(ticket) for ticket in made]


def code(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refusal, transaction.atomic():
        act()
    return refusal.value.code


def test_both_sides_tell_of_it_and_progress_counts(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    assert family.progress(parent) == family.Progress(0, 2)
    tickets.close(late, by=cast.sato)
    assert family.progress(again(parent)) == family.Progress(1, 2)
    assert family.parent_of(again(cancel)) == parent
    assert Event.objects.get(ticket=late, verb="ticket.parent_set").after["parent"]["id"] == str(parent.pk)
    told = Event.objects.get(ticket=parent, verb="ticket.children_added").after["children"]
    assert [row["id"] for row in told] == [str(late.pk), str(cancel.pk)]


def test_one_level_one_parent_and_never_oneself(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    other, lone = again(open_one(cast, "別件")), again(open_one(cast, "別件2"))
    assert code(lambda: family.relate(late, [lone], by=cast.sato)) == "FAMILY_IS_CHILD"
    assert code(lambda: family.relate(other, [parent], by=cast.sato)) == "FAMILY_HAS_CHILDREN"
    assert code(lambda: family.relate(other, [lone, late], by=cast.sato)) == "FAMILY_OTHER_PARENT"
    assert code(lambda: family.relate(other, [other], by=cast.sato)) == "FAMILY_SELF"
    assert again(lone).parent_id is None
    family.relate(parent, [late, lone], by=cast.sato)
    assert again(lone).parent_id == parent.pk
    assert Event.objects.filter(ticket=late, verb="ticket.parent_set").count() == 1
    assert cancel.parent_id == parent.pk


def test_it_needs_the_feature_and_full_rights_on_both_sides(cast: Cast, order: list[Ticket]) -> None:
    parent = order[0]
    foreign = again(open_one(cast, "配送から", department=cast.delivery, by=cast.admin, mailbox=None))
    with pytest.raises(Hidden):
        family.relate(parent, [foreign], by=cast.sato)
    assert code(lambda: family.relate(parent, [foreign], by=cast.admin)) == "FAMILY_OFF"
    switch(cast.delivery)
    family.relate(parent, [again(foreign)], by=cast.admin)
    assert family.progress(parent).total == 3
    with pytest.raises(Denied):
        family.relate(parent, [order[1]], by=cast.light)
    tickets.move(again(foreign), cast.billing, by=cast.admin)
    assert family.progress(parent).total == 2
    assert again(foreign).parent_id == parent.pk


def test_a_closing_the_parent_closes_all_children(cast: Cast, order: list[Ticket]) -> None:
    switch(cast.support, closes_children=True)
    parent, late, cancel = map(again, order)
    tickets.close(late, by=cast.sato)
    tickets.close(parent, by=cast.sato)
    assert states(parent, late, cancel) == ["Closed"] * 3
    event = Event.objects.get(ticket=cancel, verb="ticket.closed")
    assert event.agent is None and event.cause is not None
    assert event.cause.ticket_id == parent.pk
    assert Event.objects.filter(ticket=late, verb="ticket.closed").count() == 1


def test_b_the_parent_waits_for_its_children(cast: Cast, order: list[Ticket]) -> None:
    switch(cast.support, waits_for_children=True)
    parent, late, cancel = map(again, order)
    assert code(lambda: tickets.close(parent, by=cast.sato)) == "FAMILY_OPEN"
    assert states(parent) == ["Open"]
    tickets.close(late, by=cast.sato)
    tickets.trash(cancel, by=cast.sato)
    tickets.close(again(parent), by=cast.sato)
    assert states(parent) == ["Closed"]
    tickets.reopen(again(late), by=cast.sato)
    assert states(parent) == ["Closed"]


@pytest.mark.parametrize("also", [{}, {"closes_children": True}, {"waits_for_children": True}])
def test_c_the_last_child_closes_the_parent_once(cast: Cast, order: list[Ticket], also: dict[str, bool]) -> None:
    switch(cast.support, closes_parent=True, **also)
    parent, late, cancel = map(again, order)
    tickets.close(late, by=cast.sato)
    assert states(parent) == ["Open"]
    tickets.close(cancel, by=cast.sato)
    assert states(parent, late, cancel) == ["Closed"] * 3
    assert Event.objects.filter(ticket=parent, verb="ticket.closed").count() == 1


def test_c_fires_on_a_closing_only(cast: Cast, order: list[Ticket]) -> None:
    switch(cast.support, closes_parent=True)
    parent, late, cancel = map(again, order)
    tickets.close(late, by=cast.sato)
    tickets.trash(cancel, by=cast.sato)
    assert states(parent) == ["Open"]
    tickets.restore(cancel, by=cast.tanaka)
    family.detach([again(cancel)], by=cast.sato)
    assert states(parent) == ["Open"]


def test_switched_off_the_family_is_kept_without_effect(cast: Cast, order: list[Ticket]) -> None:
    switch(cast.support, waits_for_children=True)
    Department.objects.update(has_families=False)
    parent, late, _cancel = map(again, order)
    assert family.parent_of(late) is None
    tickets.close(parent, by=cast.sato)
    assert states(parent) == ["Closed"]
    switch(cast.support)
    assert family.progress(again(parent)).total == 2


def test_the_pair_is_refused_by_the_database(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Department.objects.filter(pk=cast.support.pk).update(closes_children=True, waits_for_children=True)


def test_a_reply_that_closes_obeys_too(cast: Cast, order: list[Ticket]) -> None:
    switch(cast.support, waits_for_children=True)
    parent = again(order[0])
    assert (
        code(lambda: tickets.reply(parent, "完了です", then=default_status(State.CLOSED), by=cast.sato))
        == "FAMILY_OPEN"
    )
    assert again(parent).thread_n == 1


def test_merging_takes_over_the_children(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    main = again(open_one(cast, "新しい窓口"))
    tickets.merge(main, [parent], by=cast.sato)
    assert {again(late).parent_id, again(cancel).parent_id} == {main.pk}
    assert again(main).parent_id is None


def test_merging_a_child_takes_its_place_unless_the_parent_is_main(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    main = again(open_one(cast, "同じ件"))
    tickets.merge(main, [late], by=cast.sato)
    assert again(main).parent_id == parent.pk
    tickets.merge(again(parent), [again(main)], by=cast.sato)
    assert again(parent).parent_id is None
    assert family.progress(again(parent)) == family.Progress(0, 1)
    assert again(cancel).parent_id == parent.pk


def test_merging_the_parent_into_its_child_makes_that_the_parent(cast: Cast, order: list[Ticket]) -> None:
    parent, late, cancel = order
    tickets.merge(late, [parent], by=cast.sato)
    assert again(late).parent_id is None
    assert again(cancel).parent_id == late.pk


def test_a_merge_that_would_make_two_parents_or_both_is_refused(cast: Cast, order: list[Ticket]) -> None:
    parent, late, _cancel = order
    other, child = again(open_one(cast, "別の注文")), again(open_one(cast, "別の子"))
    family.relate(other, [child], by=cast.sato)
    assert code(lambda: tickets.merge(again(late), [again(child)], by=cast.sato)) == "MERGE_TWO_PARENTS"
    assert code(lambda: tickets.merge(again(parent), [again(child)], by=cast.sato)) == "MERGE_PARENT_AND_CHILD"
    assert again(child).merged_into_id is None


def test_a_merge_that_closes_a_parent_obeys_b(cast: Cast, order: list[Ticket]) -> None:
    switch(cast.support, waits_for_children=True)
    parent = again(order[0])
    done = again(open_one(cast, "済"))
    tickets.close(done, by=cast.sato)
    assert code(lambda: tickets.merge(parent, [done], keep={"status": done}, by=cast.sato)) == "FAMILY_OPEN"
    assert again(parent).state == State.OPEN
