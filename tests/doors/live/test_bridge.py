"""The bridge under the real server: bodies both ways, people who go away, headers, a stop in time."""

import hashlib
import http.client
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from ast import literal_eval
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk.run import web
from desk.testing import child_environment, free_port, start, stop_process
from tests.doors.live.wsgi_app import BIG, LONGEST_STOP_S


class Served:
    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.port, self.process = port, process

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, {k.replace("__", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read()

    def raw(self, text: str) -> socket.socket:
        opened = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        opened.sendall(text.encode())
        return opened

    def memory_mb(self) -> float:
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        return max(_rss_kb(int(pid)) for pid in children) / 1024


def _rss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@pytest.fixture
def served() -> Iterator[Served]:
    port = free_port()
    command = [word.replace("config.asgi", "tests.doors.live.wsgi_app") for word in web("127.0.0.1", port)]
    process = start(command, child_environment({}))
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
            break
        except OSError:
            time.sleep(0.05)
    yield Served(port, process)
    stop_process(process)


def test_bodies_headers_and_answers_without_a_body_pass_the_bridge(served):
    body = bytes(range(256)) * (BIG // 256)
    digest = hashlib.sha256(body).hexdigest()
    assert served.ask("POST", "/upload", body)[1] == f"{len(body)} {digest}".encode()
    pieces = (body[at : at + 100_000] for at in range(0, len(body), 100_000))
    assert served.ask("POST", "/upload", pieces)[1] == f"{len(body)} {digest}".encode()
    assert len(served.ask("GET", "/download")[1]) >= BIG
    answer, told = served.ask("GET", "/%E7%AA%93%ff?q=%20", X_Forwarded_Proto="https", X__Forwarded__For="1.2.3.4")
    assert [value for name, value in answer.getheaders() if name.lower() == "set-cookie"] == ["a=1", "b=2"]
    seen = literal_eval(told.decode())
    assert seen["PATH_INFO"].encode("latin1") == b"/\xe7\xaa\x93\xff" and seen["QUERY_STRING"] == "q=%20"
    assert seen["HTTP_X_FORWARDED_FOR"] == "1.2.3.4" and "HTTP_X_FORWARDED_PROTO" not in seen
    assert served.ask("HEAD", "/download")[1] == b""
    answer, nothing = served.ask("GET", "/unchanged")
    assert (answer.status, nothing) == (304, b"")
    with served.raw("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n") as opened:
        assert b" 413 " in opened.recv(100)


def test_who_goes_away_or_does_not_read_costs_neither_thread_nor_memory(served):
    before = served.memory_mb()
    for _n in range(4):
        served.raw("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nshort").close()
    idle = [served.raw("GET /download HTTP/1.1\r\nHost: x\r\n\r\n") for _n in range(8)]
    leaving = served.raw("GET /download HTTP/1.1\r\nHost: x\r\n\r\n")
    leaving.recv(1000)
    leaving.close()
    time.sleep(0.5)
    assert served.ask("GET", "/")[0].status == 200, "eight who do not read hold none of two threads"
    assert served.memory_mb() - before < 60
    for each in idle:
        each.close()
    end = time.monotonic() + 30
    while len(closed := literal_eval(served.ask("GET", "/closed")[1].decode())) < 9 and time.monotonic() < end:
        time.sleep(0.05)
    assert len(closed) == 9 and max(closed) < BIG, "every file was closed, none read to its end"


def test_a_stop_waits_for_what_is_being_answered(served):
    got: list[bytes] = []
    asking = threading.Thread(target=lambda: got.append(served.ask("GET", "/slow")[1]))
    asking.start()
    end = time.monotonic() + 30
    while served.ask("GET", "/begun")[1] != b"1" and time.monotonic() < end:
        time.sleep(0.02)
    began = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    served.process.wait(60)
    asking.join(60)
    assert got == [b"done"] and time.monotonic() - began < LONGEST_STOP_S, "it did not wait its whole patience out"
