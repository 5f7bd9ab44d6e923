"""A CRM on this machine that speaks as HubSpot does and answers each question after 20 ms, in a process of its own."""

import json
import multiprocessing
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

ANSWER_S = 0.02
STAGES = [("offer", "提案中", "false", "0.5"), ("won", "受注", "true", "1.0"), ("lost", "失注", "true", "0.0")]


class Handler(BaseHTTPRequestHandler):
    """Knows two of three people; their deals are won, open, both or lost, and change with each start."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    turn = 0

    def log_message(self, *_args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if "/associations/" in self.path:
            return self._answer([{"toObjectId": 10 * int(self.path.split("/")[5])}])
        stages = [{"id": i, "label": n, "metadata": {"isClosed": c, "probability": p}} for i, n, c, p in STAGES]
        self._answer([{"stages": stages}])

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/search"):
            return self._answer(list(_people(asked)))
        deals = [(each["id"], STAGES[(int(each["id"]) // 10 + self.turn) % 3]) for each in asked["inputs"]]
        won = {"won": "true"}
        self._answer(
            [
                {"id": pk, "properties": {"dealstage": stage, "hs_is_closed": closed, "hs_is_closed_won": won.get(stage, "false")}}
                for pk, (stage, _name, closed, _chance) in deals
            ]
        )  # fmt: skip

    def _answer(self, results: list[dict[str, Any]]) -> None:
        time.sleep(ANSWER_S)
        body = json.dumps({"results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _people(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for group in asked["filterGroups"]:
        for each in group["filters"]:
            for email in each.get("values", []) if each["propertyName"] == "email" else []:
                n = 1 + sum(map(int, re.findall(r"\d+", email)))
                if n % 3:
                    yield {"id": str(n), "properties": {"email": email, "lifecyclestage": "customer"}}


def _serve(port: int, turn: int) -> None:
    Handler.turn = turn
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


@contextmanager
def serving(url: str, turn: int) -> Iterator[None]:
    """At this address of this machine. `turn`: another one gives people other classes."""
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(urlsplit(url).port, turn), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()
