"""Compare all figures with a recount, and what tickets repeat of their shares and contacts with these; or put them right."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from madoguchi import tally
from madoguchi.models import Ticket
from madoguchi.reactions.crm import copies
from madoguchi.tickets import sharing


class Command(BaseCommand):
    help = "Recount all figures from the tickets. --check only compares and exits 1 on any difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        alone = not connection.in_atomic_block
        with transaction.atomic(), connection.cursor() as cursor:
            if alone:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            wrong = tally.differing()
            if wrong and not options["check"]:
                tally.mend()
            tickets = Ticket.objects.count()
            unlike = sharing.differing()
            for pk, _has, _should in [] if options["check"] else unlike:
                sharing.mend(pk)
            moved = copies.differing()
            if moved and not options["check"]:
                copies.mend(sorted({contact for _ticket, _has, _should, contact in moved}))
        for key, lacks in wrong[:50]:
            self.stdout.write(f"{' '.join(map(str, key))}: lacks {' '.join(map(str, lacks))}")
        for pk, said, true in unlike[:50]:
            self.stdout.write(f"shares of ticket {pk}: {said} instead of {true}")
        for pk, copy, kept_class, _contact in moved[:50]:
            self.stdout.write(f"CRM class of ticket {pk}: {copy} instead of {kept_class}")
        if (wrong or unlike or moved) and options["check"]:
            raise CommandError(
                f"{len(wrong)} figures of {tickets} tickets, the shares of {len(unlike)} tickets and the CRM classes of"
                f" {len(moved)} are wrong."
            )
        self.stdout.write(f"Figures of {tickets} tickets: {len(wrong)} {'put right' if wrong else 'wrong'}")
