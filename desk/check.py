"""bin/check: everything that can be said about the sources without running the desk. All steps run; each says its time."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from desk import messages
from desk.paths import ROOT
from desk.processes import keeping_bytecode

PRODUCT = ROOT / "madoguchi"
MACHINE_PATH = re.compile(r"(?<![\w.})>~-])/(?:work|root|home)/\w")
LOCK_FILES = ("requirements/*.txt", "package-lock.json")

Step = Callable[[], str]  # what is wrong, or an empty string


def main(argv: list[str]) -> int:
    with tempfile.TemporaryDirectory() as data:
        env = keeping_bytecode(os.environ)
        os.environ.clear()
        os.environ |= env | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "MADOGUCHI_DATA": data,
            "MADOGUCHI_SECRET_KEY": "for checks only",
        }
        failed_n = 0
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            waiting = [pool.submit(timed, name, step) for name, step in steps().items() if not argv or name in argv]
            for done in as_completed(waiting):
                name, wrong, seconds = done.result()
                print(f"{'✕' if wrong else '✓'} {name:<22} {seconds:5.1f} s", flush=True)
                if wrong:
                    failed_n += 1
                    print(wrong.strip() + "\n", flush=True)
    print(f"{failed_n} failed" if failed_n else "all checks passed", flush=True)
    return 1 if failed_n else 0


def timed(name: str, step: Step) -> tuple[str, str, float]:
    started = time.monotonic()
    try:
        wrong = step()
    except Exception as error:
        wrong = f"{type(error).__name__}: {error}"
    return name, wrong, time.monotonic() - started


def steps() -> dict[str, Step]:
    """Longest first: they run side by side."""
    sources = [name for name in ("madoguchi", "config", "desk", "tests") if (ROOT / name).is_dir()]
    return {
        "types": command("-m", "mypy"),
        "migrations": command("-W", "ignore", "-m", "django", "makemigrations", "--check", "--dry-run"),
        "templates": command("-m", "djlint", str(PRODUCT / "templates"), "--lint", "--quiet"),
        "ladder": command("-c", "from importlinter.cli import lint_imports_command as run; run()"),
        "translations": translations,
        "lint": command("-m", "ruff", "check", "--quiet", "--output-format=concise", *sources),
        "format": command("-m", "ruff", "format", "--check", "--quiet", *sources),
        "lock files": lock_files,
        "machine paths": machine_paths,
    }


def command(*arguments: str) -> Step:
    def step() -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        said = done.stdout.decode(errors="replace")
        return (said or f"ended with {done.returncode}") if done.returncode else ""

    return step


def translations() -> str:
    return "\n".join(messages.faults(messages.CATALOGUE, messages.sources()))


def lock_files() -> str:
    """A lock file that names a registry ties everybody to that registry."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for pattern in LOCK_FILES
        for path in sorted(ROOT.glob(pattern))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "://" in line
    ]
    return "\n".join(found)


def machine_paths() -> str:
    """No committed file may know where somebody keeps the checkout."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path, text in committed_texts()
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    return "\n".join(found)


def committed_texts() -> Iterator[tuple[Path, str]]:
    """What git has, or would take at `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, stdout=subprocess.PIPE, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if b"\0" not in content[:8000]:
                yield path, content.decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
