"""Compare all figures with a recount, or put them right."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from madoguchi import tally


class Command(BaseCommand):
    help = "Recount all figures from the tickets. --check only compares and exits 1 on any difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        alone = not connection.in_atomic_block
        with transaction.atomic(), connection.cursor() as cursor:
            if alone:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            kept, counted = tally.figures(), tally.recount()
            wrong = {k: (kept.get(k, (0, 0)), counted.get(k, (0, 0))) for k in kept.keys() | counted.keys()}
            wrong = {key: pair for key, pair in wrong.items() if pair[0] != pair[1]}
            if wrong and not options["check"]:
                tally.add_difference(kept, counted)
        for key, (has, should) in sorted(wrong.items(), key=str)[:50]:
            self.stdout.write(f"{' '.join(map(str, key))}: {has} instead of {should}")
        if wrong and options["check"]:
            raise CommandError(f"{len(wrong)} of {len(counted)} figures are wrong.")
        self.stdout.write(f"{len(counted)} figures, {len(wrong)} {'put right' if wrong else 'wrong'}")
