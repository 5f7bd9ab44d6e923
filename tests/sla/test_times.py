"""Times kept in business seconds beside those by the clock (SPEC D5, I6–I8)."""

from madoguchi import tally, tickets
from madoguchi.actor import Actor
from tests.cast import open_one
from tests.sla.conftest import HOUR, at, when, works


def writes(cast, ticket, moment) -> None:
    when(moment, tickets.receive, ticket, {"text": "もしもし"}, contact=cast.yamada, channel="Email", by=Actor.desk())


def test_each_time_is_kept_by_the_clock_and_in_business_time(cast, office):
    ticket = when(at(2, 17), open_one, cast)
    writes(cast, ticket, at(3, 12))
    when(at(4, 10), tickets.reply, ticket, "はい", by=cast.sato)
    when(at(4, 11), tickets.hold, ticket, by=cast.sato)
    when(at(5, 11), tickets.reopen, ticket, by=cast.sato)
    when(at(7, 9), tickets.close, ticket, by=cast.sato)
    ticket.refresh_from_db()
    assert (ticket.first_response_s, ticket.first_response_business_s) == (41 * HOUR, 2 * HOUR)
    assert (ticket.response_s, ticket.response_business_s) == ((41 + 22) * HOUR, 3 * HOUR)
    assert (ticket.on_hold_s, ticket.on_hold_business_s) == (24 * HOUR, 8 * HOUR)
    assert (ticket.resolution_s, ticket.resolution_business_s) == ((7 + 4 * 24 + 9) * HOUR, (1 + 8 * 3) * HOUR)
    steps = [
        f"{tally.bucket_of(clock * HOUR)}/{tally.bucket_of(business * HOUR)}" for clock, business in [(41, 2), (22, 1)]
    ]
    assert ticket.response_buckets == {
        steps[0]: [1, 41 * HOUR, 2 * HOUR],
        steps[1]: [1, 22 * HOUR, 1 * HOUR],
    }
    assert tally.differing() == []


def test_round_the_clock_both_are_the_same(cast):
    ticket = when(at(2, 17), open_one, cast)
    when(at(4, 10), tickets.reply, ticket, "はい", by=cast.sato)
    when(at(4, 10), tickets.close, ticket, by=cast.sato)
    assert ticket.first_response_business_s == ticket.first_response_s == ticket.response_business_s == 41 * HOUR
    assert ticket.resolution_business_s == ticket.resolution_s == 41 * HOUR
    assert ticket.response_buckets == {
        f"{tally.bucket_of(41 * HOUR)}/{tally.bucket_of(41 * HOUR)}": [1, 41 * HOUR, 41 * HOUR]
    }


def test_reopened_it_has_no_resolution_time(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 12), tickets.close, ticket, by=cast.sato)
    when(at(2, 13), tickets.reopen, ticket, by=cast.sato)
    assert ticket.resolution_s is ticket.resolution_business_s is None


def test_what_was_never_counted_stays_so_until_it_is(cast, office):
    """A ticket from before: what is added to its sums cannot tell the whole, so nothing is said."""
    ticket = when(at(2, 9), open_one, cast)
    step = str(tally.bucket_of(60))
    type(ticket).objects.update(
        response_n=1, response_s=60, response_buckets={step: [1, 60]}, on_hold_s=60, first_response_s=60
    )
    ticket.refresh_from_db()
    when(at(2, 10), tickets.hold, ticket, by=cast.sato)
    when(at(2, 11), tickets.reopen, ticket, by=cast.sato)
    writes(cast, ticket, at(2, 17))
    when(at(4, 10), tickets.reply, ticket, "はい", by=cast.sato)
    assert ticket.response_business_s is ticket.on_hold_business_s is ticket.first_response_business_s is None
    assert (
        ticket.response_buckets[step] == [1, 60] and sum(figure[0] for figure in ticket.response_buckets.values()) == 3
    )


def test_a_ticket_that_moves_is_counted_by_the_hours_of_where_it_is(cast, office):
    works(cast.billing, week=[[[0, 1440]]] * 7, japanese=False)
    ticket = when(at(2, 9), open_one, cast)
    when(at(2, 10), tickets.move, ticket, cast.billing, by=cast.admin)
    when(at(3, 9), tickets.reply, ticket, "はい", by=cast.admin)
    assert ticket.first_response_business_s == 24 * HOUR
