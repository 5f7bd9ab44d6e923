"""The business times of tickets, counted afresh from what their rows, entries and history say (`recounting`).

Times by the clock are taken as they are kept: they say when a span began and ended. Only which of several messages waited
how long is looked up in the entries; where that is not told by them (messages of tickets that were merged in, answers of
machines), the waits on a step of the scale are taken to lie in business hours as much as those that are known.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from madoguchi.kit.business_time import BusinessTime
from madoguchi.models import Ticket
from madoguchi.prepared import fetch
from madoguchi.sla.holds import holds
from madoguchi.sla.hours import business_time
from madoguchi.tally import bucket_of, buckets_of

SAID = """
SELECT ticket_id, floor(extract(epoch FROM created_at))::bigint, CASE WHEN direction = 'out' THEN respond_s END
FROM madoguchi_entry WHERE ticket_id = ANY(%s::bigint[]) AND kind = 'thread' AND (direction = 'in' OR respond_s IS NOT NULL)
ORDER BY ticket_id, id
"""
Wait = tuple[int, int]
Buckets = dict[str, list[int]]


@dataclass(frozen=True)
class Times:
    """What is kept in business seconds on a ticket."""

    first_response: int | None
    response: int | None
    on_hold: int | None
    resolution: int | None
    buckets: Buckets

    @classmethod
    def kept(cls, ticket: Ticket) -> "Times":
        return cls(
            ticket.first_response_business_s,
            ticket.response_business_s,
            ticket.on_hold_business_s,
            ticket.resolution_business_s,
            ticket.response_buckets,
        )

    def row(self) -> tuple[Any, ...]:
        return (self.first_response, self.response, self.on_hold, self.resolution, json.dumps(self.buckets))


def times_of(tickets: Sequence[Ticket]) -> dict[int, Times]:
    """By id, in the business time of their departments as it is now."""
    answered = [ticket.pk for ticket in tickets if ticket.response_n]
    said: dict[int, list[tuple[int, int | None]]] = {pk: [] for pk in answered}
    for pk, at, respond_s in fetch(SAID, [answered]) if answered else ():
        said[pk].append((at, respond_s))
    rested = holds([ticket.pk for ticket in tickets if ticket.on_hold_s])
    return {ticket.pk: _times(ticket, said.get(ticket.pk, []), rested.get(ticket.pk, [])) for ticket in tickets}


def _times(ticket: Ticket, said: list[tuple[int, int | None]], rested: list[tuple[datetime, datetime]]) -> Times:
    time = business_time(ticket.department_id)
    buckets = split(ticket.response_buckets, waits(said, time))
    first, resolution = ticket.first_response_s, ticket.resolution_s
    return Times(
        None if first is None else _between(time, ticket.created_at, ticket.created_at + timedelta(seconds=first)),
        sum(figure[2] for figure in buckets.values()) if ticket.response_n else ticket.response_business_s,
        _held(ticket.on_hold_s, rested, time) if ticket.on_hold_s else ticket.on_hold_business_s,
        None if resolution is None or ticket.closed_at is None else _between(time, ticket.created_at, ticket.closed_at),
        buckets,
    )


def _between(time: BusinessTime | None, start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds())) if time is None else time.seconds_between(start, end)


def _held(kept_s: int, rested: list[tuple[datetime, datetime]], time: BusinessTime | None) -> int:
    """As much of what was kept as of the spans that history tells."""
    clock = sum(_between(None, start, end) for start, end in rested)
    return round(kept_s * sum(_between(time, start, end) for start, end in rested) / clock) if clock else kept_s


def waits(said: Sequence[tuple[int, int | None]], time: BusinessTime | None) -> list[Wait]:
    """How long each answered message waited, by the clock and in business time. `said`: when a message came (Unix, s) and None,
    or when an answer was given and how long the first it answered had waited."""
    found: list[Wait] = []
    waiting: list[int] = []
    for at, respond_s in said:
        if respond_s is None:
            waiting.append(at)
            continue
        first = at - respond_s
        for since in [first, *(each for each in waiting if first < each <= at)]:
            found.append((at - since, _between(time, _moment(since), _moment(at))))
        waiting = []
    return found


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def split(kept: Buckets, found: Sequence[Wait]) -> Buckets:
    """What is kept by the clock, by business time too. The number and the seconds of each step of the clock stay the same."""
    by_clock: dict[int, list[int]] = {}
    for key, (n, total, *_business) in kept.items():
        had = by_clock.setdefault(buckets_of(key)[0], [0, 0])
        had[0] += n
        had[1] += total
    by_step: dict[int, list[Wait]] = {}
    for wait in found:
        by_step.setdefault(bucket_of(wait[0]), []).append(wait)
    buckets: Buckets = {}
    for step, (n, total) in by_clock.items():
        known = by_step.get(step, [])
        if len(known) == n and sum(wait for wait, _business in known) == total:
            parts = [(1, *wait) for wait in known]
        else:
            clock, business = map(sum, zip(*(known or found or [(1, 1)]), strict=True))
            parts = [(n, total, round(total * business / clock) if clock else total)]
        for count, seconds, business in parts:
            figure = buckets.setdefault(f"{step}/{bucket_of(business // count)}", [0, 0, 0])
            figure[:] = [had + new for had, new in zip(figure, (count, seconds, business), strict=True)]
    return buckets
