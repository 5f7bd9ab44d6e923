"""Keeps the desk's processes running: restarts with back-off, stops all together, leaves no orphans."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from desk.paths import ROOT
from desk.processes import die_with_parent
from desk.words import say

PATIENCE_S = 8.0
STEADY_S = 30.0
BACK_OFF_S = (0.5, 30.0)


@dataclass
class Child:
    """One kept process and its history of falling over."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    pause_s: float = field(default=BACK_OFF_S[0])

    def start(self, env: Mapping[str, str]) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command, env={**env, **self.env}, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=die_with_parent(),
        )  # fmt: skip

    def note_end(self) -> None:
        """It ended by itself: clear what it left in its process group (a port held by its own child) and wait a little."""
        assert self.process is not None
        status, now = self.process.returncode, time.monotonic()
        kill_group(self.process)
        if now - self.started_at > STEADY_S:
            self.pause_s = BACK_OFF_S[0]
        say(
            f"{self.name} が終了しました（{status}）。{self.pause_s:.1f} 秒後に再起動します。",
            f"{self.name} ended with {status}; restarting in {self.pause_s:.1f} s.",
        )
        self.process, self.due_at = None, now + self.pause_s
        self.pause_s = min(BACK_OFF_S[1], self.pause_s * 2)


class Signals:
    """SIGINT, SIGTERM and SIGHUP ask to stop; they and a child's end wake `wait` at once."""

    def __init__(self) -> None:
        self.asked = 0
        self.inbox, outbox = socket.socketpair()
        self.outbox = outbox
        for end in (self.inbox, outbox):
            end.setblocking(False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.ask)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # started by nohup
            signal.signal(signal.SIGHUP, self.ask)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(outbox.fileno(), warn_on_full_buffer=False)

    def ask(self, *_: object) -> None:
        self.asked += 1

    def wait(self, seconds: float) -> None:
        if select.select([self.inbox], [], [], max(0.0, seconds))[0]:
            with contextlib.suppress(BlockingIOError):
                self.inbox.recv(4096)


def keep(
    children: Sequence[Child], env: Mapping[str, str], signals: Signals, watch: Callable[[], float | None]
) -> None:
    """Run `children` until a signal asks to stop. `watch` is called at every turn; it may say in how many seconds again."""
    try:
        while not signals.asked:
            now = time.monotonic()
            for child in children:
                if child.process is not None and child.process.poll() is not None:
                    child.note_end()
                if child.process is None and child.due_at <= now:
                    child.start(env)
            again = watch()
            due = [child.due_at - now for child in children if child.process is None]
            signals.wait(min([5.0, *due, *([] if again is None else [again])]))
    finally:
        stop(children, signals)


def stop(children: Sequence[Child], signals: Signals) -> None:
    """All at once, politely; by force after PATIENCE_S or at the second Ctrl-C."""
    running = [child.process for child in children if child.process is not None and child.process.poll() is None]
    for process in running:
        process.terminate()
    end, asked = time.monotonic() + PATIENCE_S, max(1, signals.asked)
    while time.monotonic() < end and signals.asked <= asked and any(process.poll() is None for process in running):
        signals.wait(0.2)
    for process in running:
        kill_group(process)
        process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
