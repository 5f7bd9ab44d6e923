"""bin/run: checks, database, migrations, demo, web and worker; one line when the desk is ready."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from desk import database, place
from desk.paths import ROOT, data_dir
from desk.processes import die_with_parent
from desk.supervisor import Child, Signals, keep, python
from desk.words import Stop, say

WEB_PROCESSES = min(4, os.cpu_count() or 1)
THREADS = 3  # of each: Python runs one at a time, the others wait for the database


def main(argv: list[str]) -> int:
    if argv:
        print("usage: bin/run  (settings come from the environment: docs/operations.md)", file=sys.stderr)
        return 2
    try:
        run()
    except place.Held as held:
        return place.refuse_held(held.by).tell()
    except Stop as stop:
        return stop.tell()
    return 0


def run() -> None:
    data = place.prepare(data_dir())
    host, port = os.environ.get("MADOGUCHI_HOST") or "127.0.0.1", port_wanted()
    url = os.environ.get("MADOGUCHI_URL") or f"http://127.0.0.1:{port}"
    with place.held(data, url=url):
        refuse_taken_port(host, port)
        signals = Signals()
        with contextlib.ExitStack() as stack:
            keeper = stack.enter_context(Database.of(data))
            env = environment(data, keeper.url, url)
            if not signals.asked and prepare(env, signals) and not signals.asked:
                place.publish(data, keeper.url)
                stack.callback(place.withdraw, data)
                children = [
                    Child(
                        "web", web(host, port, web_processes()), {"MADOGUCHI_THREADS": str(THREADS)}
                    ),  # the pool's size
                    Child("worker", python("-m", "django", "worker")),
                ]
                keep(children, env, signals, watch=Greeting(data, host, port, url, keeper))
        say("窓口を閉じました。", "The desk is closed.")


def environment(data: Path, database_url: str, url: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "MADOGUCHI_DATA": str(data),
        "MADOGUCHI_URL": url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONSAFEPATH": "1",
    }


def web(host: str, port: int, processes: int = 1) -> list[str]:
    return [
        *python("-m", "granian"), "--interface", "asgi", "--host", host, "--port", str(port), "--workers", str(processes),
        "--loop", "asyncio", "--backlog", "2048", "--no-ws", "--workers-kill-timeout", "5", "--respawn-failed-workers",
        "--log-level", "warning", "config.asgi:application",
    ]  # fmt: skip


def port_wanted() -> int:
    text = os.environ.get("MADOGUCHI_PORT") or "8000"
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise Stop(
        f"MADOGUCHI_PORT の値 {text!r} はポート番号ではありません。",
        f"MADOGUCHI_PORT is {text!r}, which is no port number.",
    )


def web_processes() -> int:
    """MADOGUCHI_WEB_PROCESSES, else one for each core, four at most."""
    text = os.environ.get("MADOGUCHI_WEB_PROCESSES") or str(WEB_PROCESSES)
    if text.isdecimal() and 0 < int(text) <= 32:
        return int(text)
    raise Stop(
        f"MADOGUCHI_WEB_PROCESSES の値 {text!r} は 1 から 32 までの数ではありません。",
        f"MADOGUCHI_WEB_PROCESSES is {text!r}, which is no number from 1 to 32.",
    )


def refuse_taken_port(host: str, port: int) -> None:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen(1)
    except OSError as error:
        raise Stop(
            f"ポート {port} を開けません（{error.strerror}）。ほかのプログラムが使っている場合は、"
            f"MADOGUCHI_PORT={port + 1} bin/run のように番号を変えてください。",
            f"Port {port} on {host} cannot be opened ({error.strerror}). If another program has it, choose another: "
            f"MADOGUCHI_PORT={port + 1} bin/run",
        ) from None


def prepare(env: Mapping[str, str], signals: Signals) -> bool:
    """Migrations, demo, static files, in one child; a signal while it runs ends it."""
    child = subprocess.Popen(
        python("-m", "desk.prepare"), env=env, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=die_with_parent(),
    )  # fmt: skip
    while child.poll() is None:
        if signals.asked:
            child.terminate()
        signals.wait(0.5)
    if child.returncode and not signals.asked:
        raise Stop(
            "データベースまたは画面部品の準備に失敗しました。上の表示をご覧ください。",
            "Preparing the database or the static files failed; see above.",
        )
    return not child.returncode


class Database:
    """The desk's database while it runs: somebody else's by DATABASE_URL, or the embedded one, restarted if it falls."""

    def __init__(self, data: Path, server: database.Server | None, url: str) -> None:
        self.data, self.server, self.url = data, server, url

    @classmethod
    @contextlib.contextmanager
    def of(cls, data: Path) -> Iterator["Database"]:
        url = os.environ.get("DATABASE_URL")
        if url:
            database.refuse_external(url)
            yield cls(data, None, url)
            return
        server = database.start(data)
        keeper = cls(data, server, server.url)
        try:
            yield keeper
        finally:
            assert keeper.server is not None
            keeper.server.stop()

    def look(self) -> None:
        if self.server is not None and self.server.process.poll() is not None:
            say("データベースが止まったため、再起動します。", "The embedded database ended; starting it again.")
            self.server = database.start(self.data)


class Greeting:
    """Watches beside the children: the database, and, until it answers once, the page /health."""

    def __init__(self, data: Path, host: str, port: int, url: str, keeper: Database) -> None:
        self.data, self.port, self.url, self.keeper = data, port, url, keeper
        self.host = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        self.greeted, self.since = False, time.monotonic()

    def __call__(self) -> float | None:
        self.keeper.look()
        if self.greeted:
            return None
        if not self.healthy():
            return 0.05 if time.monotonic() - self.since < 10 else 1.0
        self.greeted = True
        say(f"✓ 窓口が開きました: {self.url}  （終了は Ctrl-C）", f"The desk is open: {self.url}  (Ctrl-C to close)")
        for who, address, password in self.logins():
            print(f"  {who}: {address} / {password}", file=sys.stderr, flush=True)
        return None

    def healthy(self) -> bool:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=2)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def logins(self) -> list[tuple[str, str, str]]:
        try:
            return [(w, a, p) for w, a, p in json.loads((self.data / "run" / "demo-logins.json").read_text())]
        except (OSError, ValueError):
            return []
