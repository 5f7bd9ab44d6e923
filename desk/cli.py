"""bin/madoguchi: backup, restore, doctor, and every Django management command, on the desk's database.

Which database: DATABASE_URL; else that of the running desk; else the embedded one, started for the command's own time.
Standard output carries the command's own words only.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from desk import database, place
from desk.paths import data_dir
from desk.words import Stop, say

WITHOUT_DATABASE = {"help", "version", "--help", "-h", "--version", "makemessages", "collectstatic"}


def main(argv: list[str]) -> int:
    command, arguments = (argv[0], argv[1:]) if argv else ("help", [])
    try:
        if command == "doctor":
            from desk import doctor

            return doctor.main(arguments)
        if command in ("backup", "restore"):
            from desk import backup

            return backup.main(command, arguments)
        return manage([command, *arguments])
    except Stop as stop:
        return stop.tell()


def manage(argv: list[str]) -> int:
    data = data_dir()
    os.environ["MADOGUCHI_DATA"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    from django.core.management import ManagementUtility

    utility = ManagementUtility(["madoguchi", *argv])
    utility.prog_name = "bin/madoguchi"
    if argv[0] in WITHOUT_DATABASE or {"--help", "-h"} & set(argv):
        utility.execute()
        if argv[0] == "help" and len(argv) == 1:
            print("\n[madoguchi]\n    backup FILE\n    doctor\n    restore FILE [--replace]")
        return 0
    with reached(place.prepare(data)) as url:
        os.environ["DATABASE_URL"] = url
        try:
            utility.execute()
        finally:
            close_connections()
    return 0


def close_connections() -> None:
    """Before an embedded server stops: it ends sessions still open, and a session ended that way is noise in the log."""
    from django.db import connections

    with contextlib.suppress(Exception):
        connections.close_all()


@contextlib.contextmanager
def reached(data: Path, *, alone: bool = False) -> Iterator[str]:
    """The database's URL for the length of the block; `alone` refuses while the desk is running.

    Commands started together while no desk runs (mails piped in) take their turns.
    """
    outside = os.environ.get("DATABASE_URL")
    told = time.monotonic() + 2
    with contextlib.ExitStack() as stack:
        while True:
            if outside and not alone:
                break
            try:
                stack.enter_context(place.held(data))
                break
            except place.Held as held:
                if alone:
                    raise place.refuse_held(held.by) from None
                found = place.published(data)
                if found:
                    os.environ.setdefault("MADOGUCHI_URL", str(held.by.get("url") or ""))
                    yield found
                    return
            if time.monotonic() > told:
                told = float("inf")
                say(
                    "窓口の起動、またはほかのコマンドの終了を待っています…",
                    "Waiting for the desk to start or another command to end …",
                )
            time.sleep(0.05)
        if outside:
            yield outside
            return
        yield stack.enter_context(database.ensure(data)).url


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
