"""What one ticket contributes to the figures of its contact and account (SPEC I3–I10; the glossary has the definitions).

    tickets.<state>.<channel>[.late]   one a ticket; late: not resolved by its due date
    spam                               one a ticket, and nothing else of it
    first_response, response           by the day the ticket was opened
    resolution                         by the day it was closed
    rating.<value>                     by the day of the rating
    month.<what>                       opened, closed, first_response, good, ok, bad: for the trend, by month (its first day)

All but the last count for all time (day null) and by day. `counting` says the same in SQL; tests compare.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from madoguchi.models import Tally, Ticket
from madoguchi.tally.days import day_of, month_of
from madoguchi.tally.steps import bucket_of

# subject, its id, department, measure, day, bucket, business bucket
Key = tuple[str, int, int, str, date | None, int, int]
# count, seconds by the clock, in business hours
Sum = tuple[int, int, int]
Figures = dict[Key, Sum]
Measure = tuple[str, date | None, int, int, int, int, int]

NIL = (0, 0, 0)


def measures(ticket: Ticket) -> Iterator[Measure]:
    """Yield (measure, day, bucket, business bucket, count, seconds, business seconds); a key may come more than once."""
    if ticket.trashed_at is not None:
        return
    created = day_of(ticket.created_at)
    if ticket.is_spam:
        yield from _counted("spam", created)
        return
    yield from _counted(f"tickets.{ticket.state}.{ticket.channel}{'.late' if ticket.is_overdue else ''}", created)
    yield "month.opened", month_of(created), -1, -1, 1, 0, 0
    if (took := ticket.first_response_s) is not None:
        business = took if ticket.first_response_business_s is None else ticket.first_response_business_s
        yield from _timed("first_response", created, bucket_of(took), bucket_of(business), 1, took, business)
        yield "month.first_response", month_of(created), -1, -1, 1, took, business
    for key, figure in ticket.response_buckets.items():
        yield from _timed("response", created, *buckets_of(key), figure[0], figure[1], figure[-1])
    if ticket.closed_at is not None:
        closed = day_of(ticket.closed_at)
        yield "month.closed", month_of(closed), -1, -1, 1, 0, 0
        if (took := ticket.resolution_s) is not None:
            business = took if ticket.resolution_business_s is None else ticket.resolution_business_s
            yield from _timed("resolution", closed, bucket_of(took), bucket_of(business), 1, took, business)
    for day, value in ticket.ratings:
        rated = date.fromisoformat(day)
        yield from _counted(f"rating.{value}", rated)
        yield f"month.{value}", month_of(rated), -1, -1, 1, 0, 0


def _counted(measure: str, day: date) -> Iterator[Measure]:
    yield measure, None, -1, -1, 1, 0, 0
    yield measure, day, -1, -1, 1, 0, 0


def _timed(
    measure: str, day: date, bucket: int, business_bucket: int, count: int, total: int, business: int
) -> Iterator[Measure]:
    yield measure, None, bucket, business_bucket, count, total, business
    yield measure, day, bucket, business_bucket, count, total, business


def buckets_of(key: str) -> tuple[int, int]:
    """The two steps of a key of `Ticket.response_buckets`: "clock/business", of old only the clock's."""
    clock, _slash, business = key.partition("/")
    return int(clock), int(business or clock)


def contribution(ticket: Ticket) -> Figures:
    """All a ticket adds to the figures, by key."""
    subjects = [(Tally.Subject.CONTACT.value, ticket.contact_id)]
    if ticket.account_id:
        subjects.append((Tally.Subject.ACCOUNT.value, ticket.account_id))
    department = ticket.department_id
    figures: Figures = {}
    for measure, day, bucket, business_bucket, count, total, business in measures(ticket):
        for subject, subject_id in subjects:
            key = (subject, subject_id, department, measure, day, bucket, business_bucket)
            if (had := figures.get(key)) is None:
                figures[key] = (count, total, business)
            else:
                figures[key] = (had[0] + count, had[1] + total, had[2] + business)
    return figures


def halved(figures: Mapping[Key, Sum] | Iterable[tuple[Key, Sum]]) -> Figures:
    """The same figures in the one form they all can be brought to, without those that are nil.

    A row on two different steps says two things, how long by the clock and how long in business hours. Folding takes it
    apart (`folding`), so that an account has at most a hundred rows for each of the two, not one for each pair.
    """
    found: dict[Key, list[int]] = {}
    for key, (count, total, business) in figures.items() if isinstance(figures, Mapping) else figures:
        clock_step, business_step = key[5:]
        if clock_step == business_step or -1 in (clock_step, business_step):
            parts = [(key, (count, total, business))]
        else:
            parts = [((*key[:6], -1), (count, total, 0)), ((*key[:5], -1, business_step), (count, 0, business))]
        for part, sums in parts:
            had = found.setdefault(part, [0, 0, 0])
            for n, value in enumerate(sums):
                had[n] += value
    return {key: (had[0], had[1], had[2]) for key, had in found.items() if any(had)}
