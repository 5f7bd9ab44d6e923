"""All figures of one customer in one statement, of all time or of the last days (SPEC I3–I9)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
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
# Counts as they are; of times, for either clock, the sum and the values at three ranks: two in the middle, one at 90 %.
# A value is the mean of the step that holds the rank.
READ = """
WITH found AS MATERIALIZED (
  SELECT subject_id, measure, bucket, business_bucket, sum(count) AS n, sum(total) AS s, sum(business_total) AS b
  FROM madoguchi_tally WHERE {whose} AND {when} GROUP BY 1, 2, 3, 4
), steps AS (
  SELECT subject_id, measure, 'clock' AS hours, bucket AS step, sum(n) AS n, sum(s) AS s
    FROM found WHERE bucket >= 0 GROUP BY 1, 2, 4
  UNION ALL SELECT subject_id, measure, 'business', business_bucket, sum(n), sum(b)
    FROM found WHERE business_bucket >= 0 GROUP BY 1, 2, 4
), ranked AS (
  SELECT *, sum(n) OVER (each ORDER BY step) AS upto, sum(n) OVER each AS all_n
  FROM steps WHERE n > 0 WINDOW each AS (PARTITION BY subject_id, measure, hours)
)
SELECT subject_id, measure, NULL AS hours, n::bigint, NULL::bigint AS s, NULL::float8 AS lower, NULL::float8 AS upper, NULL::float8 AS p90
  FROM found WHERE bucket = -1 AND business_bucket = -1 AND n <> 0
UNION ALL
SELECT subject_id, measure, hours, all_n::bigint, sum(s)::bigint,
  (max(s / n) FILTER (WHERE upto - n < div(all_n + 1, 2) AND upto >= div(all_n + 1, 2)))::float8,
  (max(s / n) FILTER (WHERE upto - n < div(all_n + 2, 2) AND upto >= div(all_n + 2, 2)))::float8,
  (max(s / n) FILTER (WHERE upto - n < ceil(all_n * 0.9) AND upto >= ceil(all_n * 0.9)))::float8
  FROM ranked GROUP BY subject_id, measure, hours, all_n
"""
FIRST = """
UNION ALL SELECT subject_id, 'since', min(month)::text, 1, NULL, NULL, NULL, NULL FROM (
  SELECT subject_id, day AS month FROM madoguchi_tally WHERE {whose} AND measure = 'month.opened' AND day IS NOT NULL
  GROUP BY 1, 2 HAVING sum(count) > 0) months GROUP BY 1
"""
OF_ALL_TIME = (READ + FIRST).format(whose=WHOSE, when="day IS NULL")
OF_DAYS = READ.format(whose=WHOSE, when=f"measure IN ({NAMES}) AND day >= %(since)s::date")
STATES = {State.OPEN.value: "open", State.ON_HOLD.value: "on_hold", State.CLOSED.value: "closed"}
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
    times: dict[str, dict[str, Times]] = {name: {} for name in TIMES}
    since: date | None = None
    for measure, hours, n, total, lower, upper, p90 in rows:
        if measure == "since":
            since = date.fromisoformat(hours) if hours else None
        elif hours is not None:
            times[measure][hours] = Times(n, _round(total / n), _round((lower + upper) / 2), _round(p90))
        elif measure in VALUES:
            counts[VALUES[measure]] += n
        else:
            _tickets, state, channel, *late = measure.split(".")
            counts["total"] += n
            counts[STATES[state]] += n
            counts["overdue"] += n if late else 0
            by_channel[channel] += n
    counts |= {name: Spans(**found) for name, found in times.items()}
    return Figures(**counts, by_channel=by_channel, since=since)


def _round(seconds: float) -> int:
    """To whole seconds, half a one up."""
    return int(seconds + 0.5)
