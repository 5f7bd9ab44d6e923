"""The process that reads foreign mail: answers one request after another on the socket that is its standard input.

The frames are described in `wire`.
"""

import ctypes
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Sequence

from madoguchi.kit.letters import wire
from madoguchi.kit.letters.model import Letter
from madoguchi.kit.letters.parsing import parse

_PR_SET_PDEATHSIG = 1
_MAILS_PER_PROCESS = 20_000


def serve(memory_mb: int, parent: int, read: Callable[[bytes], Letter] = parse) -> None:
    """Answer until the other end closes. `read` is replaced by tests only."""
    _restrict(memory_mb, parent)
    with socket.socket(fileno=os.dup(0)) as line:
        _send(line, b"R", [b""])
        for _ in range(_MAILS_PER_PROCESS):
            size = received(line, wire.REQUEST.size)
            if not size:
                return
            kind, pieces = _answer(line, wire.REQUEST.unpack(size)[0], read)
            _send(line, kind, pieces)
            if kind == b"M":
                return


def _answer(line: socket.socket, size: int, read: Callable[[bytes], Letter]) -> tuple[bytes, Sequence[bytes]]:
    try:
        return b"L", wire.dump(read(bytes(received(line, size))))
    except MemoryError:
        return b"M", [b""]
    except Exception as wrong:
        return b"E", [f"{type(wrong).__name__}: {wrong}"[:500].encode("utf-8", "replace")]


def received(line: socket.socket, size: int) -> bytearray:
    """Exactly `size` bytes, or none if the other end has closed."""
    buffer = bytearray(size)
    view, got = memoryview(buffer), 0
    while got < size:
        n = line.recv_into(view[got:])
        if not n:
            return bytearray()
        got += n
    return buffer


def _send(line: socket.socket, kind: bytes, pieces: Sequence[bytes]) -> None:
    head, *payloads = pieces
    line.sendall(wire.ANSWER.pack(kind, len(head), sum(map(len, payloads))) + head)
    for payload in payloads:
        line.sendall(payload)


def _restrict(memory_mb: int, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
