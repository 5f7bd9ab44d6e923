"""Tickets with made-up times, written straight into the table, and their figures counted in the plainest way."""

import math
import random
from datetime import UTC, datetime, timedelta
from statistics import median

from django.utils import timezone

from madoguchi import tally
from madoguchi.models import Status, Ticket
from madoguchi.models.ticket import Channel
from tests.cast import Cast


def tickets(cast: Cast, n: int, seed: int = 1, **same: object) -> list[Ticket]:
    """All sorts, spread over the last 100 days, hour by hour: late, spam, in the bin, rated, with and without business times."""
    chance = random.Random(seed)
    statuses = list(Status.objects.all())
    return Ticket.objects.bulk_create(_one(cast, chance, statuses, same) for _n in range(n))


def _one(cast: Cast, chance: random.Random, statuses: list[Status], same: dict[str, object]) -> Ticket:
    created = timezone.now() - timedelta(hours=chance.randrange(2400), seconds=chance.randrange(3600))
    status = chance.choice(statuses)
    knows_hours = chance.random() < 0.7
    first = chance.choice([None, chance.randrange(3), int(math.exp(chance.uniform(0, 14)))])
    buckets: dict[str, list[int]] = {}
    for _wait in range(chance.randrange(4)):
        wait = int(math.exp(chance.uniform(0, 14)))
        business = chance.randrange(wait + 1)
        key = f"{tally.bucket_of(wait)}/{tally.bucket_of(business)}" if knows_hours else str(tally.bucket_of(wait))
        added = [1, wait, business] if knows_hours else [1, wait]
        had = buckets.setdefault(key, [0] * len(added))
        buckets[key] = [a + b for a, b in zip(had, added, strict=True)]
    took = chance.randrange(1, 10_000_000) if status.state == "Closed" else None
    values = {
        "subject": "作り物",
        "department": chance.choice([cast.support, cast.billing]),
        "contact": chance.choice([cast.yamada, cast.takahashi]),
        "account": chance.choice([cast.midori, None]),
        "status": status,
        "state": status.state,
        "channel": chance.choice(Channel.values),
        "created_at": created,
        "closed_at": created + timedelta(seconds=took) if took else None,
        "is_overdue": chance.random() < 0.3,
        "first_response_s": first,
        "first_response_business_s": chance.randrange(first + 1) if first is not None and knows_hours else None,
        "response_buckets": buckets,
        "resolution_s": took,
        "resolution_business_s": chance.randrange(took + 1) if took and knows_hours else None,
        "ratings": [
            [
                tally.day_of(created + timedelta(days=chance.randrange(5))).isoformat(),
                chance.choice(["good", "ok", "bad"]),
            ]
            for _rating in range(chance.choice([0, 0, 1, 3]))
        ],
        "is_spam": chance.random() < 0.1,
        "trashed_at": created if chance.random() < 0.1 else None,
    }
    return Ticket(**{**values, **same})


def middle(values: list[int]) -> float | None:
    return median(values) if values else None


def ninetieth(values: list[int]) -> int | None:
    """By nearest rank."""
    return sorted(values)[math.ceil(len(values) * 0.9) - 1] if values else None


LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
