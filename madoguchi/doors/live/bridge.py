"""ASGI in front, Django's WSGI application behind: ordinary requests run in a fixed pool of threads.

So database connections last and a request costs little more than under a WSGI server, while a live stream
(`listener`, put on the response by the page `live`) needs no thread. Bodies are spooled to disk before a thread is taken:
a slow sender holds none. A streamed answer is read ahead of the client by one piece only, in whichever thread is free.
"""

import asyncio
import contextlib
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote_to_bytes

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

IN_MEMORY = 2**20
MOST_BODY = 250 * 2**20
PIECE = 256 * 1024
STUCK_S = 120
BODILESS = {204, 304}
log = logging.getLogger("madoguchi.bridge")


class Answer(NamedTuple):
    """What a thread brings back: a whole body, or its first piece and what is left to read, or a listener."""

    status: int
    headers: Headers
    body: bytes
    rest: Iterator[bytes] | None = None
    close: Callable[[], None] | None = None
    listener: Any = None


class Bridge:
    def __init__(self, wsgi: Callable[..., Iterable[bytes]], threads: int) -> None:
        self.wsgi = wsgi
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self.running: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> Any:
        """Answer one request. Returns the listener where the answer is a live stream: nothing is sent then."""
        task = asyncio.current_task()
        assert task is not None
        self.running.add(task)
        try:
            return await self.answer(scope, receive, send)
        finally:
            self.running.discard(task)

    async def answer(self, scope: Any, receive: Receive, send: Send) -> Any:
        with contextlib.ExitStack() as stack:
            body: BinaryIO | None = None
            length = 0
            if has_body(scope):
                body = stack.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))  # type: ignore[assignment]
                assert body is not None
                taken = await self.take_in(scope, receive, body)
                if taken is None:
                    return None
                if taken > MOST_BODY:
                    return await refuse(send, 413)
                length = taken
            answer = await self.in_thread(self.ask, environ(scope, body, length))
        if answer.listener is not None:
            return answer.listener
        return await self.tell(answer, receive, send)

    async def in_thread(self, do: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.pool, do, *args)

    async def take_in(self, scope: Any, receive: Receive, body: BinaryIO) -> int | None:
        """The length of the whole body, now in `body`; more than MOST_BODY where it is too long, None if the sender went."""
        length, more = announced(scope), True
        if length > MOST_BODY:
            return length
        length = 0
        while more and length <= MOST_BODY:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            if part := message.get("body"):
                length += len(part)
                body.write(part)
            more = message.get("more_body", False)
        body.seek(0)
        return length

    def ask(self, env: dict[str, Any]) -> Answer:
        """In a thread: Django's answer."""
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
            started[:] = [
                int(status[:3]), [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]
            ]  # fmt: skip
            return lambda data: None

        found: Any = self.wsgi(env, start)
        status, headers = started
        listener = getattr(found, "listener", None)
        if listener is None and getattr(found, "streaming", False):
            pieces = iter(found)
            first = b"" if env["REQUEST_METHOD"] == "HEAD" else some(pieces)
            if len(first) >= PIECE:
                return Answer(status, headers, first, pieces, found.close)
            found.close()
            return Answer(status, headers, first)
        try:
            whole = b"" if status in BODILESS else b"".join(found)
        finally:
            found.close()
        return Answer(status, headers, whole, listener=listener)

    async def tell(self, answer: Answer, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        if answer.rest is None:
            await send(start)
            await send({"type": "http.response.body", "body": answer.body})
            return
        gone = asyncio.ensure_future(until_gone(receive))
        try:
            await send(start)
            piece = answer.body
            while piece:
                sent = asyncio.ensure_future(said(send, piece))
                await asyncio.wait({sent, gone}, return_when=asyncio.FIRST_COMPLETED, timeout=STUCK_S)
                if not sent.done() or gone.done():
                    sent.cancel()
                    return
                sent.result()
                piece = await self.in_thread(some, answer.rest)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            assert answer.close is not None
            await self.in_thread(answer.close)

    async def finish(self, patience_s: float) -> None:
        """Let what is running come to its end, for so long."""
        if self.running:
            await asyncio.wait(set(self.running), timeout=patience_s)
        for task in self.running:
            task.cancel()
        self.pool.shutdown(wait=False, cancel_futures=True)


def some(pieces: Iterator[bytes]) -> bytes:
    """The next PIECE bytes or so; nothing at the end."""
    found, length = [], 0
    for piece in pieces:
        found.append(piece)
        length += len(piece)
        if length >= PIECE:
            break
    return b"".join(found)


async def until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def said(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})


async def refuse(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def has_body(scope: Any) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _value in scope["headers"]) or (
        scope["http_version"].startswith("2") and scope["method"] not in ("GET", "HEAD")
    )


def announced(scope: Any) -> int:
    """The Content-Length, 0 where there is none."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


@lru_cache(512)
def header_key(name: bytes) -> str:
    return "HTTP_" + name.decode("latin1").upper().replace("-", "_")


def environ(scope: Any, body: BinaryIO | None, length: int) -> dict[str, Any]:
    """PEP 3333. Header names with an underscore are dropped: they would pass for those with a hyphen."""
    raw = scope.get("raw_path")
    path = unquote_to_bytes(raw.partition(b"?")[0]) if raw else scope["path"].encode()
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("127.0.0.1", 0)
    env: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin1"),
        "QUERY_STRING": scope["query_string"].decode("latin1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": "HTTP/" + scope["http_version"],
        "REMOTE_ADDR": client[0],
        "CONTENT_LENGTH": str(length) if body else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body or BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" in name or name == b"content-length":
            continue
        key = "CONTENT_TYPE" if name == b"content-type" else header_key(name)
        text = value.decode("latin1")
        env[key] = f"{env[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}" if key in env else text
    return env
