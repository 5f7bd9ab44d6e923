"""What a process and all its children used, from /proc."""

import os
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and everybody below it."""
    parents: dict[int, list[int]] = {}
    for each in Path("/proc").iterdir():
        if each.name.isdecimal() and (fields := stat_of(int(each.name))):
            parents.setdefault(int(fields[1]), []).append(int(each.name))
    found, left = [], [pid]
    while left:
        found.append(left.pop())
        left += parents.get(found[-1], [])
    return found


def stat_of(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold anything; none where it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu_ms(pid: int) -> float:
    """User and system time of the tree so far, of children that ended too."""
    fields = [stat_of(each) for each in tree(pid)]
    return sum(sum(int(n) for n in each[11:15]) for each in fields if each) * TICK_MS


def memory_mb(pid: int) -> float:
    """Proportional set size of the tree: memory shared with others counted by its share."""
    return round(sum(_pss_kb(each) for each in tree(pid)) / 1024, 1)


def largest_mb(pid: int) -> float:
    """The same of the largest process of the tree."""
    return round(max(_pss_kb(each) for each in tree(pid)) / 1024, 1)


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
