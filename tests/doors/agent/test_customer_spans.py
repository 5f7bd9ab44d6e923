"""How the pages of customers say how long something took, how a ring is cut, and how high bars are."""

from datetime import date

import pytest
from django.utils import translation

from madoguchi.doors.agent.customers import donut, trend
from madoguchi.doors.agent.customers.frame import initial
from madoguchi.doors.agent.customers.spans import span
from madoguchi.insight.trend import Month

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "in_days", "japanese", "english"),
    [
        (None, True, "–", "–"),
        (0, True, "0秒", "0 s"),
        (59.4, True, "59秒", "59 s"),
        (59.6, True, "1分", "1 min"),
        (38 * MINUTE + 29, True, "38分", "38 min"),
        (59 * MINUTE + 40, True, "1時間", "1 h"),
        (72 * MINUTE, True, "1時間 12分", "1 h 12 min"),
        (9 * HOUR + 20 * MINUTE, False, "9時間 20分", "9 h 20 min"),
        (23 * HOUR + 59.9 * MINUTE, True, "1日", "1 d"),
        (26 * HOUR, True, "1日 2時間", "1 d 2 h"),
        (26 * HOUR, False, "26時間", "26 h"),  # a business day has no fixed length
        (47 * HOUR + 45 * MINUTE, True, "2日", "2 d"),
        (132 * HOUR + 10 * MINUTE, False, "132時間", "132 h"),
        (1200 * HOUR, False, "1,200時間", "1,200 h"),
        (120 * DAY + 5 * HOUR, True, "120日", "120 d"),
    ],
)
def test_a_span_says_at_most_two_units(seconds, in_days, japanese, english):
    with translation.override("ja"):
        assert span(seconds, in_days=in_days) == japanese
    with translation.override("en"):
        assert span(seconds, in_days=in_days) == english


def test_the_slices_of_a_ring_follow_each_other_and_leave_out_what_there_is_none_of():
    found = donut.slices({"Email": 50, "Web": 0, "Chat": 30, "Phone": 20})
    assert [(s.key, s.hue, s.share) for s in found] == [("Email", 1, 50), ("Chat", 3, 30), ("Phone", 4, 20)]
    assert [s.dash for s in found] == ["49.30 50.70", "29.30 70.70", "19.30 80.70"]
    assert [float(s.offset) for s in found] == [25, -25, -55]
    [whole] = donut.slices({"Email": 3, "Web": 0})
    assert (whole.dash, whole.share) == ("100.00 0.00", 100)
    tiny = donut.slices({"Email": 99_999, "Phone": 1})[1]
    assert (tiny.share, tiny.dash) == (1, "0.60 99.40")  # there is one, so it is seen
    assert donut.slices({"Email": 0}) == []


def test_a_share_is_none_or_all_only_where_it_is():
    assert [donut.per_cent(n, 1000) for n in (0, 1, 500, 999, 1000)] == [0, 1, 50, 99, 100]
    assert donut.per_cent(0, 0) == 0


def test_bars_are_measured_by_the_highest_and_what_there_is_can_be_seen():
    months = [
        Month(date(2025, 12, 1), 1000, first_response_s=36 * HOUR, first_response_business_s=4320),
        Month(date(2026, 1, 1)),
        Month(date(2026, 2, 1), 1),
    ]
    with translation.override("ja"):
        clock, business = trend.bars(months, "clock"), trend.bars(months, "business")
    assert [(b.label, b.tickets, b.height) for b in clock] == [("12月", 1000, 100), ("1月", 0, 0), ("2月", 1, 2)]
    assert [(b.response, b.response_short) for b in clock] == [("1日 12時間", "1.5日"), ("–", ""), ("–", "")]
    assert (business[0].response, business[0].response_short, business[0].name) == (
        "1時間 12分",
        "1.2時間",
        "2025年12月",
    )
    assert [b.height for b in trend.bars([Month(date(2026, 1, 1))], "clock")] == [0]


@pytest.mark.parametrize(
    ("name", "letter"),
    [("株式会社みどり商事", "み"), ("医療法人さくら会", "さ"), ("株式会社", "株"), ("acme Inc.", "A"), ("（株）北浜", "株"), ("", "?"), ("🦊 きつね", "き"), ("عبد", "ع")],
)  # fmt: skip
def test_the_letter_of_an_avatar_passes_over_the_legal_form(name, letter):
    assert initial(name) == letter
