"""The ASGI application: begins with the hub, ends with its streams closed and the running requests answered."""

import asyncio
import gc
import os
import signal
import threading
from typing import Any

from madoguchi.doors.live.bridge import Bridge, Receive, Send
from madoguchi.doors.live.hub import Hub

PATIENCE_S = 3.0
FLUSH_S = 0.1
COLLECT_AFTER = (20_000, 20, 20)


class Server:
    def __init__(self, wsgi: Any, threads: int) -> None:
        self.bridge = Bridge(wsgi, threads)
        self.hub = Hub(self.bridge.in_thread)
        self.closing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["type"] == "http":
            listener = await self.bridge(scope, receive, send)
            if listener is not None:
                await self.hub.serve(listener, receive, send)

    async def live(self, receive: Receive, send: Send) -> None:
        """The server's own life, from its start to its stop."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                leave_alone_what_is_loaded()
                self.hub.start()
                before_stopping(self.close)
            else:
                self.close()
                assert self.closing is not None
                await self.closing
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def close(self) -> None:
        if self.closing is None:
            self.closing = asyncio.get_running_loop().create_task(self.end())

    async def end(self) -> None:
        await self.hub.stop()
        await self.bridge.finish(PATIENCE_S)
        leave_soon()


def leave_alone_what_is_loaded() -> None:
    """The garbage collector need not walk Django again and again: that took a tenth of each page."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def before_stopping(do: Any) -> None:
    """Call `do` at the signal to stop: Granian says `lifespan.shutdown` only when the last stream has ended by itself.

    Its own handler, which asyncio keeps, is called after ours.
    """
    loop = asyncio.get_running_loop()
    theirs = dict(getattr(loop, "_signal_handlers", {}))

    def stop(number: int) -> None:
        do()
        theirs[number]._run()

    for number in {signal.SIGINT, signal.SIGTERM} & theirs.keys():
        loop.add_signal_handler(number, stop, number)


def leave_soon() -> None:
    """Granian would wait for ever for someone who does not read; all that could be said has been said."""
    last = threading.Timer(FLUSH_S, os._exit, (0,))
    last.daemon = True
    last.start()
