"""A CRM of our own over real HTTP, and the small connector that asks it: what every other connector has to do, in 40 lines."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from madoguchi.organisation import crm
from madoguchi.reactions.crm import kinds
from madoguchi.reactions.crm.connector import Deal, Down, Misunderstood, Record, Unauthorised
from madoguchi.reactions.crm.line import Line
from madoguchi.reactions.crm.looking_up import LookingUp
from madoguchi.reactions.crm.matching import keys


@dataclass
class Server:
    """`people`: address → answer. `fault` is answered instead: (status, headers, body), or "hang". `asked`: each question."""

    url: str = ""
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    fault: Any = None
    delay_s: float = 0.0
    asked: list[tuple[float, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    heard: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    before_answer: Callable[[str], object] = lambda _email: None
    lock: Any = field(default_factory=threading.Lock)

    def knows(self, email: str, *deals: str, module: str = "contacts", record: str = "700") -> None:
        """`deals`: categories, each of 1,000 yen."""
        found = [{"category": category, "stage": "提案", "amount": "1000", "currency": "JPY"} for category in deals]
        self.people[email] = {"module": module, "id": record, "deals": found}

    @property
    def emails(self) -> list[str]:
        return [email for _at, email in self.asked]


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_args: Any) -> None:
            pass

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            email = asked.get("email", [""])[0]
            with server.lock:
                server.asked.append((time.monotonic(), email))
                server.at_once += 1
                server.most_at_once = max(server.most_at_once, server.at_once)
            server.heard.set()
            try:
                server.before_answer(email)
                time.sleep(server.delay_s)
                fault = server.fault(email) if callable(server.fault) else server.fault
                if fault == "hang":
                    server.released.wait(30)
                    fault = (503, {}, b"")
                found = [server.people[e] for e in asked.get("email", []) if e in server.people]
                self.answer(*(fault or (200, {}, json.dumps({"found": found[0] if found else None}).encode())))
            finally:
                with server.lock:
                    server.at_once -= 1

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


class Asking:
    """The connector."""

    def __init__(self, line: Line, timeout_s: float = 5.0) -> None:
        self.line = line
        self.client = httpx2.Client(timeout=timeout_s, trust_env=False)

    def find(self, emails: Sequence[str], phones: Sequence[str]) -> Record | None:
        self.line.turn()
        query = urlencode([("email", each) for each in sorted(keys(emails, phones).addresses)])
        try:
            response = self.client.get(f"{self.line.settings['url']}/find?{query}")
        except httpx2.HTTPError as error:
            raise Down(type(error).__name__) from None
        if response.status_code == 401:
            raise Unauthorised("token revoked", status=401)
        if response.status_code == 429 or response.status_code >= 500:
            after = response.headers.get("Retry-After")
            raise Down("left alone", status=response.status_code, retry_after_s=float(after) if after else None)
        try:
            found = response.json()["found"]
            deals = [
                Deal(d["category"], d["stage"], Decimal(d["amount"]), d["currency"])
                for d in (found or {}).get("deals", [])
            ]
            return Record(found["module"], found["id"], tuple(deals)) if found else None
        except (ValueError, KeyError, TypeError) as error:
            raise Misunderstood(f"no answer we know: {type(error).__name__}", status=response.status_code) from None

    def test(self) -> str:
        return "テスト CRM"

    def close(self) -> None:
        self.client.close()


@contextmanager
def serving(monkeypatch: Any, *, timeout_s: float = 5.0, per_minute: int = 6000) -> Iterator[Server]:
    """The server, and the connector under the kind "zoho" in this process."""
    server = Server()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    httpd.daemon_threads = True
    server.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    monkeypatch.setitem(kinds.KINDS, "zoho", kinds.Kind(lambda line: Asking(line, timeout_s), per_minute))
    monkeypatch.setattr(crm, "SPREAD_A_MINUTE", 10**9)  # a great number at once
    try:
        yield server
    finally:
        server.released.set()
        httpd.shutdown()
        httpd.server_close()


def look_up() -> None:
    """What the worker does four times a second, until nothing is left to do now."""
    looking_up = LookingUp()
    try:
        looking_up.run_all()
    finally:
        looking_up.close()
