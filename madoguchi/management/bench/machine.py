"""What the figures were taken on."""

import os
import platform
from pathlib import Path

from django.db import connection


def machine() -> dict[str, str | int]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    return {
        "cores": os.cpu_count() or 1,
        "processor": next((line.split(":")[1].strip() for line in lines("/proc/cpuinfo") if line.startswith("model name")), platform.machine()),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": postgres.split()[0],
    }  # fmt: skip


def lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
