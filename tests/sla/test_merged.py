"""Due dates and overdue marks through merges and restores (SPEC M4, M5, D5)."""

from madoguchi import tally, tickets
from madoguchi.actor import Actor
from madoguchi.models import Ticket
from madoguchi.sla.overdue import mark_overdue
from tests.cast import open_one
from tests.sla.conftest import HOUR, at, due, when


def three(cast):
    return [when(at(2, 9 + n), open_one, cast, f"{n}") for n in range(3)]


def fresh(ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def test_main_keeps_the_mark_of_what_was_merged_into_it_and_gives_it_back(cast, office):
    main, late, other = three(cast)
    when(at(2, 9), tickets.edit, late, {"priority": "Urgent"}, by=cast.sato)
    assert when(at(2, 13), mark_overdue) == 1
    when(at(2, 14), tickets.merge, main, [late, other], by=cast.sato)
    assert fresh(main).is_overdue and tally.differing() == []
    for verb in (tickets.close, tickets.reopen, tickets.hold, tickets.reopen):
        when(at(2, 15), verb, fresh(main), by=cast.sato)
        assert fresh(main).is_overdue, "as long as that one is merged"
    when(at(2, 15), tickets.edit, fresh(main), {"due_at": at(30, 9)}, by=cast.sato)
    assert fresh(main).is_overdue
    when(at(2, 16), tickets.restore, fresh(other), by=cast.tanaka)
    assert fresh(main).is_overdue
    when(at(2, 16), tickets.restore, fresh(late), by=cast.tanaka)
    assert not fresh(main).is_overdue and fresh(late).is_overdue and tally.differing() == []


def test_what_fell_due_a_moment_ago_counts_though_nobody_looked_yet(cast, office):
    main, late, _other = three(cast)
    when(at(2, 9), tickets.edit, late, {"priority": "Urgent"}, by=cast.sato)
    when(at(2, 14), tickets.merge, main, [late], by=cast.sato)
    assert fresh(main).is_overdue and fresh(late).is_overdue


def test_a_mark_goes_on_through_a_chain_and_comes_back_with_its_part(cast, office):
    main, middle, late = three(cast)
    when(at(2, 9), tickets.edit, late, {"priority": "Urgent"}, by=cast.sato)
    when(at(2, 15), tickets.merge, middle, [late], by=cast.sato)
    when(at(2, 15), tickets.merge, main, [middle], by=cast.sato)
    assert fresh(main).is_overdue
    when(at(2, 15), tickets.restore, fresh(middle), by=cast.tanaka)
    assert not fresh(main).is_overdue
    assert fresh(middle).is_overdue, "with what had been merged into it"
    when(at(2, 15), tickets.restore, fresh(late), by=cast.tanaka)
    assert not fresh(middle).is_overdue and fresh(late).is_overdue
    assert tally.differing() == []


def test_the_mark_of_a_part_that_was_deleted_for_good_stays(cast, office):
    main, late, _other = three(cast)
    when(at(2, 9), tickets.edit, late, {"priority": "Urgent"}, by=cast.sato)
    when(at(2, 13), tickets.merge, main, [late], by=cast.sato)
    when(at(2, 13), tickets.purge, fresh(late), by=cast.tanaka)
    when(at(2, 13), tickets.close, fresh(main), by=cast.sato)
    assert fresh(main).is_overdue
    assert tally.differing() == []


def test_a_part_that_went_its_own_way_before_it_was_deleted_leaves_no_mark(cast, office):
    main, other, _third = three(cast)
    when(at(2, 10), tickets.merge, main, [other], by=cast.sato)
    when(at(2, 10), tickets.restore, fresh(other), by=cast.tanaka)
    assert when(at(4, 12), mark_overdue) == 3
    when(at(4, 12), tickets.trash, fresh(other), by=cast.tanaka)
    when(at(4, 12), tickets.purge, fresh(other), by=cast.tanaka)
    when(at(4, 12), tickets.edit, fresh(main), {"due_at": at(30, 9)}, by=cast.sato)
    assert not fresh(main).is_overdue


def test_main_that_is_late_itself_stays_so_after_a_restore(cast, office):
    main, other, _third = three(cast)
    when(at(2, 10), tickets.merge, main, [other], by=cast.sato)
    assert when(at(2, 20), mark_overdue) == 1
    when(at(2, 20), tickets.restore, fresh(other), by=cast.tanaka)
    assert fresh(main).is_overdue and not fresh(other).is_overdue


def test_a_due_date_that_is_picked_comes_with_what_belongs_to_it(cast, office):
    main, other, chosen = three(cast)
    when(at(2, 9), tickets.edit, chosen, {"due_at": at(30, 9)}, by=cast.sato)
    when(at(2, 12), tickets.merge, main, [other, chosen], keep={"due_at": chosen}, by=cast.sato)
    assert due(main)[1] == at(30, 9) and not main.due_by_target
    assert due(main)[0] == at(2, 14), "the first response stays main's"


def test_a_picked_date_by_target_goes_on_following_and_rests_where_main_rests(cast, office):
    main, other, _third = three(cast)
    when(at(2, 9), tickets.edit, main, {"due_at": at(30, 9)}, by=cast.sato)
    when(at(2, 11), tickets.hold, main, by=cast.sato)
    when(at(2, 12), tickets.merge, main, [other], keep={"due_at": other}, by=cast.sato)
    assert due(main)[1] is None and main.due_by_target and main.due_left_s == 6 * HOUR
    when(at(2, 13), tickets.reopen, main, by=cast.sato)
    assert due(main)[1] == at(4, 10)


def test_the_date_of_a_ticket_on_hold_goes_on_where_main_is_open(cast, office):
    main, other, _third = three(cast)
    when(at(2, 9), tickets.edit, main, {"due_at": at(30, 9)}, by=cast.sato)
    when(at(2, 12), tickets.hold, other, by=cast.sato)
    when(at(2, 13), tickets.merge, main, [other], keep={"due_at": other}, by=cast.sato)
    assert due(main)[1] == at(4, 10) and main.due_left_s is None


def test_a_status_and_a_date_may_be_picked_together(cast, office):
    main, other, _third = three(cast)
    when(at(2, 12), tickets.hold, other, by=cast.sato)
    when(at(2, 13), tickets.merge, main, [other], keep={"due_at": other, "status": other}, by=cast.sato)
    assert due(main)[1] is None and main.state == "On Hold" and main.due_left_s == 6 * HOUR


def test_a_picked_priority_leaves_the_dates_the_screen_showed(cast, office):
    main, other, _third = three(cast)
    when(at(2, 10), tickets.edit, other, {"priority": "Urgent"}, by=cast.sato)
    when(at(2, 11), tickets.merge, main, [other], keep={"priority": other}, by=cast.sato)
    assert due(main) == (at(2, 14), at(2, 18))


def test_times_in_business_hours_stay_mains_like_those_by_the_clock(cast, office):
    main, other, _third = three(cast)
    when(at(4, 9), tickets.reply, other, "はい", by=cast.sato)
    when(at(4, 10), tickets.merge, main, [other], by=cast.sato)
    assert main.first_response_business_s is None
    when(at(4, 11), tickets.reply, main, "はい", by=cast.sato)
    assert main.first_response_business_s == 10 * HOUR and main.response_business_s == 10 * HOUR
    assert tally.differing() == []


def test_what_waited_on_the_other_waits_on_and_is_counted_in_business_time(cast, office):
    main, other, _third = three(cast)
    when(at(2, 10), tickets.reply, main, "はい", by=cast.sato)
    when(at(2, 17), tickets.receive, other, {"text": "まだ"}, contact=cast.yamada, channel="Email", by=Actor.desk())
    when(at(4, 9), tickets.merge, main, [other], by=cast.sato)
    when(at(4, 10), tickets.reply, main, "はい", by=cast.sato)
    assert main.response_business_s == HOUR + (7 + 1) * HOUR + 2 * HOUR
