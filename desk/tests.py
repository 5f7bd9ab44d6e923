"""bin/test: all tests, on one throw-away PostgreSQL. Further arguments go to pytest; its closing line is the last one."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from desk import assets, database
from desk.paths import ROOT
from desk.processes import die_with_parent, keeping_bytecode
from desk.testing import find_chromium, find_dovecot
from desk.words import Stop, say

__test__ = False  # pytest: not a test module

OUTSIDE = (
    ("browser", find_chromium, "Chromium", "apt install chromium fonts-noto-cjk", "MADOGUCHI_REQUIRE_BROWSER"),
    ("dovecot", find_dovecot, "Dovecot 2.3", "apt install dovecot-imapd", "MADOGUCHI_REQUIRE_DOVECOT"),
)


def main(argv: list[str]) -> int:
    try:
        arguments = [*without_missing(argv), *processes(argv)]
        with throw_away_data() as data, server(data) as url:
            assets.build(data)
            return pytest(arguments, environment(data, url))
    except Stop as stop:
        return stop.tell()


def without_missing(argv: list[str]) -> list[str]:
    """pytest's arguments, leaving out tests whose outside program is not installed, unless it is required."""
    left_out = []
    for marker, find, name, hint, required in OUTSIDE:
        if find():
            continue
        if os.environ.get(required) == "1":
            raise Stop(f"{name} が必要です（{required}=1）: {hint}", f"{required}=1, but {name} was not found: {hint}")
        say(
            f"※ {name} がないため、{marker} のテストは飛ばします。",
            f"Skipping the {marker} tests: no {name} here ({hint}).",
        )
        left_out.append(f"not {marker}")
    if not left_out:
        return argv
    given = [argv[n + 1] for n, word in enumerate(argv[:-1]) if word == "-m"]
    return [*argv, "-m", " and ".join([*(f"({expression})" for expression in given), *left_out])]


def processes(argv: list[str]) -> list[str]:
    """One test process for each core; none extra for a single file, in the debugger, or where told otherwise."""
    told = any(word.startswith(("-n", "--numprocesses", "--pdb", "--collect-only", "--co")) for word in argv)
    files = [word for word in argv if word.partition("::")[0].endswith(".py")]
    cores = os.cpu_count() or 1
    return [] if told or len(files) == 1 or cores == 1 else ["-n", str(min(cores, 8)), "--dist", "worksteal"]


@contextlib.contextmanager
def throw_away_data() -> Iterator[Path]:
    data = Path(tempfile.mkdtemp(prefix="madoguchi-test-"))
    if os.geteuid() == 0:
        data.chmod(0o711)
    (data / "run").mkdir(mode=0o700)
    try:
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def server(data: Path) -> Iterator[str]:
    given = os.environ.get("DATABASE_URL")
    if given:
        database.refuse_external(given)
        yield given
        return
    with database.ensure(data, throw_away=True) as running:
        yield running.url


def environment(data: Path, url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("MADOGUCHI_PORT", "MADOGUCHI_URL")}
    return {
        **keeping_bytecode(kept),
        "DATABASE_URL": url,
        "MADOGUCHI_DATA": str(data),
        "MADOGUCHI_SECRET_KEY": "for tests only",
        "CHROMIUM": find_chromium() or "",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }


def pytest(arguments: list[str], env: dict[str, str]) -> int:
    """In a child, so that the server outlives it whatever happens; Ctrl-C reaches pytest, which ends its own workers."""
    command = [sys.executable, "-m", "pytest", *arguments]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = subprocess.Popen(
            command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL if "--pdb" not in arguments else None,
            preexec_fn=hear_ctrl_c,
        )  # fmt: skip
        return child.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if ask := die_with_parent():
        ask()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
