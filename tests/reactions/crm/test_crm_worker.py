"""The worker's own thread looks contacts up (SPEC C7): soon, side by side, and nobody else waits for the CRM."""

import contextlib
import threading
import time
from contextlib import contextmanager

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction

from madoguchi import crm as builtin
from madoguchi import lookups, people, tickets
from madoguchi.doors.mailbox import intake, store
from madoguchi.jobs.reader import reader
from madoguchi.management.commands.worker import Classifier
from madoguchi.models import Classification, Contact, CrmClass, CrmStage, Event, InboundMail, Lookup, Ticket
from madoguchi.organisation import crm
from tests.cast import gather, open_one
from tests.mails import mail
from tests.reactions.crm.answering import look_up, serving
from tests.reactions.crm.test_crm_stories import Story, assert_true

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def classifiers(n: int = 1):
    threads = [Classifier() for _each in range(n)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.stopping.set()
        for thread in threads:
            thread.join(20)


def until(met, within_s: float = 15.0) -> float:
    start = time.monotonic()
    while not met():
        assert time.monotonic() - start < within_s
        time.sleep(0.02)
    return time.monotonic() - start


def test_a_won_deal_moves_the_ticket_within_five_seconds():
    cast = gather()
    crm.connect_builtin(by=cast.admin)
    ticket = open_one(cast)
    with classifiers():
        hanako = builtin.create_person("contact", {"last_name": "山田", "email": "hanako@midori.example"}, by=cast.sato)
        until(lambda: not Lookup.objects.exists())
        won = CrmStage.objects.get(name_ja="受注")
        builtin.create_deal({"name": "定期便", "person": hanako, "stage": won}, by=cast.sato)
        took_s = until(lambda: Ticket.objects.get(pk=ticket.pk).crm_class == CrmClass.CUSTOMER)
    assert took_s < 5


def test_three_workers_look_everybody_up_once(monkeypatch):
    cast = gather()
    with serving(monkeypatch) as server:
        server.delay_s = 0.02
        crm.connect("zoho", settings={"url": server.url}, secrets={}, by=cast.admin)
        for n in range(60):
            contact = people.identify(f"c{n}@many.example", by=cast.sato)
            server.knows(contact.email, "open")
            open_one(cast, contact=contact)
        with classifiers(3):
            until(lambda: not Lookup.objects.exists(), within_s=40)
        assert sorted(server.emails) == sorted(set(server.emails))
        assert Contact.objects.filter(crm_class=CrmClass.DEAL).count() == 60
        assert Event.objects.filter(verb="contact.classified").count() == 60
        assert set(Ticket.objects.values_list("crm_class", flat=True)) == {CrmClass.DEAL}


def test_a_hanging_crm_holds_up_neither_mail_nor_verbs(monkeypatch):
    cast = gather()
    reader()
    with serving(monkeypatch, timeout_s=4) as server:
        take_in(cast, "準備")
        alone_s = take_in(cast, "何も接続していない")
        server.fault = "hang"
        crm.connect("zoho", settings={"url": server.url}, secrets={}, by=cast.admin)
        ticket = open_one(cast)
        with classifiers():
            assert server.heard.wait(10)
            took_s = take_in(cast, "停止中")
            start = time.monotonic()
            tickets.close(ticket, by=cast.sato)
            tickets.reopen(ticket, by=cast.sato)
            people.edit_contact(cast.yamada, {"title": "部長"}, by=cast.sato)
            verbs_s = time.monotonic() - start
            assert server.at_once, "the CRM was not asked any more"
            server.released.set()
        assert took_s < max(3 * alone_s, 1.0) and verbs_s < 1.5
        assert Ticket.objects.filter(subject="停止中").exists()


def test_a_crm_that_is_slow_holds_no_lock_and_no_transaction(monkeypatch):
    cast = gather()
    with serving(monkeypatch) as server:
        server.fault = "hang"
        crm.connect("zoho", settings={"url": server.url}, secrets={}, by=cast.admin)
        open_one(cast)
        with classifiers():
            assert server.heard.wait(10)
            time.sleep(0.2)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND state LIKE 'idle in transaction%%'"
                )
                assert cursor.fetchone() == (0,)
            with transaction.atomic():
                assert Lookup.objects.select_for_update(nowait=True).count() == 1
                assert Contact.objects.select_for_update(nowait=True, of=("self",)).count() == 2
            server.released.set()


def test_who_is_being_edited_is_looked_up_when_that_is_done(monkeypatch):
    """The classifier waits for nobody's lock, and loses nothing by it."""
    cast = gather()
    crm.connect_builtin(by=cast.admin)
    builtin.create_person("contact", {"last_name": "客", "email": "hanako@midori.example"}, by=cast.sato)
    builtin.create_person("contact", {"last_name": "客", "email": "makoto@kita.example"}, by=cast.sato)
    ticket = open_one(cast)
    with classifiers():
        with transaction.atomic():
            Contact.objects.select_for_update(of=("self",)).get(pk=cast.yamada.pk)
            lookups.wish_all([cast.takahashi.pk])
            until_outside(cast.takahashi.pk)
        until(lambda: Ticket.objects.get(pk=ticket.pk).crm_class == CrmClass.CONTACT)
    assert not Lookup.objects.exists()


@pytest.mark.parametrize("seed", [1, 2])
def test_agents_and_workers_at_once_lose_no_class(seed):
    """Two agents do what comes to their mind while two workers look up: nobody is held up for good, nothing is left wrong."""
    cast = gather()
    crm.connect_builtin(by=cast.admin)
    open_one(cast)
    wrong: list[Exception] = []

    def act(own: int) -> None:
        story = Story(cast, 100 * seed + own)
        try:
            for _step in range(40):
                with contextlib.suppress(ObjectDoesNotExist):
                    story.step(but=look_up)
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    agents = [threading.Thread(target=act, args=[n]) for n in range(2)]
    with classifiers(2):
        for agent in agents:
            agent.start()
        for agent in agents:
            agent.join(120)
        until(lambda: not Lookup.objects.exists(), within_s=30)
    assert wrong == []
    assert_true()


def test_the_connection_may_be_changed_while_workers_look_up(monkeypatch, caplog):
    cast = gather()
    for n in range(40):
        open_one(cast, contact=people.identify(f"c{n}@many.example", by=cast.sato))
    with serving(monkeypatch) as server, classifiers(2):
        for _time in range(6):
            crm.connect_builtin(by=cast.admin)
            time.sleep(0.1)
            crm.connect("zoho", settings={"url": server.url}, secrets={}, by=cast.admin)
            time.sleep(0.1)
            crm.disconnect(by=cast.admin)
        crm.connect("zoho", settings={"url": server.url}, secrets={}, by=cast.admin)
        until(lambda: not Lookup.objects.exists(), within_s=30)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
    assert set(Classification.objects.filter(contact__tickets__isnull=False).values_list("source", flat=True)) == {
        "zoho"
    }


def until_outside(contact: int) -> None:
    """Read past this transaction's own snapshot: READ COMMITTED sees what others commit."""
    until(lambda: Classification.objects.filter(contact=contact).exists())


def take_in(cast, subject: str) -> float:
    raw = mail(subject=subject)
    stored = store.store(cast.support_box, raw)
    start = time.monotonic()
    intake.take_in(stored.pk, reader())
    assert InboundMail.objects.get(pk=stored.pk).ticket is not None
    return time.monotonic() - start
