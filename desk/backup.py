"""bin/madoguchi backup FILE · restore FILE [--replace]: database, attachments and secret key in one tar.

The tar holds `madoguchi.json` (what made it), `database.dump` (pg_dump's custom format), `files/` and `secret_key`.
"""

import argparse
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg

from desk import database, place
from desk.cli import reached
from desk.paths import ROOT, data_dir
from desk.words import Stop, say

FORMAT = 1
MANIFEST, DUMP, FILES, SECRET = "madoguchi.json", "database.dump", "files", "secret_key"


def main(command: str, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"bin/madoguchi {command}")
    parser.add_argument("file", type=Path, metavar="FILE")
    if command == "restore":
        parser.add_argument("--replace", action="store_true", help="throw away what the desk holds now")
    options = parser.parse_args(arguments)
    data = place.prepare(data_dir())
    if command == "backup":
        with reached(data) as url:
            backup(url, data, options.file)
    else:
        with reached(data, alone=True) as url:
            restore(url, data, options.file, replace=options.replace)
    return 0


# -- out


def backup(url: str, data: Path, target: Path) -> None:
    """May run while the desk works: the dump is one snapshot, and attachments, copied after it, are never changed."""
    fresh = target.with_name(target.name + ".new")
    try:
        with (
            tempfile.TemporaryDirectory(dir=data / "run") as aside,
            open(fresh, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out,
            tarfile.open(fileobj=out, mode="w") as tar,
        ):
            dump = Path(aside) / DUMP
            client("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
            add_text(tar, MANIFEST, json.dumps(manifest(url), indent=1, ensure_ascii=False))
            tar.add(dump, DUMP)
            if (data / SECRET).exists():
                tar.add(data / SECRET, SECRET)
            if (data / FILES).is_dir():
                tar.add(data / FILES, FILES)
            tar.close()
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(target)
    except OSError as error:
        raise Stop(f"{target} に書き込めません: {error}", f"Cannot write {target}: {error}") from None
    finally:
        fresh.unlink(missing_ok=True)
    size = target.stat().st_size / 2**20
    say(f"✓ {target} に書き出しました（{size:.1f} MB）。", f"Written to {target} ({size:.1f} MB).")


def manifest(url: str) -> dict[str, object]:
    with psycopg.connect(url, autocommit=True) as connection:
        applied = set(applied_migrations(connection))
        version = connection.info.server_version // 10000
    return {
        "format": FORMAT,
        "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "postgresql": version,
        "migrations": sorted(applied),
    }


def applied_migrations(connection: "psycopg.Connection[Any]") -> list[str]:
    if not table_names(connection, "django_migrations"):
        return []
    return [name for (name,) in connection.execute("SELECT name FROM django_migrations WHERE app = 'madoguchi'")]


def table_names(connection: "psycopg.Connection[Any]", like: str = "%") -> list[str]:
    found = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE %s LIMIT 50", [like]
    )
    return [name for (name,) in found]


def add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(content), int(time.time()), 0o600
    tar.addfile(entry, io.BytesIO(content))


# -- in


def restore(url: str, data: Path, source: Path, *, replace: bool) -> None:
    """All or nothing for the database (one transaction); then attachments and key take the place of the old ones."""
    with psycopg.connect(url, autocommit=True) as connection:
        if not replace and (table_names(connection) or any_files(data / FILES)):
            raise Stop(
                "この窓口にはすでにデータがあります。すべて置き換えてよければ --replace を付けてください。",
                "This desk holds data already. Add --replace to throw all of it away for what the backup holds.",
            )
    with tempfile.TemporaryDirectory(dir=data, prefix="restore-") as folder:
        aside = Path(folder)
        try:
            with tarfile.open(source) as tar:
                told = json.loads(tar.extractfile(MANIFEST).read())  # type: ignore[union-attr]
                refuse_newer(told)
                tar.extractall(aside, filter="data")
        except (OSError, KeyError, ValueError, tarfile.TarError) as error:
            raise Stop(f"{source} を読めません: {error}", f"{source} is no backup of Madoguchi: {error}") from None
        load(url, aside / DUMP)
        swap(aside / FILES, data / FILES)
        if (aside / SECRET).exists():
            (aside / SECRET).chmod(0o600)
            (aside / SECRET).replace(data / SECRET)
    (data / "run" / "demo-owed").unlink(missing_ok=True)
    (data / "run" / "demo-logins.json").unlink(missing_ok=True)
    say(f"✓ {source} から戻しました。bin/run で開けます。", f"Restored from {source}. bin/run opens the desk.")


def any_files(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def refuse_newer(told: dict[str, Any]) -> None:
    known = {path.stem for path in (ROOT / "madoguchi" / "migrations").glob("[0-9]*.py")}
    unknown = sorted(set(told["migrations"]) - known)
    if told["format"] != FORMAT or unknown:
        which = ", ".join(unknown) or f"format {told['format']}"
        raise Stop(
            f"このバックアップは新しい版の Madoguchi で作られています（{which}）。同じ版で戻してください。",
            f"This backup was made by a newer Madoguchi ({which}): restore it with that version.",
        )


def load(url: str, dump: Path) -> None:
    """pg_restore writes SQL, psql runs it behind a fresh schema, all in one transaction: a failure changes nothing."""
    reader = subprocess.Popen(
        [str(database.binaries() / "pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dump)],
        stdout=subprocess.PIPE,
    )
    address, env = without_password(url)
    writer = subprocess.Popen(
        [
            str(database.binaries() / "psql"), "--no-psqlrc", "--quiet", "--single-transaction",
            "--set=ON_ERROR_STOP=1", "--output=" + os.devnull, address,
        ],
        stdin=subprocess.PIPE, env=env,
    )  # fmt: skip
    assert reader.stdout is not None and writer.stdin is not None
    try:
        writer.stdin.write(b"SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n")
        head = reader.stdout.read(8192)
        writer.stdin.write(head.replace(b"SET transaction_timeout = 0;", b""))  # unknown to servers before 17
        shutil.copyfileobj(reader.stdout, writer.stdin, 2**20)
        complete = reader.wait() == 0
        if not complete:
            writer.stdin.write(b"\n\\.\nSELECT 1/0;\n")  # a dump cut short must not be committed
        writer.stdin.close()
    except BrokenPipeError:
        complete = False
        reader.kill()
        reader.wait()
    finally:
        reader.stdout.close()
    if writer.wait() != 0 or not complete:
        raise Stop(
            "データベースを戻せませんでした。窓口の内容は変わっていません。上の表示をご覧ください。",
            "The database could not be restored; the desk is as it was. See above.",
        )


def swap(fresh: Path, place_of: Path) -> None:
    old = place_of.with_name(place_of.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if place_of.exists():
        place_of.rename(old)
    if fresh.exists():
        fresh.rename(place_of)
    shutil.rmtree(old, ignore_errors=True)


# -- PostgreSQL's client programs, from the wheel


def client(program: str, url: str, *arguments: str) -> None:
    address, env = without_password(url)
    if subprocess.run([str(database.binaries() / program), *arguments, address], env=env, check=False).returncode:
        raise Stop(f"{program} が失敗しました。上の表示をご覧ください。", f"{program} failed; see above.")


def without_password(url: str) -> tuple[str, dict[str, str]]:
    """The password goes by the environment: a command line is for everybody to see."""
    parts = urlsplit(url)
    if not parts.password:
        return url, dict(os.environ)
    place_part = parts.netloc.rpartition("@")[2]
    address = urlunsplit(parts._replace(netloc=f"{parts.username or ''}@{place_part}"))
    return address, {**os.environ, "PGPASSWORD": unquote(parts.password)}
