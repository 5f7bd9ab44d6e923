"""Requests sent over some connections for some seconds, from a process of their own."""

import multiprocessing
import threading
import time
from collections.abc import Sequence
from typing import Any

from django.db import connections

from madoguchi.management.bench.http import Connection, Request, Wrong
from madoguchi.management.bench.statistics import Summary, summary

WARM_UP = 0.25  # of the time, before it is measured
FEWEST = 1  # of each connection, however long they take


def drive(url: str, requests: Sequence[Request], *, clients: int, seconds: float, once: bool = False) -> Summary:
    """Each connection sends its own stretch of `requests`, in turns, or `once`. Raises Wrong."""
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    inbox, outbox = fork.Pipe(duplex=False)
    process = fork.Process(target=work, args=(outbox, url, requests, clients, seconds, once), daemon=True)
    process.start()
    outbox.close()
    try:
        times, took, sent, wrong = inbox.recv()
    except EOFError:
        raise Wrong("the load generator died") from None
    finally:
        process.join()
    if wrong:
        raise Wrong(wrong[0])
    return summary(times, took, sent)


def work(outbox: Any, url: str, requests: Sequence[Request], clients: int, seconds: float, once: bool) -> None:
    times: list[list[float]] = [[] for _client in range(clients)]
    wrong: list[str] = []
    sent = [0] * clients
    clock = Clock(seconds)
    threads = [
        threading.Thread(target=one, args=(url, requests[n::clients] or requests, clock, times[n], sent, n, wrong, once))
        for n in range(clients)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - clock.warm
    outbox.send(([t for each in times for t in each], took, sum(sent), wrong))
    outbox.close()


class Clock:
    def __init__(self, seconds: float) -> None:
        self.warm = time.perf_counter() + seconds * WARM_UP
        self.end = self.warm + seconds


def one(
    url: str,
    requests: Sequence[Request],
    clock: Clock,
    times: list[float],
    sent: list[int],
    own: int,
    wrong: list[str],
    once: bool,
) -> None:
    """`once`: each request is sent no more than once. The times of the warm-up are not kept."""
    connection, now, n = Connection(url), time.perf_counter(), 0
    try:
        while (now < clock.end or len(times) < FEWEST) and not (once and n >= len(requests)):
            started = now
            connection.ask(requests[n % len(requests)])
            now, n = time.perf_counter(), n + 1
            if started >= clock.warm:
                times.append(now - started)
    except (Wrong, OSError) as error:
        wrong.append(str(error))
    finally:
        sent[own] = n
        connection.close()
