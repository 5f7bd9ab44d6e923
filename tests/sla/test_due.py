"""By when tickets are to be answered and resolved (SPEC D5), told as stories with fixed clocks."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from madoguchi import sla, tally, tickets
from madoguchi.actor import Actor
from madoguchi.models import Event, Ticket
from madoguchi.organisation.current import default_status
from madoguchi.sla.overdue import mark_overdue
from tests.cast import open_one
from tests.sla.conftest import HOUR, aim, at, due, when, works


def test_a_new_ticket_is_due_by_the_target_counted_in_business_time(cast, office):
    ticket = when(at(2, 16), open_one, cast)
    assert due(ticket) == (at(4, 11), at(4, 16)), "Tuesday is a holiday"
    assert ticket.due_by_target and ticket.response_due_by_target and not ticket.is_overdue


def test_a_mail_on_friday_night_is_due_on_monday(cast, office):
    ticket = when(at(6, 23), open_one, cast)
    assert due(ticket) == (at(9, 14), at(9, 18))


def test_the_target_of_the_priority_counts_also_by_phone_or_api(cast, office):
    more = {"message": None, "mailbox": None, "channel": "Phone", "more": {"priority": "Urgent"}, "by": cast.sato}
    ticket = when(at(2, 9), open_one, cast, **more)
    assert due(ticket) == (at(2, 10), at(2, 11))


def test_a_target_by_the_clock_runs_through_the_night(cast, office):
    aim(cast.support, response=1, resolution=24, by_clock=True)
    ticket = when(at(2, 20), open_one, cast)
    assert due(ticket) == (at(2, 21), at(3, 20))


def test_without_hours_a_department_works_round_the_clock_and_without_target_nothing_is_due(cast):
    aim(cast.support, "High", resolution=5)
    plain, high = (when(at(7, 22), open_one, cast, more={"priority": priority}) for priority in ("", "High"))
    assert due(plain) == (None, None) and not plain.due_by_target
    assert due(high) == (None, at(8, 3))


def test_who_never_works_owes_nothing(cast, office):
    works(cast.billing, week=[[]] * 7)
    aim(cast.billing, resolution=1)
    assert due(when(at(2, 9), open_one, cast, department=cast.billing, mailbox=None)) == (None, None)


def test_a_date_that_comes_with_the_ticket_wins(cast, office):
    ticket = when(at(2, 9), open_one, cast, more={"due_at": at(30, 12)}, by=cast.sato)
    assert due(ticket) == (at(2, 14), at(30, 12)) and not ticket.due_by_target
    when(at(2, 10), tickets.edit, ticket, {"priority": "Urgent"}, by=cast.sato)
    assert due(ticket) == (at(2, 10), at(30, 12)), "the first response still follows the target"


def test_another_priority_sets_both_dates_anew_from_the_beginning(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 9, 30), tickets.edit, ticket, {"priority": "Urgent"}, by=cast.sato)
    assert due(ticket) == (at(2, 10), at(2, 11))
    when(at(2, 9, 40), tickets.edit, ticket, {"priority": "Low"}, by=cast.sato)
    assert due(ticket) == (None, None) and not ticket.due_by_target, "no target for this one"
    when(at(2, 9, 50), tickets.edit, ticket, {"priority": ""}, by=cast.sato)
    assert due(ticket) == (at(2, 14), at(2, 18))


def test_a_priority_that_gives_more_time_takes_the_mark_away_one_that_gives_less_leaves_it_to_the_sweep(cast, office):
    ticket = when(at(2, 9), open_one, cast, more={"priority": "Urgent"}, by=cast.sato)
    assert when(at(2, 12), mark_overdue) == 1
    when(at(2, 12), tickets.edit, ticket, {"priority": ""}, by=cast.sato)
    assert not ticket.is_overdue
    when(at(2, 12), tickets.edit, ticket, {"priority": "Urgent"}, by=cast.sato)
    assert not ticket.is_overdue and when(at(2, 12), mark_overdue) == 1
    assert Event.objects.filter(ticket=ticket, verb="ticket.overdue").count() == 2
    assert tally.differing() == []


def test_once_answered_the_time_of_the_first_response_is_settled(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 10), tickets.reply, ticket, "はい", by=cast.sato)
    when(at(2, 11), tickets.edit, ticket, {"priority": "Urgent"}, by=cast.sato)
    assert due(ticket) == (at(2, 14), at(2, 11))


def test_another_department_has_its_own_targets_and_hours(cast, office):
    works(cast.billing, week=[[[600, 900]]] * 7, japanese=False)
    aim(cast.billing, resolution=6)
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 10), tickets.move, ticket, cast.billing, by=cast.admin)
    assert due(ticket) == (None, at(3, 11)), "five hours on Monday, one on the holiday"
    when(at(2, 10), tickets.move, ticket, cast.delivery, by=cast.admin)
    assert due(ticket) == (None, None)


def test_moving_leaves_a_chosen_date_and_a_closed_ticket_alone(cast, office):
    aim(cast.billing, resolution=1)
    chosen = when(at(2, 9), open_one, cast, more={"due_at": at(30, 12)}, by=cast.sato)
    closed = when(at(2, 9), open_one, cast)
    when(at(2, 10), tickets.close, closed, by=cast.sato)
    for ticket in (chosen, closed):
        when(at(2, 11), tickets.move, ticket, cast.billing, by=cast.admin)
    assert (due(chosen)[1], due(closed)[1]) == (at(30, 12), at(2, 18))


def test_on_hold_the_time_rests(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 11), tickets.hold, ticket, by=cast.sato)
    assert due(ticket) == (None, None)
    assert (ticket.due_left_s, ticket.response_left_s) == (6 * HOUR, 2 * HOUR)
    when(at(4, 10), tickets.reopen, ticket, by=cast.sato)
    assert due(ticket) == (at(4, 12), at(4, 17))
    assert (ticket.due_left_s, ticket.response_left_s) == (None, None)
    assert ticket.on_hold_business_s == 7 * HOUR, "six on Monday, none on the holiday, one on Wednesday"


def test_what_is_past_already_does_not_rest(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 15), tickets.hold, ticket, by=cast.sato)
    assert due(ticket) == (at(2, 14), None) and ticket.due_left_s == 3 * HOUR
    late = when(at(2, 9), open_one, cast, more={"priority": "Urgent"}, by=cast.sato)
    when(at(2, 12), tickets.hold, late, by=cast.sato)
    assert due(late) == (at(2, 10), at(2, 11)) and late.is_overdue


def test_a_chosen_date_does_not_rest_and_one_chosen_on_hold_wins(cast, office):
    ticket = when(at(2, 9), open_one, cast, more={"due_at": at(30, 12)}, by=cast.sato)
    when(at(2, 10), tickets.hold, ticket, by=cast.sato)
    assert due(ticket)[1] == at(30, 12)
    other = when(at(2, 9), open_one, cast)
    when(at(2, 10), tickets.hold, other, by=cast.sato)
    when(at(2, 11), tickets.edit, other, {"due_at": at(9, 9)}, by=cast.sato)
    when(at(4, 9), tickets.reopen, other, by=cast.sato)
    assert due(other) == (at(4, 12), at(9, 9)) and other.due_left_s is None


def test_another_priority_while_on_hold_changes_what_is_left(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 9, 30), tickets.hold, ticket, by=cast.sato)
    when(at(2, 17), tickets.edit, ticket, {"priority": "Urgent"}, by=cast.sato)
    assert due(ticket) == (None, None)
    assert (ticket.due_left_s, ticket.response_left_s) == (1.5 * HOUR, 0.5 * HOUR)
    when(at(4, 9), tickets.reopen, ticket, by=cast.sato)
    assert due(ticket) == (at(4, 9, 30), at(4, 10, 30))
    when(at(4, 9), tickets.edit, ticket, {"priority": ""}, by=cast.sato)
    assert due(ticket) == (at(4, 13, 30), at(4, 17, 30)), "the rest does not count against it"


def test_answered_on_hold_it_was_answered_in_time(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 11), tickets.hold, ticket, by=cast.sato)
    when(at(4, 9), tickets.reply, ticket, "はい", by=cast.sato)
    assert due(ticket) == (at(4, 11), None) and ticket.response_left_s is None


def test_closed_from_hold_it_was_resolved_in_time(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 11), tickets.hold, ticket, by=cast.sato)
    when(at(20, 9), tickets.close, ticket, by=cast.sato)
    assert due(ticket)[1] == at(20, 16) and not ticket.is_overdue


def test_reopened_it_is_to_be_resolved_anew(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 12), tickets.close, ticket, by=cast.sato)
    when(at(9, 9), tickets.receive, ticket, {"text": "まだです"}, contact=cast.yamada, channel="Email", by=Actor.desk())
    assert due(ticket) == (at(2, 14), at(9, 18)) and ticket.due_by_target
    when(at(9, 10), tickets.hold, ticket, by=cast.sato)
    when(at(10, 10), tickets.reopen, ticket, by=cast.sato)
    assert due(ticket)[1] == at(10, 18)
    when(at(10, 10), tickets.edit, ticket, {"priority": "Urgent"}, by=cast.sato)
    assert due(ticket)[1] == at(10, 11), "an hour was used after the reopening, then it rested"


def test_reopened_after_it_was_late_it_stays_overdue(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(9, 9), tickets.close, ticket, by=cast.sato)
    assert ticket.is_overdue
    when(at(9, 10), tickets.reopen, ticket, by=cast.sato)
    assert due(ticket)[1] == at(2, 18) and ticket.is_overdue


def test_a_chosen_date_stays_when_it_is_reopened(cast, office):
    ticket = when(at(2, 9), open_one, cast, more={"due_at": at(30, 12)}, by=cast.sato)
    when(at(2, 12), tickets.close, ticket, by=cast.sato)
    when(at(9, 9), tickets.reopen, ticket, by=cast.sato)
    assert due(ticket)[1] == at(30, 12)


def test_reopened_into_a_status_on_hold_all_of_it_is_left(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 12), tickets.close, ticket, by=cast.sato)
    when(at(9, 9), tickets.hold, ticket, by=cast.sato)
    assert due(ticket)[1] is None and ticket.due_left_s == 8 * HOUR


def test_opened_on_hold_or_closed(cast, office):
    held = when(at(2, 9), open_one, cast, status=default_status("On Hold"))
    closed = when(at(2, 9), open_one, cast, status=default_status("Closed"))
    assert due(held) == (None, None) and held.due_left_s == 8 * HOUR
    assert due(closed) == (at(2, 14), at(2, 18)) and not closed.is_overdue


def test_a_date_taken_away_by_hand_stays_away_until_something_renews_it(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 10), tickets.edit, ticket, {"due_at": None}, by=cast.sato)
    when(at(2, 10), tickets.hold, ticket, by=cast.sato)
    when(at(2, 11), tickets.reopen, ticket, by=cast.sato)
    assert due(ticket)[1] is None and when(at(30, 9), mark_overdue) == 0
    when(at(2, 11), tickets.edit, ticket, {"priority": "Urgent"}, by=cast.sato)
    assert due(ticket)[1] == at(2, 12), "two hours of work, and one on hold"


def test_the_same_date_sent_again_is_nobodys_choice(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 10), tickets.edit, ticket, {"due_at": at(2, 18), "priority": "Urgent"}, by=cast.sato)
    assert due(ticket)[1] == at(2, 11) and ticket.due_by_target
    when(at(2, 10), tickets.edit, ticket, {"due_at": at(5, 18), "priority": ""}, by=cast.sato)
    assert due(ticket)[1] == at(5, 18) and not ticket.due_by_target


def test_a_response_date_can_be_chosen_as_well(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 9), tickets.edit, ticket, {"response_due_at": at(5, 9)}, by=cast.sato)
    when(at(2, 9), tickets.edit, ticket, {"priority": "Urgent"}, by=cast.sato)
    assert due(ticket) == (at(5, 9), at(2, 11))


def test_history_tells_the_dates_and_none_of_the_bookkeeping(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 11), tickets.hold, ticket, by=cast.sato)
    event = Event.objects.get(ticket=ticket, verb="ticket.held")
    assert set(event.after) == {"status", "due_at", "response_due_at"}


@pytest.mark.parametrize("day", [(8, 3), (1, 11)])
def test_where_the_clocks_jump_the_target_ends_by_the_clock_on_the_wall(cast, day):
    york = ZoneInfo("America/New_York")
    works(cast.support, zone="America/New_York", week=[[[0, 1440]]] * 7, japanese=False)
    aim(cast.support, resolution=24)
    start = datetime(2026, day[1], day[0], 0, 0, tzinfo=york)
    ticket = when(start, open_one, cast)
    ticket.refresh_from_db()
    hours = 1 if day[1] == 3 else -1
    assert ticket.due_at == datetime(2026, day[1], day[0] + 1, 0, 0, tzinfo=york) + timedelta(hours=hours)


def test_tickets_from_before_there_were_targets_get_one_when_something_renews_it(cast):
    ticket = when(at(2, 9), open_one, cast)
    aim(cast.support, "High", resolution=100)
    assert due(ticket) == (None, None)
    when(at(2, 10), tickets.edit, ticket, {"priority": "High"}, by=cast.sato)
    assert due(ticket)[1] == at(2, 9) + timedelta(hours=100)


def test_a_target_that_is_gone_when_the_rest_ends_leaves_what_was_left(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 11), tickets.hold, ticket, by=cast.sato)
    cast.support.targets.all().delete()
    sla.forget()
    when(at(4, 9), tickets.reopen, ticket, by=cast.sato)
    assert due(ticket) == (at(4, 11), at(4, 16))


def test_the_figures_follow_all_of_it(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    steps = [tickets.hold, tickets.reopen, tickets.close, tickets.reopen, tickets.close]
    for day, step in enumerate(steps, start=2):
        when(at(day, 12 + day // 6), step, ticket, by=cast.sato)
        assert tally.differing() == []
    assert Ticket.objects.get(pk=ticket.pk).is_overdue
