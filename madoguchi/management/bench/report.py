"""Figures as people read them: a table on the terminal, and the same for docs/performance.md."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from madoguchi.management.bench import classifying, families, merging
from madoguchi.management.bench.statistics import mark
from madoguchi.management.bench.targets import FAN_OUT_P95_MS, FLAT, FREE, GOALS, LIVE_MORE_MB, MAY_GROW, WEB_MB

HEAD = ["", "target", "p50", "p95", "max", "req/s", "p50 at 8", "p95 at 8", "req/s at 8", "SQL", "CPU web", "CPU db"]


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns of equal width, the first to the left, figures to the right."""
    widths = [max(width(row[n]) for row in rows) for n in range(len(rows[0]))]
    told = []
    for row in rows:
        cells = [" " * (widths[n] - width(cell)) + cell for n, cell in enumerate(row)]
        cells[0] = row[0] + " " * (widths[0] - width(row[0]))
        told.append("  ".join(cells).rstrip())
    return "\n".join(told)


def pages(found: dict[str, Any]) -> list[list[str]]:
    rows = [HEAD]
    for name, figures in found["measures"].items():
        goal = GOALS[name]
        target = "" if goal.p50_ms is None else f"< {goal.p50_ms:g}"
        if "error" in figures:
            rows.append([goal.title, target, "–", *[""] * (len(HEAD) - 3)])
            continue
        one, eight = figures["1"], figures["8"]
        good = "" if goal.p50_ms is None else " " + mark(one["p50"] < goal.p50_ms)
        good_at_eight = "" if goal.p95_ms_at_eight is None else " " + mark(eight["p95"] < goal.p95_ms_at_eight)
        rows.append([
            goal.title, target, f"{one['p50']:.1f}{good}", f"{one['p95']:.1f}", f"{one['worst']:.0f}", f"{one['per_s']:.0f}",
            f"{eight['p50']:.1f}", f"{eight['p95']:.1f}{good_at_eight}", f"{eight['per_s']:.0f}", f"{figures.get('sql', 0):g}",
            f"{one['web_cpu_ms']:.1f}", f"{one['database_cpu_ms']:.1f}",
        ])  # fmt: skip
    return rows


def crowds(found: dict[str, Any]) -> list[list[str]]:
    rows = [["Live clients", "connect p50", "connect p95", "fan-out p50", "fan-out p95", "max", "memory", "more"]]
    for n, heard in found["live"].items():
        if "error" in heard:
            rows.append([n, "–", *[""] * 6])
            continue
        rows.append([
            n, *(f"{heard[name]:.1f}" for name in ("connect_p50", "connect_p95", "fan_out_p50")),
            f"{heard['fan_out_p95']:.1f} {mark(heard['fan_out_p95'] < FAN_OUT_P95_MS)}", f"{heard['fan_out_max']:.0f}",
            f"{heard['after_mb']:.0f} MB", f"{heard['more_mb']:.0f} MB {mark(heard['more_mb'] < LIVE_MORE_MB)}",
        ])  # fmt: skip
    return rows


def words(found: dict[str, Any]) -> list[str]:
    """What is no table: memory, mail, and what went wrong."""
    memory = found["memory"]
    told = [
        f"A web process {memory['started_mb']:.0f} MB at the start, {memory['after_pages_mb']:.0f} MB after all pages"
        f" {mark(memory['after_pages_mb'] < WEB_MB)} (< {WEB_MB}), all of them {memory['all_web_mb']:.0f} MB; database {memory['database_mb']:.0f} MB."
    ]
    for page, shared, more in FREE:
        asked = [found["measures"].get(name, {}).get("sql") for name in (page, shared)]
        if None not in asked:
            told.append(
                f"Statements: {GOALS[page].title} {asked[0]:g}, {GOALS[shared].title} {asked[1]:g}"
                f" {mark(asked[1] <= asked[0] + more)} (at most {more} more)."
            )
    if mail := found.get("mail"):
        told.append(
            f"Mail intake: {mail['decided_per_s']:.0f} a second decided, {mail['stored_per_s']:.0f} a second stored."
        )
    if merged := found.get("merging"):
        told.append(merging.words(merged))
    if parents := found.get("families"):
        told.append(families.words(parents))
    if looked_up := found.get("crm"):
        told.append(classifying.words(looked_up))
    if took := found.get("loaded_s"):
        told.append(f"Loading took {took:.0f} s.")
    told += [
        f"✕ {name}: {f['error']}" for part in ("measures", "live") for name, f in found[part].items() if "error" in f
    ]
    return told


def table(found: dict[str, Any]) -> str:
    parts = [f"{found['tickets']:,} tickets; times in ms", aligned(pages(found))]
    if found["live"]:
        parts.append(aligned(crowds(found)))
    return "\n\n".join([*parts, "\n".join(words(found))])


# -- docs/performance.md


def markdown(runs: Sequence[dict[str, Any]]) -> str:
    """A table for each size, smallest first, then how much each measure grew from the first to the last."""
    runs = sorted(runs, key=lambda run: int(run["tickets"]))
    parts = []
    for run in runs:
        parts += [f"### {run['tickets']:,} tickets", piped(pages(run))]
        if run["live"]:
            parts.append(piped(crowds(run)))
        parts.append("\n".join(f"- {line}" for line in words(run)))
    if len(runs) > 1:
        parts += ["### Growth", piped(growth(runs))]
    return "\n\n".join(parts) + "\n"


def growth(runs: Sequence[dict[str, Any]]) -> list[list[str]]:
    """p50 with one connection at each size, and the last over the first."""
    rows = [["p50, ms", *(f"{run['tickets']:,}" for run in runs), "factor"]]
    for name, goal in GOALS.items():
        times = [run["measures"].get(name, {}).get("1", {}).get("p50") for run in runs]
        if None in times:
            continue
        factor = times[-1] / times[0] if times[0] else 0.0
        good = "" if name in MAY_GROW else " " + mark(factor <= FLAT)
        rows.append([goal.title, *(f"{time:.1f}" for time in times), f"{factor:.2f}{good}"])
    return rows


def piped(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
