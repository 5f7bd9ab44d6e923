"""A WSGI application that says what reached it, behind the real bridge: served by the tests with Granian."""

import hashlib
import time
from collections.abc import Iterator
from typing import Any

from madoguchi.doors.live.bridge import Bridge

BIG = 60_000_000
LONGEST_STOP_S = 4.0  # the server's own force comes after five
closed: list[int] = []
begun: list[str] = []


class Answer(list[bytes]):
    def close(self) -> None:
        pass


class Stream:
    streaming = True

    def __init__(self) -> None:
        self.told = 0

    def __iter__(self) -> Iterator[bytes]:
        while self.told < BIG:
            self.told += 4096
            yield b"x" * 4096

    def close(self) -> None:
        closed.append(self.told)


def wsgi(env: dict[str, Any], start: Any) -> Any:
    path = env["PATH_INFO"]
    if path == "/upload":
        digest = hashlib.sha256(env["wsgi.input"].read()).hexdigest()
        start("200 OK", [])
        return Answer([f"{env['CONTENT_LENGTH']} {digest}".encode()])
    if path == "/download":
        start("200 OK", [("Content-Type", "application/octet-stream")])
        return Stream()
    if path == "/closed":
        start("200 OK", [])
        return Answer([repr(closed).encode()])
    if path == "/begun":
        start("200 OK", [])
        return Answer([str(len(begun)).encode()])
    if path == "/unchanged":
        start("304 Not Modified", [("ETag", '"x"')])
        return Answer([b"never sent"])
    if path == "/slow":
        begun.append(path)
        start("200 OK", [])
        time.sleep(1.0)
        return Answer([b"done"])
    start("200 OK", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Content-Type", "text/plain")])
    told = {key: value for key, value in env.items() if key.startswith(("HTTP_", "PATH", "QUERY"))}
    return Answer([repr(told).encode()])


bridge = Bridge(wsgi, 2)


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await bridge(scope, receive, send)
        return
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await bridge.finish(LONGEST_STOP_S)
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
