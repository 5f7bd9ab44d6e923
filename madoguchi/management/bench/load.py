"""Fill an empty desk with N tickets: everything around them by the verbs, the tickets by COPY."""

import time
from datetime import datetime

from django.db import connection, connections, transaction

from madoguchi.management.bench import copying, figures, indexes
from madoguchi.management.bench.boards import classify
from madoguchi.management.bench.lines import COLUMNS
from madoguchi.management.bench.people import gather
from madoguchi.management.bench.plan import FIRST_NUMBER, Plan
from madoguchi.management.bench.progress import Bar
from madoguchi.management.bench.sharing import share_out
from madoguchi.models import Organisation

TABLES = [f"madoguchi_{table}" for table in (*COLUMNS, "tally")]


def load(tickets: int, until: datetime) -> float:
    """Seconds it took. The desk must be migrated and empty."""
    if Organisation.objects.exists():
        raise ValueError("the desk is not empty")
    started = time.monotonic()
    plan = Plan(tickets, until)
    with transaction.atomic():
        world = gather(tickets, until)
        dropped = indexes.drop(TABLES)
    with Bar("Copying tickets", tickets) as bar:
        copying.copy_all(plan, world, bar.to)
    with Bar("Counting the figures", 1):
        figures.count_all(copying.PROCESSES, tickets)
    with Bar("Building the indexes", len(dropped)) as bar:
        indexes.make(dropped, bar.to)
    with Bar("Vacuum and analyze", 1):
        finish(plan)
    share_out()
    classify()
    return time.monotonic() - started


def finish(plan: Plan) -> None:
    """Sequences after what was copied; visibility map and statistics."""
    connections.close_all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('madoguchi_ticket_number', %s)", [FIRST_NUMBER + plan.tickets - 1])
        for table in COLUMNS:
            cursor.execute("SELECT pg_get_serial_sequence(%s, a.attname) FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attidentity <> ''", [f"madoguchi_{table}", f"madoguchi_{table}"])  # fmt: skip
            if found := cursor.fetchone():
                cursor.execute(f"SELECT setval('{found[0]}', (SELECT coalesce(max(id), 1) FROM madoguchi_{table}))")
        cursor.execute("VACUUM (ANALYZE, PARALLEL 2)")
