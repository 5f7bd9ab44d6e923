"""Processes on the database of the test that kill themselves at a step."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

from desk.testing import url_of_database


def run(module: str, *arguments: object, at: str, folder: Path) -> int:
    """How `tests.crash.<module>` ended, killed at the step `at`."""
    env = {
        **os.environ,
        "DATABASE_URL": url_of_database(settings.DATABASE_URL, connection.settings_dict["NAME"]),
        "MADOGUCHI_DATA": str(folder),
        "MADOGUCHI_SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
        "KILL_AT": at,
        "KILL_ONCE": str(folder / "killed"),
    }
    command = [sys.executable, "-m", f"tests.crash.{module}", *map(str, arguments)]
    return subprocess.run(command, env=env, timeout=120, capture_output=True).returncode
