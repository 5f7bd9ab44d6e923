"""What the desk does in a second. Run by bin/bench on a database of its own."""

import json
import random
import resource
import time
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from madoguchi.doors.mailbox import intake, store
from madoguchi.jobs.reader import reader
from madoguchi.jobs.tasks import MAIL_LANES
from madoguchi.kit.addresses import Address
from madoguchi.kit.letters.compose import compose
from madoguchi.models import InboundMail, Mailbox, Organisation
from madoguchi.organisation.founding import add_department, found

WORDS = "注文 返金 配送 請求 同期 不具合 メール 端末 設定 お願い 確認 order refund delivery invoice error".split()


class Command(BaseCommand):
    help = "Measure mail intake: stored mails decided one after the other by one worker, each in its own commit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mails", type=int, default=1000)
        parser.add_argument("--contacts", type=int, default=200)

    def handle(self, *args: Any, **options: Any) -> None:
        if Organisation.objects.exists():
            raise CommandError("The bench runs on an empty database only: use bin/bench.")
        found(name="Bench")
        box = add_department("Support", address="support@bench.example", is_default=True).mailboxes.get()
        chance = random.Random(1)
        mails = [self.mail(n, options["contacts"], chance) for n in range(options["mails"])]
        reader().read(mails[0])
        stored = self.timed(lambda: self.keep(box, mails))
        decided = self.timed(lambda: intake.take_in_all(reader(), lanes=MAIL_LANES))
        entries = InboundMail.objects.filter(decision="entry").count()
        if entries != len(mails):
            raise CommandError(f"{entries} of {len(mails)} mails became entries")
        figures = {
            "mails": len(mails),
            "stored_per_s": round(len(mails) / stored, 1),
            "decided_per_s": round(len(mails) / decided, 1),
            "both_per_s": round(len(mails) / (stored + decided), 1),
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        for name, value in figures.items():
            self.stdout.write(f"{name:16} {value}")
        self.stdout.write(json.dumps(figures))

    def keep(self, box: Mailbox, mails: list[bytes]) -> None:
        for n, raw in enumerate(mails):
            store.store(box, raw, uid_validity=1, uid=n + 1)

    def timed(self, act: Any) -> float:
        start = time.monotonic()
        act()
        return time.monotonic() - start

    def mail(self, n: int, contacts: int, chance: random.Random) -> bytes:
        who = chance.randrange(contacts)
        text = "\n".join(" ".join(chance.choices(WORDS, k=12)) for _line in range(12))
        return compose(
            from_=Address(f"顧客 {who}", f"c{who}@customer{who % 50}.example"),
            to=[Address("", "support@bench.example")],
            subject=" ".join(chance.choices(WORDS, k=5)),
            text=text,
            html=f"<p>{text}</p>",
            message_id=f"bench{n}@customer.example",
            date=datetime(2026, 1, 1, tzinfo=UTC),
        )
