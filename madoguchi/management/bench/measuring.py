"""Every measure, one after the other, on a running desk."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from madoguchi.management.bench import cost
from madoguchi.management.bench.asking import Asking, NotThere
from madoguchi.management.bench.classifying import classifying
from madoguchi.management.bench.driving import drive
from madoguchi.management.bench.http import Request, Wrong, get
from madoguchi.management.bench.live import Deaf, live
from madoguchi.management.bench.progress import Bar
from madoguchi.management.bench.signing_in import sign_in
from madoguchi.management.bench.statements import per_request
from madoguchi.management.bench.targets import GOALS

AGENTS = 20  # of the largest department
COUNTED = 6
CROWDS = (500, 1000)
WRITING = {"create", "reply"}


@dataclass(frozen=True)
class Desk:
    """`web` and `database` are the process ids at the top of each, `log` is PostgreSQL's, `loaded` how many tickets were.

    Without `log` statements are not counted.
    """

    url: str
    web: int
    database: int
    log: Path | None
    seconds: float
    loaded: int


def measure(desk: Desk, only: Collection[str], crowds: Sequence[int] = CROWDS) -> dict[str, Any]:
    """Figures by name; a measure that could not be taken says why under `error`. `crowds`: how many live clients."""
    agents = [sign_in(f"agent{n + 1}@bench.example") for n in range(AGENTS)]
    asking = Asking(agents, desk.loaded)
    wanted = [name for name in GOALS if not only or name in only]
    crowds = crowds if not only or "live" in only else ()
    found: dict[str, Any] = {"measures": {}, "live": {}, "memory": {"started_mb": cost.largest_mb(desk.web)}}
    with Bar("Measuring", len(wanted) + len(crowds)) as bar:
        for n, name in enumerate(wanted):
            bar.to(n)
            try:
                found["measures"][name] = one(desk, name, asking.of(name))
            except (NotThere, Wrong) as problem:
                found["measures"][name] = {"error": str(problem)}
        found["memory"]["after_pages_mb"] = cost.largest_mb(desk.web)
        found["memory"]["all_web_mb"] = cost.memory_mb(desk.web)
        for n, crowd in enumerate(crowds, len(wanted)):
            bar.to(n)
            try:
                found["live"][str(crowd)] = live(desk.url, desk.web, agents, crowd)
            except (Deaf, OSError) as problem:
                found["live"][str(crowd)] = {"error": str(problem)}
    if (not only or "crm" in only) and (there := settings.CRM_HOSTS.get("hubspot")):
        board = [get(reverse("work_mode", args=["crm"]), agent.headers, "</html>") for agent in agents]
        found["crm"] = classifying(desk.url, there, board, max(desk.seconds, 10.0))
    found["memory"]["database_mb"] = cost.memory_mb(desk.database)
    return found


def one(desk: Desk, name: str, requests: list[Request]) -> dict[str, Any]:
    """One connection, then eight, then the statements. What is written is written once: each run has its own part."""
    parts = [requests] * 3
    if name in WRITING:
        third = len(requests) // 3
        parts = [requests[:third], requests[third : 2 * third], requests[2 * third :]]
    figures: dict[str, Any] = {}
    for clients, part in ((1, parts[0]), (8, parts[1])):
        before = cost.cpu_ms(desk.web), cost.cpu_ms(desk.database)
        figures[str(clients)] = asdict(
            drive(desk.url, part, clients=clients, seconds=desk.seconds, once=name in WRITING)
        )
        after = cost.cpu_ms(desk.web), cost.cpu_ms(desk.database)
        sent = figures[str(clients)].pop("sent")
        figures[str(clients)]["web_cpu_ms"] = round((after[0] - before[0]) / max(1, sent), 2)
        figures[str(clients)]["database_cpu_ms"] = round((after[1] - before[1]) / max(1, sent), 2)
    if desk.log is not None:
        figures["sql"] = per_request(desk.url, parts[2][: COUNTED + 1], desk.log)
    return figures
