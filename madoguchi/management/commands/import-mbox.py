"""Take in a whole mbox file, oldest first, each mail dated as it was written."""

import mailbox
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from madoguchi.doors.mailbox import intake, store
from madoguchi.jobs.reader import reader
from madoguchi.kit.letters import Unreadable
from madoguchi.management.commands.receive import mailbox_of
from madoguchi.models import InboundMail

BAR = 30


class Command(BaseCommand):
    help = "Take in every mail of an mbox file. What was imported before ends as duplicate."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--mailbox", required=True, metavar="ADDRESS")

    def handle(self, *args: Any, **options: Any) -> None:
        box, path = mailbox_of(options["mailbox"]), options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        mbox = mailbox.mbox(path, create=False)
        keys, counts, start = mbox.keys(), Counter[str](), time.monotonic()
        for done, key in enumerate(keys, 1):
            mail = store.store(box, mbox.get_bytes(key))
            assert mail is not None
            intake.take_in(mail.pk, reader(), at=self.written_at(bytes(mail.raw)))
            counts[InboundMail.objects.values_list("decision", flat=True).get(pk=mail.pk) or "waiting"] += 1
            self.progress(done, len(keys), time.monotonic() - start)
        mbox.close()
        self.stderr.write("")
        for decision in InboundMail.Decision.values:
            if counts[decision]:
                self.stdout.write(f"{decision} {counts[decision]}")

    def written_at(self, raw: bytes) -> Any:
        """The mail's own date if it lies in the past, else None: now."""
        try:
            date = reader().read(raw).date
        except Unreadable:
            return None
        return date if date is not None and date < timezone.now() else None

    def progress(self, done: int, total: int, seconds: float) -> None:
        if done % 20 and done != total:
            return
        filled = BAR * done // max(1, total)
        rate = done / seconds if seconds else 0
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {done}/{total}  {rate:.0f}/s ")
        sys.stderr.flush()
