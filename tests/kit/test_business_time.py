"""Business time against a count of every single minute, in places whose clocks jump."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.kit.business_time import BusinessTime, check_week

OFFICE = [[[540, 720], [780, 1080]]] * 5 + [[], []]
ALWAYS = [[[0, 1440]]] * 7
ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",  # half an hour
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Asia/Beirut",  # the clocks jump at midnight
    "Pacific/Apia",  # had no 30 December 2011
]
JUMPS = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2025, 3, 29, 22, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2025, 12, 31, 15, tzinfo=UTC),
]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def by_the_minute(time: BusinessTime, week, free: set[date], start: datetime, end: datetime) -> int:
    """The same by looking at the clock on the wall in each minute."""
    there, minutes, at = ZoneInfo(time.zone.key), 0, start
    while at < end:
        wall = at.astimezone(there)
        minute = wall.hour * 60 + wall.minute
        if wall.date() not in free and any(a <= minute < b for a, b in week[wall.weekday()]):
            minutes += 1
        at += timedelta(minutes=1)
    return minutes * 60


@st.composite
def days(draw):
    if draw(st.integers(0, 5)) == 0:
        return [[0, 1440]]
    marks = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    return [[a * 15, b * 15] for a, b in zip(marks[::2], marks[1::2], strict=False)]


weeks = st.lists(days(), min_size=7, max_size=7)


@st.composite
def spans(draw):
    """A span of up to nine days that begins within five days of some jump, on a whole minute."""
    start = draw(st.sampled_from(JUMPS)) + timedelta(minutes=draw(st.integers(-7200, 7200)))
    return start, start + timedelta(minutes=draw(st.integers(0, 13_000)))


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(ZONES), weeks, spans(), st.sets(st.integers(-8, 12), max_size=4))
def test_it_is_what_a_count_of_every_minute_gives(zone, week, span, offsets):
    start, end = span
    free = {start.date() + timedelta(days=n) for n in offsets}
    time = BusinessTime(zone, week, lambda year: {day for day in free if day.year == year})
    assert time.seconds_between(start, end) == by_the_minute(time, week, free, start, end)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZONES), weeks, spans(), st.integers(0, 10**7), st.integers(0, 999_999))
def test_what_was_added_is_what_lies_between(zone, week, span, seconds, micros):
    start = span[0] + timedelta(microseconds=micros)
    time = BusinessTime(zone, week)
    end = time.add(start, seconds)
    if not time.week_s:
        assert end == (start if seconds == 0 else None)
        return
    assert end is not None and time.seconds_between(start, end) == seconds
    if seconds:
        assert time.seconds_between(start, end - timedelta(microseconds=1)) == seconds - 1, "and no moment earlier"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ZONES), weeks, spans(), st.integers(0, 9))
def test_the_parts_of_a_span_are_the_span(zone, week, span, part):
    time, (start, end) = BusinessTime(zone, week), span
    middle = start + (end - start) * part // 9
    middle = middle.replace(second=0, microsecond=0)
    assert time.seconds_between(start, middle) + time.seconds_between(middle, end) == time.seconds_between(start, end)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ZONES), weeks, spans())
def test_it_is_open_when_the_next_minute_counts(zone, week, span):
    time, start = BusinessTime(zone, week), span[0]
    assert time.is_open(start) == (time.seconds_between(start, start + timedelta(minutes=1)) == 60)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ZONES), spans())
def test_round_the_clock_is_the_clock(zone, span):
    time, (start, end) = BusinessTime(zone, ALWAYS), span
    assert time.seconds_between(start, end) == (end - start).total_seconds()


def test_a_day_in_the_office_has_eight_hours():
    time = BusinessTime("Asia/Tokyo", OFFICE)
    assert time.seconds_between(utc(2026, 11, 1, 15), utc(2026, 11, 2, 15)) == 8 * 3600, "Monday, 2 November, in Tokyo"
    assert time.add(utc(2026, 11, 2, 8), 2 * 3600) == utc(2026, 11, 3, 1), (
        "an hour before six on Monday, one on Tuesday"
    )
    assert time.add(utc(2026, 11, 6, 9), 3600) == utc(2026, 11, 9, 1), "asked on Friday at six: Monday at ten"
    assert time.add(utc(2026, 11, 2, 1), 8 * 3600) == utc(2026, 11, 3, 1)


def test_a_holiday_is_passed_over():
    time = BusinessTime("Asia/Tokyo", OFFICE, lambda year: {date(2026, 11, 3)})
    assert time.add(utc(2026, 11, 2, 8), 2 * 3600) == utc(2026, 11, 4, 1)
    assert not time.is_open(utc(2026, 11, 3, 1)) and time.is_open(utc(2026, 11, 4, 1))


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 23), (10, 25, 25), (6, 1, 24)])
def test_a_whole_day_is_as_long_as_the_clocks_make_it(month, day, hours):
    time = BusinessTime("Europe/Berlin", ALWAYS, lambda year: {date(2026, month, day)})
    midnight = datetime(2026, month, day, tzinfo=ZoneInfo("Europe/Berlin"))
    a_week = midnight - timedelta(days=3), midnight + timedelta(days=4)
    length = a_week[1].astimezone(UTC) - a_week[0].astimezone(UTC)
    assert time.seconds_between(*a_week) == length.total_seconds() - hours * 3600


def test_an_hour_shown_twice_counts_twice_and_one_leapt_over_not_at_all():
    nights = BusinessTime("America/New_York", [[[60, 180]]] * 7)
    assert nights.seconds_between(utc(2026, 11, 1, 4), utc(2026, 11, 1, 12)) == 3 * 3600
    assert nights.seconds_between(utc(2026, 3, 8, 5), utc(2026, 3, 8, 12)) == 3600


def test_who_never_works_is_never_done():
    assert BusinessTime("Asia/Tokyo", [[]] * 7).add(utc(2026, 1, 1), 1) is None
    assert BusinessTime("Asia/Tokyo", [[]] * 7).seconds_between(utc(2020, 1, 1), utc(2026, 1, 1)) == 0
    every_day = lambda year: {date(year, 1, 1) + timedelta(days=n) for n in range(365)} | {date(year, 12, 31)}
    assert BusinessTime("Asia/Tokyo", OFFICE, every_day).add(utc(2026, 1, 1), 1) is None


def test_a_target_of_a_minute_a_week_is_found_years_ahead():
    time = BusinessTime("Asia/Tokyo", [[[540, 541]], *[[]] * 6])
    found = time.add(utc(2026, 1, 1), 60 * 52 * 60)
    assert found is not None and found.year == 2085


def test_decades_cost_no_more_than_a_day_once_they_are_worked_out():
    time = BusinessTime("Europe/Berlin", OFFICE)
    start, end = utc(1990, 1, 1), utc(2030, 1, 1)
    assert time.seconds_between(start, end) == sum(
        time.seconds_between(utc(year, 1, 1), utc(year + 1, 1, 1)) for year in range(1990, 2030)
    )
    assert set(time._years) == set(range(1990, 2031))
    assert time.add(start, time.seconds_between(start, end)) == utc(2029, 12, 31, 17)


def test_its_hours_of_some_days_can_be_shown():
    time = BusinessTime("Asia/Tokyo", OFFICE, lambda year: {date(2026, 11, 3)})
    assert time.spans(date(2026, 11, 2), date(2026, 11, 4)) == [
        (utc(2026, 11, 2, 0), utc(2026, 11, 2, 3)),
        (utc(2026, 11, 2, 4), utc(2026, 11, 2, 9)),
        (utc(2026, 11, 4, 0), utc(2026, 11, 4, 3)),
        (utc(2026, 11, 4, 4), utc(2026, 11, 4, 9)),
    ]


@pytest.mark.parametrize(
    "week",
    [
        [],
        [[]] * 6,
        [[[0, 1441]], *[[]] * 6],
        [[[-1, 60]], *[[]] * 6],
        [[[60, 60]], *[[]] * 6],
        [[[60, 120], [110, 130]], *[[]] * 6],
        [[[120, 180], [0, 60]], *[[]] * 6],
        [[[0, 60], [60, 120]], *[[]] * 6],
        [[[0, True]], *[[]] * 6],
        [[["0", 60]], *[[]] * 6],
        [[5], *[[]] * 6],
        ["mon", *[[]] * 6],
        {"mon": []},
    ],
)
def test_what_is_no_week_is_refused(week):
    with pytest.raises(ValueError):
        check_week(week)
