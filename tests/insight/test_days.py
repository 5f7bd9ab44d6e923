"""The calendar of the figures is the organisation's, also after it moved."""

from datetime import UTC, datetime

import pytest

from madoguchi import record, tally, tickets
from madoguchi.insight import figures
from madoguchi.models import Rating, Tally
from madoguchi.organisation import calendar, company
from madoguchi.organisation.current import the_organisation
from tests.cast import gather, open_one

LATE = datetime(2026, 3, 31, 20, 30, tzinfo=UTC)  # the next morning in Tokyo


def test_a_day_is_one_of_the_organisations_time_zone(cast):
    with record.at(LATE):
        ticket = open_one(cast)
    days = set(Tally.objects.filter(measure__startswith="tickets.").values_list("day", flat=True))
    assert {str(day) for day in days} == {"None", "2026-04-01"}
    assert {str(d) for d in Tally.objects.filter(measure="month.opened").values_list("day", flat=True)} == {
        "2026-04-01"
    }
    assert figures.first_day(1) == tally.today()
    assert tally.day_of(ticket.created_at).isoformat() == "2026-04-01"


@pytest.mark.django_db(transaction=True)
def test_when_the_organisation_moves_all_days_are_counted_anew():
    cast = gather()
    with record.at(LATE):
        ticket = open_one(cast)
        entry = tickets.reply(ticket, "承知しました", by=cast.sato)
        tickets.close(ticket, by=cast.sato)
    rating = Rating.objects.create(
        entry=entry, ticket=ticket, counts_for=ticket, contact=cast.yamada, account=cast.midori, department=cast.support,
        value="good", via="mail", rated_at=LATE,
    )  # fmt: skip
    with record.settle(ticket):
        ticket.ratings = [[tally.day_of(rating.rated_at).isoformat(), rating.value]]
    assert ticket.ratings == [["2026-04-01", "good"]]
    company.edit_organisation({"time_zone": "America/New_York"}, by=cast.admin)
    assert (the_organisation().time_zone, str(tally.zone())) == ("America/New_York", "America/New_York")
    assert jobs_queued() == ["count_days_anew"]
    assert calendar.count_days_anew() > 0
    ticket.refresh_from_db()
    assert ticket.ratings == [["2026-03-31", "good"]]
    assert tally.figures() == tally.recount()
    assert {str(key[4]) for key in tally.figures()} == {"None", "2026-03-31", "2026-03-01"}
    assert figures.read(cast.yamada, None).good == 1
    assert calendar.count_days_anew() == 0


def jobs_queued() -> list[str]:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return [
        job.task_name
        for job in ProcrastinateJob.objects.filter(task_name="count_days_anew", scheduled_at__isnull=False)
    ]
