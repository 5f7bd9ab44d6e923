"""Mail intake: stored mails decided one after the other by one worker, each in its own commit."""

import random
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Max

from madoguchi.doors.mailbox import intake, store
from madoguchi.jobs.reader import reader
from madoguchi.jobs.tasks import MAIL_LANES
from madoguchi.kit.addresses import Address
from madoguchi.kit.letters.compose import compose
from madoguchi.management.bench.sentences import JA, often
from madoguchi.models import ContactAddress, InboundMail, Mailbox

CONTACTS = 200


def intake_rate(mails_n: int) -> dict[str, float]:
    """Mails a second, of known contacts, into the largest department's mailbox."""
    box = Mailbox.objects.order_by("pk")[0]
    contacts = list(ContactAddress.objects.order_by("pk").values_list("address", flat=True)[:CONTACTS])
    chance, run = random.Random(1), secrets.token_hex(4)
    mails = [mail(n, run, contacts, box.address, chance) for n in range(mails_n)]
    reader().read(mails[0])
    stored = timed(lambda: keep(box, mails))
    decided = timed(lambda: intake.take_in_all(reader(), lanes=MAIL_LANES))
    entries = InboundMail.objects.filter(decision="entry", message_id__startswith=run).count()
    if entries != mails_n:
        raise ValueError(f"{entries} of {mails_n} mails became entries")
    return {
        "mails": mails_n,
        "stored_per_s": round(mails_n / stored, 1),
        "decided_per_s": round(mails_n / decided, 1),
        "both_per_s": round(mails_n / (stored + decided), 1),
    }


def keep(box: Mailbox, mails: list[bytes]) -> None:
    last = InboundMail.objects.filter(mailbox=box, uid_validity=1).aggregate(last=Max("uid"))["last"] or 0
    for n, raw in enumerate(mails):
        store.store(box, raw, uid_validity=1, uid=last + n + 1)


def timed(act: Callable[[], Any]) -> float:
    start = time.monotonic()
    act()
    return time.monotonic() - start


def mail(n: int, run: str, contacts: list[str], to: str, chance: random.Random) -> bytes:
    topic = JA.topic(chance)
    text = "\n".join(often(JA.told[topic], chance) for _line in range(8))
    return compose(
        from_=Address(f"顧客 {n % 50}", chance.choice(contacts)),
        to=[Address("", to)],
        subject=chance.choice(JA.subjects[topic]),
        text=text,
        html="".join(f"<p>{line}</p>" for line in text.splitlines()),
        message_id=f"{run}.{n}@customer.example",
        date=datetime(2026, 1, 1, tzinfo=UTC),
    )
