"""Foreign mail read in a process that may be killed."""

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from madoguchi.kit.letters import wire
from madoguchi.kit.letters.model import Letter

_ROOT = Path(__file__).parents[3]
_START_S = 30.0
_LONGEST_ANSWER = 64 << 20


class Unreadable(Exception):
    """A mail that cannot be read within the limits. `reason`: timeout, memory or crash; `detail` is for the log."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class Reader:
    """Reads mails one at a time in a child process that is reused, and replaced when it hangs, bursts or dies.

    Threads may share one; they take turns. The child dies with this process, and on Linux with the thread that started
    it: the next `read` starts another.
    """

    program: tuple[str, ...] = (sys.executable, "-m", "madoguchi.kit.letters.child")

    def __init__(self, seconds: float = 5.0, memory_mb: int = 512) -> None:
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._owner = 0

    def read(self, raw: bytes) -> Letter:
        """The mail as a letter. Raises Unreadable; a child that dies is tried once more before `crash` is said."""
        with self._turn:
            try:
                return self._ask(raw)
            except (OSError, EOFError):
                self._stop()
            try:
                return self._ask(raw)
            except (OSError, EOFError) as wrong:
                self._stop()
                raise Unreadable("crash", str(wrong)) from wrong

    def close(self) -> None:
        """End the child; a later `read` starts another."""
        with self._turn:
            self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _ask(self, raw: bytes) -> Letter:
        line = self._started()
        deadline = time.monotonic() + self._seconds
        try:
            line.settimeout(self._seconds)
            with suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(wire.REQUEST.pack(len(raw)))
                line.sendall(raw)
            kind, head_n, tail_n = wire.ANSWER.unpack(_received(line, wire.ANSWER.size, deadline))
            if head_n + tail_n > _LONGEST_ANSWER + 4 * len(raw):
                raise EOFError("answer too long")
            head, tail = _received(line, head_n, deadline), _received(line, tail_n, deadline)
        except TimeoutError:
            self._stop()
            raise Unreadable("timeout") from None
        return self._understood(kind, head, tail)

    def _understood(self, kind: bytes, head: bytes, tail: bytes) -> Letter:
        if kind == b"L":
            try:
                return wire.load(head, tail)
            except ValueError as wrong:
                self._stop()
                raise Unreadable("crash", str(wrong)) from wrong
        self._stop()
        if kind == b"M":
            raise Unreadable("memory")
        raise Unreadable("crash", head.decode("utf-8", "replace"))

    def _started(self) -> socket.socket:
        if self._owner != os.getpid():
            self._child = self._line = None
        if self._child and self._line and self._child.poll() is None:
            return self._line
        self._stop()
        self._line, theirs = socket.socketpair()
        with theirs:
            command = [*self.program, str(self._memory_mb), str(os.getpid())]
            self._child = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, cwd=_ROOT)
        self._owner = os.getpid()
        _received(self._line, wire.ANSWER.size, time.monotonic() + _START_S)
        return self._line

    def _stop(self) -> None:
        if self._owner == os.getpid():
            if self._line:
                self._line.close()
            if self._child:
                self._child.kill()
                self._child.wait()
        self._child = self._line = None


def _received(line: socket.socket, size: int, deadline: float) -> bytes:
    buffer = bytearray(size)
    view, got = memoryview(buffer), 0
    while got < size:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(left)
        n = line.recv_into(view[got:])
        if not n:
            raise EOFError("the reading process died")
        got += n
    return bytes(buffer)
