"""How many statements it takes to open a ticket, to answer it and to take a mail in. Savepoints and such are not counted."""

from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madoguchi.doors.mailbox import intake, store
from madoguchi.jobs.reader import reader
from madoguchi.models import InboundMail, Ticket
from madoguchi.organisation import current
from tests.cast import Cast
from tests.mails import mail

FREE = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def kept(monkeypatch) -> None:
    """What a process keeps for a second of the organisation's rows is kept, as on a running desk."""
    monkeypatch.setattr(settings, "TESTING", False)
    current.forget()


def statements(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return len([q for q in asked if not q["sql"].startswith(FREE)])


def desk(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.sato.agent)
    client.get("/tickets/new")
    return client


def test_a_ticket_is_opened_in_six_statements(cast, monkeypatch):
    kept(monkeypatch)
    client = desk(cast)
    form = {"contact": cast.yamada.pk, "department": cast.support.pk, "subject": "電話", "body": "折り返し希望", "channel": "Phone",
            "assignee": cast.sato.agent.pk}  # fmt: skip
    client.post("/tickets/new", {**form, "once": "a"})
    assert statements(lambda: client.post("/tickets/new", {**form, "once": "b"})) <= 6
    assert Ticket.objects.count() == 2


def test_a_reply_takes_eight_statements(cast, ticket, monkeypatch):
    kept(monkeypatch)
    client = desk(cast)
    form = {"to": "hanako@midori.example", "body": "ご連絡ありがとうございます。", "seen": ticket.opened_with.pk}
    path = f"/tickets/{ticket.number}/replies"
    client.post(path, {**form, "once": "a"})
    assert statements(lambda: client.post(path, {**form, "once": "b"})) <= 8
    assert ticket.entries.count() == 3


def test_a_mail_of_someone_known_takes_six_statements(cast, monkeypatch):
    kept(monkeypatch)
    first, second = (store.store(cast.support_box, mail(f"件 {n}")) for n in range(2))
    assert first is not None and second is not None
    intake.take_in(first.pk, reader())
    ahead = intake.Ahead(reader(), second.pk)
    assert statements(lambda: intake.take_in(second.pk, reader(), ahead=ahead)) <= 6
    assert set(InboundMail.objects.values_list("decision", flat=True)) == {"entry"}
