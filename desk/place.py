"""The data directory: made, checked, held by one keeper at a time."""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from desk.words import Stop


def prepare(data: Path) -> Path:
    """Make the data directory, or say why it cannot be used.

    Closed to others; as root others may pass through (not look), because the database's account has to.
    """
    try:
        if not data.exists():
            data.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        (data / "run").mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
        with tempfile.TemporaryFile(dir=data / "run"):
            pass
    except OSError as error:
        raise Stop(
            f"データの保存先 {data} に書き込めません（{error.strerror}）。持ち主と権限を確かめるか、MADOGUCHI_DATA に別の場所を指定してください。",
            f"The data directory {data} is not writable ({error.strerror}). Check its owner and mode, or choose another "
            "place by MADOGUCHI_DATA.",
        ) from None
    return data


class Held(Exception):
    """Another process keeps this data directory; `by` is what it wrote about itself."""

    def __init__(self, by: dict[str, object]) -> None:
        super().__init__(str(by))
        self.by = by


@contextlib.contextmanager
def held(data: Path, **about: object) -> Iterator[None]:
    """Hold the data directory for the block; raises Held at once when somebody else does. Goes with the process."""
    with open(data / "run" / "lock", "a+", opener=lambda path, flags: os.open(path, flags, 0o600)) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Held(holder(data)) from None
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), **about}))
        lock.flush()
        yield


def holder(data: Path) -> dict[str, object]:
    try:
        return dict(json.loads((data / "run" / "lock").read_text()))
    except (OSError, ValueError):
        return {}


def refuse_held(by: dict[str, object]) -> Stop:
    pid, url = by.get("pid", "?"), by.get("url")
    if url:
        return Stop(
            f"この窓口はすでに動いています: {url} （プロセス {pid}）",
            f"This desk is already running: {url} (process {pid}).",
        )
    return Stop(
        f"ほかのコマンド（プロセス {pid}）がこの窓口のデータベースを使っています。終わってからもう一度お試しください。",
        f"Another command (process {pid}) is using this desk's database. Try again when it has finished.",
    )


# -- where a running desk's database is, for bin/madoguchi


def url_file(data: Path) -> Path:
    return data / "run" / "database.url"


def publish(data: Path, url: str) -> None:
    fresh = url_file(data).with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with open(fresh, "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(url)
    fresh.replace(url_file(data))


def withdraw(data: Path) -> None:
    url_file(data).unlink(missing_ok=True)


def published(data: Path) -> str | None:
    try:
        return url_file(data).read_text().strip() or None
    except OSError:
        return None
