"""bin/bench: measure on a throw-away desk whose database writes as durably as a real one. So far: mail intake."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from desk import database
from desk.paths import ROOT
from desk.words import Stop


def main(argv: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="madoguchi-bench-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)
        data = Path(folder)
        (data / "run").mkdir(mode=0o700)
        try:
            with database.ensure(data) as server:
                env = {
                    **os.environ,
                    "DATABASE_URL": server.url,
                    "MADOGUCHI_DATA": folder,
                    "MADOGUCHI_SECRET_KEY": "for the bench only",
                    "DJANGO_SETTINGS_MODULE": "config.settings",
                    "PYTHONPATH": str(ROOT),
                }
                for command in (["migrate", "-v0"], ["bench", *argv]):
                    done = subprocess.run([sys.executable, "-m", "django", *command], env=env, cwd=ROOT)
                    if done.returncode:
                        return done.returncode
        except Stop as stop:
            return stop.tell()
    return 0
