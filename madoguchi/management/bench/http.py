"""One kept-alive connection on a plain socket: as little between clock and server as can be."""

import re
import socket
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
WHERE = re.compile(rb"\r\nlocation: *([^\r]*)", re.IGNORECASE)
CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """All that is `expected` must stand in the answer: in the head of a redirect, in the body otherwise."""

    raw: bytes
    expected: tuple[bytes, ...]
    status: int = 200


def get(path: str, headers: str, *expected: str) -> Request:
    raw = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()
    return Request(raw, tuple(each.encode() for each in expected))


def post(path: str, headers: str, fields: dict[str, str], expected: str) -> Request:
    """A form, answered by a redirect whose head holds `expected`."""
    body = urlencode(fields).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return Request(head.encode() + body, (expected.encode(),), 303)


class Wrong(Exception):
    """An answer that is not what was asked for."""


class Connection:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.socket: socket.socket | None = None

    def connected(self) -> socket.socket:
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.socket

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def ask(self, request: Request) -> bytes:
        """The whole answer, read to its end and checked. Raises Wrong."""
        there = self.connected()
        there.sendall(request.raw)
        head, body = self.read(there)
        status = int(head[9:12])
        told = head if status == 303 else body
        if status != request.status or any(each not in told for each in request.expected):
            missing = [each.decode() for each in request.expected if each not in told]
            path = request.raw.split(b" ", 2)[1].decode()
            raise Wrong(
                f"{path}: {status} {b''.join(WHERE.findall(head)).decode()}, without {missing} in {len(body)} bytes"
            )
        return body

    def read(self, there: socket.socket) -> tuple[bytes, bytes]:
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self.more(there)
        head, rest = data[: end + 2], data[end + 4 :]
        if found := LENGTH.search(head):
            parts, missing = [rest], int(found[1]) - len(rest)
            while missing > 0:
                parts.append(self.more(there))
                missing -= len(parts[-1])
            rest = b"".join(parts)
        elif CHUNKED.search(head):
            while not rest.endswith(b"0\r\n\r\n"):
                rest += self.more(there)
        if CLOSES.search(head):
            self.close()
        return head, rest

    def more(self, there: socket.socket) -> bytes:
        data = there.recv(262_144)
        if not data:
            raise Wrong("the server closed the connection")
        return data
