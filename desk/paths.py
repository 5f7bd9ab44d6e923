"""Where things are. Runs on Python 3.8."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def data_dir() -> Path:
    """The data directory: MADOGUCHI_DATA, else var/ in the checkout; for root /var/lib/madoguchi.

    Root's differs because PostgreSQL refuses to run as root: its own user has to be able to reach the folder.
    """
    chosen = os.environ.get("MADOGUCHI_DATA")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path("/var/lib/madoguchi") if os.geteuid() == 0 else ROOT / "var"
