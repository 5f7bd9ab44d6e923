"""`kill -9` of the worker at every step of intake and of sending, then a restart: nothing lost, nothing doubled."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction

from desk.testing import start, stop_process, url_of_database
from madoguchi import tally, tickets
from madoguchi.kit import crypt
from madoguchi.models import Entry, InboundMail, Notification, OutboundMail, Telling, Ticket
from madoguchi.models.mail import Security
from tests.cast import Cast, gather, open_one
from tests.mails import mail
from tests.smtp import deliver_by

pytestmark = [pytest.mark.dovecot, pytest.mark.django_db(transaction=True)]

PATIENCE_S = 120.0
INTAKE = [
    "fetched, not stored",
    "stored, not committed",
    "cursor moved, not committed",
    "stored, not decided",
    "reading",
    "entry written, not committed",
    "decided, not committed",
    "decided and committed",
]
SENDING = [
    "queued",
    "taken, before SMTP",
    "recipients accepted",
    "about to hand over",
    "accepted by SMTP, not committed",
    "sent and committed",
]
TELLING = [
    "event seen, nobody told",
    "told, not committed",
    "told, not mailed",
    "notice written, not committed",
    "notice committed",
]


@pytest.fixture
def desk(db, own_folders, settings) -> Iterator[Cast]:
    yield gather()


class Workers:
    """Starts the worker again whenever it has killed itself."""

    def __init__(self, step: str, folder: Path) -> None:
        self.once = folder / "killed"
        name = connection.settings_dict["NAME"]
        self.env = {
            **os.environ,
            "DATABASE_URL": url_of_database(django_settings.DATABASE_URL, name),
            "MADOGUCHI_DATA": str(folder),
            "MADOGUCHI_SECRET_KEY": django_settings.SECRET_KEY,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": str(django_settings.BASE_DIR),
            "KILL_AT": step,
            "KILL_ONCE": str(self.once),
        }
        self.process = self.run()

    def run(self) -> "subprocess.Popen[bytes]":
        return start([sys.executable, "-m", "tests.crash.worker"], self.env)

    def until(self, reached: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                self.process = self.run()
            if self.once.exists() and reached():
                return
            time.sleep(0.1)
        pytest.fail(
            f"not reached: killed={self.once.exists()} {list(InboundMail.objects.values('decision', 'reason'))}"
        )


@pytest.fixture
def workers(tmp_path) -> Iterator[Callable[[str], Workers]]:
    running: list[Workers] = []

    def begin(step: str) -> Workers:
        running.append(Workers(step, tmp_path))
        return running[-1]

    yield begin
    for worker in running:
        stop_process(worker.process)


@pytest.mark.parametrize("step", INTAKE)
def test_killed_while_taking_mail_in_nothing_is_lost_or_doubled(desk, dovecot, workers, step):
    for n in range(3):
        dovecot.deliver(mail(f"{n} 通目"))
    box = desk.support_box
    box.imap_host, box.imap_port, box.imap_security = dovecot.host, dovecot.port, Security.NONE
    box.imap_user = dovecot.user
    box.imap_password = crypt.seal(django_settings.SECRET_KEY.encode(), dovecot.password)
    box.save()
    workers(step).until(lambda: InboundMail.objects.exclude(decision="").count() == 3)
    time.sleep(0.5)
    assert sorted(Ticket.objects.values_list("subject", flat=True)) == ["0 通目", "1 通目", "2 通目"]
    assert list(InboundMail.objects.values_list("decision", flat=True)) == ["entry"] * 3
    assert Entry.objects.count() == 3
    assert tally.figures() == tally.recount()


@pytest.mark.parametrize("step", SENDING)
def test_killed_while_sending_the_customer_gets_one_mail_and_the_screen_says_so(desk, dovecot, post, workers, step):
    deliver_by(post, desk.support_box)
    ticket = open_one(desk)
    with transaction.atomic():
        entry = tickets.reply(ticket, "返金は完了しています。", by=desk.sato)
    State = OutboundMail.State
    workers(step).until(lambda: OutboundMail.objects.get().state in (State.SENT, State.UNCERTAIN))
    time.sleep(1.5)
    state = OutboundMail.objects.get().state
    handed_over = step in ("about to hand over", "accepted by SMTP, not committed")
    assert state == (State.UNCERTAIN if handed_over else State.SENT)
    assert len(post.accepted) == (0 if step == "about to hand over" else 1)
    assert all(m["Message-ID"] == f"<{entry.message_id}>" for m in post.mails)
    assert Entry.objects.count() == 2


@pytest.mark.parametrize("step", TELLING)
def test_killed_while_telling_an_agent_is_told_once_and_mailed_once(desk, post, workers, step):
    deliver_by(post, desk.support_box)
    ticket = open_one(desk)
    Telling.objects.all().delete()
    with transaction.atomic():
        tickets.comment(ticket, "@田中 美咲 さん、お願いします。", by=desk.sato)
    workers(step).until(lambda: list(OutboundMail.objects.values_list("state", flat=True)) == ["SENT"])
    time.sleep(1.5)
    assert list(Notification.objects.values_list("agent__email", "kind")) == [("tanaka@demo.example", "mentioned")]
    assert [letter["To"] for letter in post.mails] == ["田中 美咲 <tanaka@demo.example>"]
    assert not Telling.objects.exists()
