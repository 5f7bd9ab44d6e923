"""What the figures cost a recorded change: the same changes with and without them, in turns. On a loaded desk:

    DATABASE_URL=… .venv/bin/python -m madoguchi.management.bench.changing [rounds]

A change here closes a ticket or opens it again, which moves more figures than any other; all is rolled back.
"""

import sys
import time
from statistics import median
from unittest.mock import patch

import django
from django.db import transaction


def measure(rounds: int) -> tuple[float, float]:
    """Median of a change in ms, with the figures and without."""
    from madoguchi import tickets
    from madoguchi.actor import Actor
    from madoguchi.models import Ticket

    by = Actor.desk()
    rows = list(Ticket.objects.live().filter(state="Open").with_people().order_by("-pk")[:rounds])
    times: dict[bool, list[float]] = {True: [], False: []}

    def change(ticket: Ticket, is_counted: bool) -> None:
        for verb in (tickets.close, tickets.reopen):
            started = time.perf_counter()
            with transaction.atomic():
                verb(ticket, by=by)
            times[is_counted].append((time.perf_counter() - started) * 1000)

    for n, ticket in enumerate(rows):
        for is_counted in (True, False) if n % 2 else (False, True):
            with transaction.atomic():
                if is_counted:
                    change(ticket, True)
                else:
                    with patch("madoguchi.tally.contribution", lambda _ticket: {}):
                        change(ticket, False)
                transaction.set_rollback(True)
            ticket.refresh_from_db()
    return median(times[True]), median(times[False])


if __name__ == "__main__":
    django.setup()
    counted, uncounted = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    print(f"{counted:.2f} ms with figures, {uncounted:.2f} ms without: {counted / uncounted:.2f} times")
