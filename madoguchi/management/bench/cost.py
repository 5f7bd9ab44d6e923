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
    found = 0
    for each in tree(pid):
        try:
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    found += int(line.split()[1])
        except OSError:
            continue
    return round(found / 1024, 1)
