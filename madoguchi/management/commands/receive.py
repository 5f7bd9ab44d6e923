"""Take in one raw mail as if fetched."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from madoguchi.doors.mailbox import intake, store
from madoguchi.jobs.reader import reader
from madoguchi.kit import addresses
from madoguchi.models import InboundMail, Mailbox


def mailbox_of(address: str) -> Mailbox:
    box = Mailbox.objects.filter(folded=addresses.fold(address)).first()
    if box is None:
        known = ", ".join(Mailbox.objects.values_list("address", flat=True))
        raise CommandError(f"There is no mailbox {address}. Known: {known}")
    return box


class Command(BaseCommand):
    help = "Take in one raw mail from standard input and print: entry|quarantine|suppressed|duplicate NUMBER."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mailbox", required=True, metavar="ADDRESS")

    def handle(self, *args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read()
        if not raw.strip():
            raise CommandError("There is no mail on standard input.")
        mail = store.store(mailbox_of(options["mailbox"]), raw)
        assert mail is not None
        intake.take_in(mail.pk, reader())
        mail = InboundMail.objects.select_related("ticket").get(pk=mail.pk)
        self.stdout.write(f"{mail.decision or 'waiting'} {intake.number_of(mail)}")
