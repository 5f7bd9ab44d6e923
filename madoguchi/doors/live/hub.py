"""One hub in each web process: hears the bell from the database, tells the browsers that listen (SPEC D10).

Everything here runs in the server's event loop, so nothing is locked. Names pass through as they are: what a browser may
not hear of is left out, what it then fetches is asked for again.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from madoguchi.bell import CHANNEL
from madoguchi.doors.live import permission
from madoguchi.doors.live.bridge import Receive, Send
from madoguchi.doors.live.listener import ALL, Listener

PING = b": ping\n\n"
PING_S, LOOK_S, QUIET_S = 15.0, 60.0, 30.0
BACK_OFF_S = (0.3, 10.0)
KEPT = 2000
STUCK_S = 60.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]
log = logging.getLogger("madoguchi.live")


class Hub:
    def __init__(self, in_thread: Callable[..., Awaitable[Any]]) -> None:
        self.in_thread = in_thread
        self.listeners: set[Listener] = set()
        self.said: deque[tuple[int, dict[str, Any], bytes]] = deque(maxlen=KEPT)
        self.complete_since = now_ms()
        self.tasks: list[asyncio.Task[Any]] = []
        self.look_again = asyncio.Event()
        self.stopping = False

    def start(self) -> None:
        self.tasks = [asyncio.create_task(each) for each in (self.hear(), self.ping(), self.look())]

    async def stop(self) -> None:
        """End all streams; their browsers come back to the next server by themselves."""
        self.stopping = True
        for task in self.tasks:
            task.cancel()
        streams = [each.task for each in self.listeners]
        for each in list(self.listeners):
            each.end()
        if streams:
            await asyncio.wait(streams, timeout=1.0)

    # -- from the database

    async def hear(self) -> None:
        """Listen for as long as the process lives; after each gap everybody fetches everything."""
        pause = BACK_OFF_S[0]
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(direct_url(), autocommit=True) as bell:
                    await bell.execute(f"LISTEN {CHANNEL}")
                    self.begin_anew()
                    pause = BACK_OFF_S[0]
                    while True:
                        async for notice in bell.notifies(timeout=QUIET_S):
                            self.take(notice.payload)
                        await bell.execute("SELECT 1")
            except (psycopg.Error, OSError) as error:
                log.warning("The live hub lost its database: %s", error)
            await asyncio.sleep(pause)
            pause = min(BACK_OFF_S[1], pause * 2)

    def begin_anew(self) -> None:
        """What was said before is unknown."""
        self.said.clear()
        self.complete_since = now_ms()
        for each in self.listeners:
            each.tell(ALL)

    def take(self, payload: str) -> None:
        try:
            name = json.loads(payload)
        except ValueError:
            return
        verb = name.get("verb", "") if isinstance(name, dict) else None
        if not isinstance(verb, str):
            return
        if verb.startswith("agent."):
            self.end_streams_of(name.get("agent"))
            return
        if verb.startswith("access."):
            self.look_again.set()
            return
        at = now_ms()
        said = b"id: %d\ndata: %s\n\n" % (at, payload.encode())
        self.said.append((at, name, said))
        for each in self.listeners:
            if each.hears(name):
                each.tell(said)

    def end_streams_of(self, agent: int | None) -> None:
        for each in list(self.listeners):
            if each.agent == agent:
                each.end()

    # -- by the clock

    async def ping(self) -> None:
        while True:
            await asyncio.sleep(PING_S)
            stuck = time.monotonic() - STUCK_S
            for each in list(self.listeners):
                if 0 < each.stuck_since < stuck:
                    each.task.cancel()
                elif not each.waiting:
                    each.tell(PING)

    async def look(self) -> None:
        """Ask again for everybody, every minute and when rights may have changed, in two statements."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.look_again.wait(), LOOK_S)
            self.look_again.clear()
            asked = list(self.listeners)
            try:
                gone = await self.in_thread(permission.withdrawn, asked) if asked else []
            except Exception:  # the database is away: the next look will tell
                log.exception("The permissions of live streams could not be looked at")
                continue
            for each in gone:
                each.end()

    # -- to the browsers

    async def serve(self, listener: Listener, receive: Receive, send: Send) -> None:
        """One stream, until the browser goes, the permission goes, or the server stops."""
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        if self.stopping:
            return await send({"type": "http.response.body", "body": b""})
        listener.tell(b"retry: 2000\n" + self.greeting(listener))
        listener.task = asyncio.current_task()
        self.listeners.add(listener)
        watch = asyncio.ensure_future(until_gone(receive, listener))
        try:
            while said := await listener.next():
                listener.stuck_since = time.monotonic()
                await send({"type": "http.response.body", "body": said, "more_body": True})
                listener.stuck_since = 0.0
            if not watch.done():
                await send({"type": "http.response.body", "body": b""})
        except (asyncio.CancelledError, RuntimeError):  # it did not read (`ping`), or is gone
            pass
        finally:
            watch.cancel()
            self.listeners.discard(listener)

    def greeting(self, listener: Listener) -> bytes:
        """What was said since the page was made or the last stream broke off; `id` for the next time."""
        at = now_ms()
        if not listener.since:
            missed = b""
        elif listener.since < self.complete_since or (len(self.said) == KEPT and listener.since < self.said[0][0]):
            missed = ALL
        else:
            heard = (said for at, name, said in self.said if at >= listener.since and listener.hears(name))
            missed = b"".join(heard)
        return b"id: %d\nevent: hello\ndata: {}\n\n" % at + missed


async def until_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def direct_url() -> str:
    """Past any pooler: DATABASE_DIRECT_URL, else Django's database."""
    if settings.DATABASE_DIRECT_URL:
        return str(settings.DATABASE_DIRECT_URL)
    known = connection.settings_dict
    parts = {"host": known["HOST"], "port": known["PORT"], "user": known["USER"], "password": known["PASSWORD"]}
    options = {name: value for name, value in known["OPTIONS"].items() if name not in ("pool", "prepare_threshold")}
    given = {name: value for name, value in {**parts, "dbname": known["NAME"], **options}.items() if value}
    alive = {"keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3, "connect_timeout": 5}
    return psycopg.conninfo.make_conninfo(**{"application_name": "madoguchi live", **alive, **given})
