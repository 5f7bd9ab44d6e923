"""What the pages read is what counting the tickets by hand gives."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from madoguchi import tally
from madoguchi.insight import figures, many, trend
from madoguchi.models import Contact, Ticket
from tests.cast import open_one
from tests.insight import made_up


def by_hand(tickets: list[Ticket], days: int | None = None) -> dict[str, object]:
    """The definitions of the glossary, word by word."""
    first = tally.today() - timedelta(days=(days or 0) - 1)

    def counts(day) -> bool:
        return days is None or day >= first

    live = [ticket for ticket in tickets if not ticket.trashed_at and not ticket.is_spam]
    opened = [ticket for ticket in live if counts(tally.day_of(ticket.created_at))]
    ratings = [value for ticket in live for day, value in ticket.ratings if counts(date.fromisoformat(day))]
    spam = [t for t in tickets if not t.trashed_at and t.is_spam and counts(tally.day_of(t.created_at))]
    return {
        "total": len(opened),
        "open": len([ticket for ticket in opened if ticket.state == "Open"]),
        "on_hold": len([ticket for ticket in opened if ticket.state == "On Hold"]),
        "closed": len([ticket for ticket in opened if ticket.state == "Closed"]),
        "overdue": len([ticket for ticket in opened if ticket.is_overdue]),
        "spam": len(spam),
        "by_channel": {name: len([t for t in opened if t.channel == name]) for name in ("Email", "Web", "Chat", "Phone")},
        "good": ratings.count("good"),
        "okay": ratings.count("ok"),
        "bad": ratings.count("bad"),
        "first_response": [t.first_response_s for t in opened if t.first_response_s is not None],
        "resolution": [t.resolution_s for t in live if t.closed_at and counts(tally.day_of(t.closed_at))],
        "in_business_hours": [
            t.resolution_s if t.resolution_business_s is None else t.resolution_business_s
            for t in live
            if t.closed_at and counts(tally.day_of(t.closed_at))
        ],
    }  # fmt: skip


@pytest.mark.parametrize("days", [None, 30, 90])
@pytest.mark.parametrize("is_folded", [False, True])
def test_figures_are_those_of_the_tickets(cast, days, is_folded):
    made = made_up.tickets(cast, 400)
    tally.put_in("t.id %% 2 = 0", {})
    tally.put_in("t.id %% 2 = 1", {})
    if is_folded:
        tally.fold()
    for customer, of in ((cast.yamada, "contact_id"), (cast.midori, "account_id")):
        for departments in (None, [cast.support.pk], [cast.support.pk, cast.billing.pk], []):
            mine = [
                t
                for t in made
                if getattr(t, of) == customer.pk and (departments is None or t.department_id in departments)
            ]
            found, expected = figures.read(customer, departments, days), by_hand(mine, days)
            for name in ("total", "open", "on_hold", "closed", "overdue", "spam", "by_channel", "good", "okay", "bad"):
                assert getattr(found, name) == expected[name], (name, days)
            assert_times(found.first_response.clock, expected["first_response"])
            assert_times(found.resolution.clock, expected["resolution"])
            assert_times(found.resolution.business, expected["in_business_hours"])
            assert found.unanswered == found.total - len(expected["first_response"])
    assert figures.read(cast.yamada, []) == figures.Figures()


def assert_times(found, values):
    """The mean is exact; the median and the 90th percentile are off by no more than half a step, a tenth."""
    assert found.count == len(values)
    if not values:
        assert (found.mean_s, found.median_s, found.p90_s) == (None, None, None)
        return
    assert found.mean_s == int(sum(values) / len(values) + 0.5)
    assert found.median_s == pytest.approx(made_up.middle(values), rel=0.1, abs=1)
    assert found.p90_s == pytest.approx(made_up.ninetieth(values), rel=0.1, abs=1)


def test_median_and_90th_percentile_of_few_are_exact(cast):
    when = timezone.now() - timedelta(days=3)
    for seconds in (60, 3600, 600, 10, 86_400):
        made_up.tickets(cast, 1, contact=cast.yamada, first_response_s=seconds, first_response_business_s=seconds // 10,
                        created_at=when, is_spam=False, trashed_at=None)  # fmt: skip
    tally.put_in("true", {})
    found = figures.read(cast.yamada, None).first_response
    assert (found.clock.count, found.clock.mean_s, found.clock.median_s, found.clock.p90_s) == (5, 18_134, 600, 86_400)
    assert (found.business.mean_s, found.business.median_s, found.business.p90_s) == (1813, 60, 8640)
    made_up.tickets(cast, 1, contact=cast.yamada, first_response_s=1000, first_response_business_s=None,
                    created_at=when, is_spam=False, trashed_at=None)  # fmt: skip
    tally.put_in("t.first_response_s = 1000", {})
    found = figures.read(cast.yamada, None).first_response
    assert found.clock.median_s == 800  # between 600 and 1000
    assert found.business.median_s == 210  # nobody counted the last in business hours: as by the clock


def test_a_customer_without_tickets_has_no_times_and_no_rate(cast):
    found = figures.read(cast.takahashi, None)
    assert found == figures.Figures()
    assert (found.satisfaction, found.since, found.resolution.of("business").mean_s) == (None, None, None)


def test_since_is_the_month_of_the_first_ticket(cast):
    made_up.tickets(
        cast, 1, contact=cast.yamada, created_at=made_up.LONG_AGO, closed_at=None, is_spam=False, trashed_at=None
    )
    made_up.tickets(cast, 20, contact=cast.yamada)
    tally.put_in("true", {})
    found = figures.read(cast.yamada, None)
    assert str(found.since) == "2001-01-01"
    tally.take_out("t.created_at < '2002-01-01'", {})
    assert figures.read(cast.yamada, None).since != found.since


def test_figures_of_many_are_those_of_each(cast):
    made_up.tickets(cast, 200)
    tally.put_in("true", {})
    ids = [cast.yamada.pk, cast.takahashi.pk, 10**9]
    found = many.summaries("contact", ids, [cast.support.pk])
    assert list(found) == ids
    assert found[10**9] == many.Summary()
    for pk in ids[:2]:
        one = figures.read(Contact.objects.get(pk=pk), [cast.support.pk])
        assert (found[pk].total, found[pk].open, found[pk].overdue) == (one.total, one.open, one.overdue)
        assert (found[pk].rated, found[pk].satisfaction) == (one.rated, one.satisfaction)
        assert one.total > 10 and one.rated > 10
    assert many.summaries("account", [], None) == {}


def test_the_trend_has_every_month_the_oldest_first(cast):
    made = made_up.tickets(cast, 300, contact=cast.yamada)
    tally.put_in("true", {})
    found = trend.months(cast.yamada, None)
    assert len(found) == 12
    assert found[-1].month == tally.today().replace(day=1)
    assert all((a.month + timedelta(days=32)).replace(day=1) == b.month for a, b in pairwise(found))
    live = [ticket for ticket in made if not ticket.is_spam and not ticket.trashed_at]
    for month in found:
        opened = [t for t in live if tally.day_of(t.created_at).replace(day=1) == month.month]
        first = [t.first_response_s for t in opened if t.first_response_s is not None]
        rated = [value for t in live for day, value in t.ratings if day[:7] == month.month.isoformat()[:7]]
        assert month.tickets == len(opened)
        assert month.closed == len(
            [t for t in live if t.closed_at and tally.day_of(t.closed_at).replace(day=1) == month.month]
        )
        assert month.first_response_s == (int(sum(first) / len(first) + 0.5) if first else None)
        assert month.rated == len(rated)
        assert month.good_share == (int(rated.count("good") * 100 / len(rated) + 0.5) if rated else None)
    assert sum(month.tickets for month in found) == len(live)


@pytest.mark.parametrize("read", [
    lambda cast: figures.read(cast.midori, [cast.support.pk]),
    lambda cast: figures.read(cast.midori, None, 90),
    lambda cast: trend.months(cast.midori, None),
    lambda cast: many.summaries("contact", [cast.yamada.pk, cast.takahashi.pk], None),
])  # fmt: skip
def test_reading_takes_one_statement(cast, read):
    open_one(cast)
    read(cast)
    with CaptureQueriesContext(connection) as asked:
        read(cast)
    assert len(asked) == 1
