"""Browsers that listen (GET /live): how fast they connect, how soon all of them hear of a change, what they weigh."""

import resource
import selectors
import socket
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.db import transaction

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.management.bench.cost import memory_mb
from madoguchi.management.bench.signing_in import SignedIn
from madoguchi.management.bench.statistics import percentile
from madoguchi.models import Agent, Ticket
from madoguchi.models.organisation import State

AT_ONCE = 50
PATIENCE_S = 10.0


class Deaf(Exception):
    """A client that did not connect, or did not hear."""


class Crowd:
    def __init__(self, url: str, agents: Sequence[SignedIn], n: int) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.agents, self.wanted = agents, n
        self.selector = selectors.DefaultSelector()
        self.sockets: list[socket.socket] = []
        self.connected: list[float] = []

    def __enter__(self) -> "Crowd":
        low, high = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(high, max(low, self.wanted + 200)), high))
        for start in range(0, self.wanted, AT_ONCE):
            self.join(range(start, min(self.wanted, start + AT_ONCE)))
        return self

    def __exit__(self, *rest: object) -> None:
        for each in self.sockets:
            each.close()
        self.selector.close()

    def join(self, some: range) -> None:
        """Connect some at once and wait for the first words of each."""
        since: dict[int, float] = {}
        for n in some:
            there = socket.create_connection(self.address, timeout=PATIENCE_S)
            since[there.fileno()] = time.perf_counter()
            headers = f"{self.agents[n % len(self.agents)].headers}Accept: text/event-stream\r\n"
            there.sendall(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode())
            there.setblocking(False)
            self.sockets.append(there)
            self.selector.register(there, selectors.EVENT_READ)
        heard = self.listen(b"data:", set(since))
        self.connected += [heard[fd] - since[fd] for fd in since]

    def listen(self, word: bytes, waiting: set[int]) -> dict[int, float]:
        """When each of these sockets got `word`. Raises Deaf."""
        at: dict[int, float] = {}
        got: dict[int, bytes] = {}
        end = time.perf_counter() + PATIENCE_S
        while waiting:
            ready = self.selector.select(max(0.0, end - time.perf_counter()))
            now = time.perf_counter()
            for key, _events in ready:
                there, fd = key.fileobj, key.fd
                assert isinstance(there, socket.socket)
                said = there.recv(65536)
                if not said:
                    raise Deaf(f"the server ended a stream: {got.get(fd, b'')[:200]!r}")
                got[fd] = got.get(fd, b"") + said
                if fd in waiting and word in got[fd]:
                    at[fd] = now
                    waiting.discard(fd)
            if now > end:
                raise Deaf(f"{len(waiting)} clients heard nothing for {PATIENCE_S:.0f} s")
        return at

    def hear(self, ticket: Ticket, by: Actor) -> list[float]:
        """A comment on the ticket; how long after the commit began each client heard of it."""
        everybody = {each.fileno() for each in self.sockets}
        with transaction.atomic():
            tickets.comment(ticket, "確認しました。", by=by)
            committed = time.perf_counter()
        heard = self.listen(f'"number":{ticket.number}'.encode(), everybody)
        return [at - committed for at in heard.values()]


def live(url: str, web: int, agents: Sequence[SignedIn], n: int, changes: int = 20) -> dict[str, float]:
    """Times in ms: of each client from connect to its first words; of each client from the commit to the news."""
    agent = Agent.objects.get(pk=agents[0].agent)
    open_ones = Ticket.objects.filter(Ticket.LIVE, department__in=agent.own_department_ids, state=State.OPEN)
    before, times = memory_mb(web), []
    with Crowd(url, agents, n) as crowd:
        for ticket in open_ones.order_by("-pk")[:changes]:
            times += crowd.hear(ticket, Actor(agent=agent, door="page"))
            time.sleep(0.05)
        after = memory_mb(web)
    connect, fan_out = ([t * 1000 for t in each] for each in (crowd.connected, times))
    return {
        "clients": n,
        "changes": changes,
        "connect_p50": round(percentile(connect, 0.5), 1),
        "connect_p95": round(percentile(connect, 0.95), 1),
        "fan_out_p50": round(percentile(fan_out, 0.5), 1),
        "fan_out_p95": round(percentile(fan_out, 0.95), 1),
        "fan_out_max": round(max(fan_out, default=0.0), 1),
        "before_mb": before,
        "after_mb": after,
        "more_mb": round(after - before, 1),
    }
