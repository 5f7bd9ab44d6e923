"""What the servers have in common: routes, what was asked, and how to misbehave."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """Parameters of the body and of the address."""
        kind = self.headers.get("content-type", "")
        sent = parse_qs(self.body.decode()) if kind.startswith("application/x-www-form-urlencoded") else {}
        return {**self.query, **{name: values[0] for name, values in sent.items()}}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def told(data: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(data).encode(), {"Content-Type": "application/json;charset=UTF-8"})


@dataclass
class Mischief:
    """What to do to the next `times` requests under `path` instead of answering.

    `before_s`: wait, then answer. `drip`: so many bytes, one a tenth of a second. `endless`: bytes till the other side hangs up.
    """

    path: str
    answer: Answer | None = None
    before_s: float = 0.0
    drip: int = 0
    endless: bool = False
    hang_up: bool = False
    raw: bytes = b""
    times: int = 10**6


class Server:
    """One CRM. `asked` is what it was asked, in order."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.mischief: list[Mischief] = []
        self.lock = threading.RLock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_it(self) -> None:
                server.serve(self)

            do_GET = do_POST = handle_it

            def log_message(self, *args: Any) -> None:
                pass

        class Threads(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *args: Any) -> None:  # the other side hung up
                pass

        self._http = Threads(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def misbehave(self, path: str, **how: Any) -> None:
        self.mischief.append(Mischief(path, **how))

    def behave(self) -> None:
        self.mischief.clear()

    def paths(self) -> list[str]:
        return [each.path for each in self.asked]

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, parts.path, query, headers, body)
        with self.lock:
            self.asked.append(asked)
            trick = self._next_trick(parts.path)
        if trick and self._play(trick, handler):
            return
        with self.lock:
            answer = trick.answer if trick and trick.answer else self.answer(asked)
        _send(handler, answer)

    def _next_trick(self, path: str) -> Mischief | None:
        for trick in self.mischief:
            if path.startswith(trick.path) and trick.times > 0:
                trick.times -= 1
                return trick
        return None

    def _play(self, trick: Mischief, handler: BaseHTTPRequestHandler) -> bool:
        """Whether that was all."""
        time.sleep(trick.before_s)
        handler.close_connection = True
        if trick.hang_up:
            return True
        if trick.raw:
            handler.wfile.write(trick.raw)
            return True
        if trick.drip or trick.endless:
            length = f"Content-Length: {trick.drip}\r\n" if trick.drip else ""
            handler.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}\r\n".encode())
            for _ in range(trick.drip):
                handler.wfile.write(b" ")
                time.sleep(0.1)
            while trick.endless:
                handler.wfile.write(b"[" * 65536)
            return True
        handler.close_connection = False
        return False


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    if answer.status != 204:
        handler.send_header("Content-Length", str(len(answer.body)))
    handler.end_headers()
    handler.wfile.write(answer.body)


@contextmanager
def running(make: Callable[[], Any]) -> Iterator[Any]:
    server = make()
    try:
        yield server
    finally:
        server.stop()
