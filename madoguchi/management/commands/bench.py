"""The bench's own steps; bin/bench starts what they need and puts them together."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from madoguchi.management.bench import report
from madoguchi.management.bench.boards import classify
from madoguchi.management.bench.families import families
from madoguchi.management.bench.load import load
from madoguchi.management.bench.machine import machine
from madoguchi.management.bench.mail import intake_rate
from madoguchi.management.bench.measuring import Desk, measure
from madoguchi.management.bench.merging import merging
from madoguchi.management.bench.sharing import share_out
from madoguchi.models import Ticket
from madoguchi.sla.overdue import mark_overdue


class Command(BaseCommand):
    help = "Load a desk of made-up tickets, take in mail, measure a running desk. Never on a real desk: use bin/bench."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=["load", "mail", "merge", "measure", "table", "markdown"])
        parser.add_argument("--into", type=Path, help="JSON file of figures that the steps add to")
        parser.add_argument("--tickets", type=int, default=100_000)
        parser.add_argument("--mails", type=int, default=1_000)
        parser.add_argument("--url", default="")
        parser.add_argument("--web", type=int, default=0)
        parser.add_argument("--database", type=int, default=0)
        parser.add_argument("--log", type=Path)
        parser.add_argument("--seconds", type=float, default=5.0)
        parser.add_argument("--only", default="")
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        figures = getattr(self, options["step"])(options)
        if figures and options["into"]:
            known = json.loads(options["into"].read_text()) if options["into"].exists() else {}
            options["into"].write_text(json.dumps({**known, **figures}, ensure_ascii=False, indent=1))

    def load(self, options: dict[str, Any]) -> dict[str, Any]:
        until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        return {"loaded_s": round(load(options["tickets"], until), 1)}

    def mail(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"mail": intake_rate(options["mails"])}

    def merge(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"merging": merging(), "families": families()}

    def measure(self, options: dict[str, Any]) -> dict[str, Any]:
        while mark_overdue():  # what fell due since the desk was loaded would keep the worker busy meanwhile
            pass
        share_out()  # desks kept from before there were shares,
        classify()  # or classes
        desk = Desk(
            options["url"], options["web"], options["database"], options["log"], options["seconds"], options["tickets"]
        )
        only = {name for name in options["only"].split(",") if name}
        tickets = Ticket.objects.count()
        return {"tickets": tickets, "seconds": desk.seconds, "machine": machine(), **measure(desk, only)}

    def table(self, options: dict[str, Any]) -> None:
        self.stdout.write(report.table(json.loads(options["into"].read_text())))

    def markdown(self, options: dict[str, Any]) -> None:
        self.stdout.write(report.markdown([json.loads(file.read_text()) for file in options["files"]]))
