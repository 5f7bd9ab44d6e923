"""Write the search index anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Max

from madoguchi.models import Ticket
from madoguchi.tickets import indexing

STEP = 1_000


class Command(BaseCommand):
    help = "Make all tickets findable anew, newest first, while the desk runs. --below N goes on where it was stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--below", type=int, help="only tickets with a smaller id than this")
        parser.add_argument("--missing", action="store_true", help="only tickets that cannot be found yet")

    def handle(self, *args: Any, **options: Any) -> None:
        total = Ticket.objects.aggregate(n=Max("id"))["n"] or 0
        tickets = documents = said = 0
        where = indexing.MISSING if options["missing"] else "true"
        for ids in indexing.batches_of(where, [], below=options["below"]):
            documents += indexing.index_whole(ids)
            tickets += len(ids)
            if tickets - said >= STEP:
                said = tickets
                done = 100 * (total - ids[-1]) // total
                self.stdout.write(
                    f"{tickets} tickets, {documents} documents, {done} %: to go on later: --below {ids[-1]}"
                )
        self.stdout.write(f"{tickets} tickets, {documents} documents written")
