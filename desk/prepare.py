"""Everything between a running database and an open port: migrations, first-start demo, static files.

One short-lived process (`python -m desk.prepare`), so the supervisor stays small and Django is loaded once.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from desk import assets
from desk.words import Stop, say

# Large files of libraries that no page of ours loads: compressing them would take most of a first start.
NEVER_SERVED = ["redoc.*", "htmx-2*", "htmax-*"]
ADVISORY_LOCK = 0x6D61646F  # "mado": two nodes starting on one database migrate one after the other


def main(argv: list[str]) -> int:
    """Everything, or only the static files: `python -m desk.prepare static`."""
    data = Path(os.environ["MADOGUCHI_DATA"])
    try:
        assets.build(data)
        import django

        django.setup()
        with ThreadPoolExecutor(1) as beside:  # compressing takes seconds, and no database
            static = beside.submit(collect_static, data)
            if argv != ["static"]:
                bring_database_up(data)
            static.result()
    except Stop as stop:
        return stop.tell()
    return 0


def bring_database_up(data: Path) -> None:
    from django.core.management import call_command, get_commands
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    owed = data / "run" / "demo-owed"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            if not executor.loader.applied_migrations and os.environ.get("MADOGUCHI_DEMO", "1") != "0":
                owed.touch()
            say("データベースを準備しています…", "Bringing the database up to date …")
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
        if owed.exists():
            if "demo" in get_commands():
                say("見本のデータを入れています（初回のみ）…", "Loading the demo desk (first start only) …")
                call_command("demo", verbosity=0)
                remember_logins(data)
            owed.unlink()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
        connection.close()


def remember_logins(data: Path) -> None:
    """The `demo` command may name its LOGINS, [(who, address, password), …]; every start shows them."""
    from importlib import import_module

    logins = getattr(import_module("madoguchi.management.commands.demo"), "LOGINS", None)
    if logins:
        (data / "run" / "demo-logins.json").write_text(json.dumps(logins, ensure_ascii=False))


def collect_static(data: Path) -> None:
    """Only when a source file or an installed package changed since last time."""
    from django.conf import settings
    from django.core.management import call_command

    stamp, now = data / "run" / "static.stamp", assets.static_fingerprint(data)
    if stamp.exists() and stamp.read_text() == now and Path(settings.STATIC_ROOT).exists():
        return
    stamp.unlink(missing_ok=True)
    from whitenoise.compress import Compressor

    settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
    call_command("collectstatic", verbosity=0, interactive=False, clear=True, ignore_patterns=NEVER_SERVED)
    stamp.write_text(now)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
