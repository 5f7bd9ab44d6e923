"""bin/madoguchi doctor: is this installation sound? One line for each check; exit 1 when one fails."""

import os
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from desk import database, place, setup
from desk.assets import NODE_MODULES, VENDOR
from desk.cli import reached
from desk.paths import data_dir
from desk.run import port_wanted
from desk.words import Stop

ENOUGH_MB = 500
CRM = """
SELECT kind, needs_consent, coalesce(paused_until > now(), false), last_ok_at,
  (SELECT count(DISTINCT contact_id) FROM madoguchi_lookup WHERE not_before IS NULL OR not_before <= now())
FROM madoguchi_crmconnection WHERE kind <> ''
"""
HOURS = "SELECT name, time_zone FROM madoguchi_hours WHERE is_active ORDER BY name"
ASKING = """
SELECT EXISTS (SELECT FROM madoguchi_department WHERE is_enabled AND asks_for_ratings)
  AND EXISTS (SELECT FROM madoguchi_mailbox WHERE smtp_host <> '')
"""
LOCAL = {"127.0.0.1", "::1", "localhost"}
COUNTED = "SELECT done, total FROM madoguchi_timesrecount WHERE finished_at IS NULL ORDER BY id"
Found = tuple[bool, str]


def main(arguments: list[str]) -> int:
    found = list(examine())
    for ok, text in found:
        print(f"{'✓' if ok else '✕'} {text}")
    return 0 if all(ok for ok, _ in found) else 1


def examine() -> Iterator[Found]:
    data = data_dir()
    for check in (python, requirements, browser_code, data_writable, data_closed, disk, static, port, base):
        try:
            yield from check(data)
        except Stop as stop:
            yield False, f"{stop.ja} / {stop}"
        except Exception as error:
            yield False, f"{check.__name__}: {type(error).__name__}: {error}"


def python(data: Path) -> Iterator[Found]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield sys.version_info >= setup.OLDEST, f"Python {version} ({sys.prefix})"


def requirements(data: Path) -> Iterator[Found]:
    yield setup.python_is_ready(False), "ライブラリは requirements/ のとおり / libraries as in requirements/"


def browser_code(data: Path) -> Iterator[Found]:
    missing = [name for name in VENDOR if not (NODE_MODULES / name).exists()]
    yield not missing, "ブラウザー用の部品 / browser code" + (f": missing {', '.join(missing)}" if missing else "")


def data_writable(data: Path) -> Iterator[Found]:
    place.prepare(data)
    yield True, f"データの保存先 / data directory: {data}"


def data_closed(data: Path) -> Iterator[Found]:
    for path in (data, data / "run", data / "secret_key", data / "files"):
        if path.exists():
            mode = stat.S_IMODE(path.stat().st_mode)
            open_bits = mode & (0o066 if path == data else 0o077)
            if open_bits and path != data / "files":
                yield False, f"{path} は他人に開かれています / is open to others: {mode:o}"
    yield True, "権限 / modes of the data directory"


def disk(data: Path) -> Iterator[Found]:
    free = shutil.disk_usage(data).free // 2**20
    yield free > ENOUGH_MB, f"空き容量 / free space: {free:,} MB"


def static(data: Path) -> Iterator[Found]:
    present = (data / "static" / "staticfiles.json").exists()
    yield (
        present,
        "画面部品 / static files" + ("" if present else ": bin/run を一度起動してください / start bin/run once"),
    )


def port(data: Path) -> Iterator[Found]:
    number = port_wanted()
    with socket.socket() as probe:
        probe.settimeout(1)
        answered = probe.connect_ex(("127.0.0.1", number)) == 0
    running = bool(place.published(data))
    state = "窓口が応答 / the desk answers" if running else "使用中 / in use" if answered else "空き / free"
    yield answered == running, f"ポート / port {number}: {state}"


def base(data: Path) -> Iterator[Found]:
    if os.environ.get("DATABASE_URL"):
        database.refuse_external(os.environ["DATABASE_URL"])
    with reached(data) as url:
        import psycopg

        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            version = connection.info.server_version // 10000
        kind = "DATABASE_URL" if os.environ.get("DATABASE_URL") else "組み込み / embedded"
        yield version >= database.OLDEST_SERVER, f"PostgreSQL {version}（{kind}）"
        pending = pending_migrations(url, data)
        text = "データベースの構造は最新 / migrations applied"
        yield not pending, text if not pending else f"未適用 / not applied: {', '.join(pending[:5])}（bin/run）"
        if not pending:
            yield from crm(url)
            yield from hours(url)
            yield from ratings(url)


def crm(url: str) -> Iterator[Found]:
    """Only where one is connected: whether it answers, and how many contacts wait for it."""
    import psycopg

    with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
        found = connection.execute(CRM).fetchone()
    if found is None:
        return
    kind, needs_consent, is_down, answered, waiting = found
    last = f"{answered:%Y-%m-%d %H:%M}" if answered else "—"
    text = f"CRM {kind}: 最後の応答 / last answer {last}、照合待ち / waiting {waiting}"
    if needs_consent:
        text += "。再連携が必要です（設定 > CRM）/ has to be connected again"
    elif is_down:
        text += "。応答がないため休止中 / paused, it does not answer"
    yield not needs_consent, text


def hours(url: str) -> Iterator[Found]:
    """Only where there are business hours: whether their time zones are known here, and what is still being counted."""
    from zoneinfo import available_timezones

    import psycopg

    with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
        zones: dict[str, str] = dict(connection.execute(HOURS).fetchall())
        counted = connection.execute(COUNTED).fetchall()
    if not zones:
        return
    unknown = [f"{name}: {zone}" for name, zone in zones.items() if zone not in available_timezones()]
    text = f"営業時間 / business hours: {len(zones)}"
    if unknown:
        text += f"。不明なタイムゾーンのため 24 時間として扱います / unknown time zone, taken as round the clock: {', '.join(unknown)}"
    for done, total in counted:
        text += f"。過去の時間を集計中 / counting times of the past: {done:,} / {total:,}"
    yield not unknown, text


def ratings(url: str) -> Iterator[Found]:
    """Only where customers are asked by mail how an answer was: whether the links lead to where they can reach it."""
    from urllib.parse import urlsplit

    import psycopg

    with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
        row = connection.execute(ASKING).fetchone()
    if row is None or not row[0]:
        return
    address = os.environ.get("MADOGUCHI_URL", "")
    is_reached = urlsplit(address).hostname not in {None, *LOCAL}
    text = "満足度評価のリンク / links in mails that ask for a rating"
    if not is_reached:
        text += "。MADOGUCHI_URL が未設定のため、お客さまからは開けません / MADOGUCHI_URL is not set: customers cannot open them"
    yield is_reached, text


def pending_migrations(url: str, data: Path) -> list[str]:
    os.environ.update(DATABASE_URL=url, MADOGUCHI_DATA=str(data), DJANGO_SETTINGS_MODULE="config.settings")
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
    finally:
        connection.close()
