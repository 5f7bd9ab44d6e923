"""The tally of the loaded tickets, on each processor a share of the contacts and accounts."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction

from madoguchi import tally


def count_all(processes: int, tickets: int) -> None:
    parts = tickets // 100_000 + 1

    def part(n: int) -> None:
        try:
            with transaction.atomic():
                tally.fill(n, parts)
        finally:
            connection.close()

    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(part, range(parts)))
    tally.mark_folded()
