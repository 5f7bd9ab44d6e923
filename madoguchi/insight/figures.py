"""All figures of one customer in one statement, of all time or of the last days (SPEC I3–I9)."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any

from madoguchi import tally
from madoguchi.insight.asking import RATINGS, TICKETS, TIMES, kind_of, rate, within
from madoguchi.models import Account, Contact
from madoguchi.models.organisation import State
from madoguchi.models.ticket import Channel
from madoguchi.prepared import fetch


@dataclass(frozen=True)
class Times:
    """How long something took, in seconds; None where it never happened."""

    count: int = 0
    mean_s: int | None = None
    median_s: int | None = None
    p90_s: int | None = None


@dataclass(frozen=True)
class Spans:
    """The same times by the clock and in business hours."""

    clock: Times = Times()
    business: Times = Times()

    def of(self, hours: str) -> Times:
        return self.business if hours == "business" else self.clock


@dataclass(frozen=True)
class Figures:
    total: int = 0
    open: int = 0
    on_hold: int = 0
    closed: int = 0
    overdue: int = 0
    spam: int = 0
    by_channel: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Channel.values, 0))
    good: int = 0
    okay: int = 0
    bad: int = 0
    first_response: Spans = Spans()
    response: Spans = Spans()
    resolution: Spans = Spans()
    since: date | None = None

    @property
    def rated(self) -> int:
        return self.good + self.okay + self.bad

    @property
    def satisfaction(self) -> int | None:
        """Good ones of a hundred ratings."""
        return rate(self.good, self.rated)

    @property
    def unanswered(self) -> int:
        """Tickets no agent has answered yet."""
        return max(0, self.total - self.first_response.clock.count)

    def times(self) -> dict[str, Spans]:
        return {"first_response": self.first_response, "response": self.response, "resolution": self.resolution}


NAMES = ", ".join(f"'{name}'" for name in [*TICKETS, *RATINGS, *TIMES, "spam"])
WHOSE = """subject = %(kind)s AND subject_id = ANY(%(ids)s::bigint[])
    AND (%(departments)s::bigint[] IS NULL OR department_id = ANY(%(departments)s::bigint[]))"""
READ = """
SELECT subject_id, measure, bucket, business_bucket, sum(count)::bigint, sum(total)::bigint, sum(business_total)::bigint
FROM madoguchi_tally WHERE {whose} AND {when} GROUP BY 1, 2, 3, 4
"""
FIRST = f"""
UNION ALL SELECT subject_id, 'since', (min(month) - '1970-01-01')::int, 0, 0, 0, 0 FROM (
  SELECT subject_id, day AS month FROM madoguchi_tally WHERE {WHOSE} AND measure = 'month.opened' AND day IS NOT NULL
  GROUP BY 1, 2 HAVING sum(count) > 0) months GROUP BY 1
"""
OF_ALL_TIME = READ.format(whose=WHOSE, when="day IS NULL") + FIRST
OF_DAYS = READ.format(whose=WHOSE, when=f"measure IN ({NAMES}) AND day >= %(since)s::date")
STATES = {State.OPEN.value: "open", State.ON_HOLD.value: "on_hold", State.CLOSED.value: "closed"}
EPOCH = date(1970, 1, 1).toordinal()
Steps = dict[int, tuple[int, int]]  # a step of the log scale → how many fall on it, and their seconds together
VALUES = {"rating.good": "good", "rating.ok": "okay", "rating.bad": "bad", "spam": "spam"}


def read(customer: Contact | Account, departments: Sequence[int] | None, days: int | None = None) -> Figures:
    """The figures over the tickets of these departments, None: of all; of the last `days` days, today included, or all."""
    return read_all(kind_of(customer), [customer.pk], departments, days)[customer.pk]


def read_all(
    kind: str, ids: Sequence[int], departments: Sequence[int] | None, days: int | None = None
) -> dict[int, Figures]:
    """The same of many contacts or accounts at once, by id; all the ids are in the answer."""
    asked: dict[str, Any] = {"kind": kind, "ids": list(ids), **within(departments)}
    if days is None:
        found = fetch(OF_ALL_TIME, asked)
    else:
        found = fetch(OF_DAYS, {**asked, "since": first_day(days)})
    rows: dict[int, list[Any]] = {pk: [] for pk in ids}
    for pk, *row in found:
        rows[pk].append(row)
    return {pk: _made_of(each) for pk, each in rows.items()}


def first_day(days: int) -> date:
    """The first of the last `days` days."""
    return tally.today() - timedelta(days=days - 1)


def first_moment(days: int) -> datetime:
    """When that day began."""
    return datetime.combine(first_day(days), time.min, tally.zone())


def _made_of(rows: list[Any]) -> Figures:
    counts: dict[str, Any] = dict.fromkeys(
        ["total", "open", "on_hold", "closed", "overdue", "spam", "good", "okay", "bad"], 0
    )
    by_channel = dict.fromkeys(Channel.values, 0)
    steps: dict[str, tuple[Steps, Steps]] = {name: ({}, {}) for name in TIMES}
    since: date | None = None
    for measure, bucket, business_bucket, n, total, business_total in rows:
        if measure in steps:
            by_clock, in_business = steps[measure]
            _put(by_clock, bucket, n, total)
            _put(in_business, business_bucket, n, business_total)
        elif measure == "since":
            since = date.fromordinal(bucket + EPOCH)
        elif measure in VALUES:
            counts[VALUES[measure]] += n
        else:
            _tickets, state, channel, *late = measure.split(".")
            counts["total"] += n
            counts[STATES[state]] += n
            counts["overdue"] += n if late else 0
            by_channel[channel] += n
    counts |= {name: Spans(*map(_times, both)) for name, both in steps.items()}
    return Figures(**counts, by_channel=by_channel, since=since)


def _put(steps: Steps, step: int, n: int, total: int) -> None:
    if step >= 0:  # else the row is about the other clock
        old_n, old_total = steps.get(step, (0, 0))
        steps[step] = (old_n + n, old_total + total)


def _times(steps: Steps) -> Times:
    """A value at a rank is the mean of the step that holds the rank; of an even number the median lies between two."""
    held = sorted((step, n, total) for step, (n, total) in steps.items() if n > 0)
    count = sum(n for _step, n, _total in held)
    if not count:
        return Times()
    ranks = ((count + 1) // 2, (count + 2) // 2, (count * 9 + 9) // 10)
    upto = list(accumulate(n for _step, n, _total in held))
    lower, upper, p90 = (held[bisect_left(upto, rank)] for rank in ranks)
    median = (lower[2] / lower[1] + upper[2] / upper[1]) / 2
    return Times(
        count, _round(sum(total for _step, _n, total in held) / count), _round(median), _round(p90[2] / p90[1])
    )


def _round(seconds: float) -> int:
    """To whole seconds, half a one up."""
    return int(seconds + 0.5)
