"""The desk the bench loads is a desk as the verbs would have left it."""

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from desk.bench import NAMES
from desk.paths import ROOT
from desk.testing import (
    clone_template,
    drop_database,
    migrated_template,
    start_web,
    stop_process,
    url_of_database,
    use_database,
)
from madoguchi import lookups, tally
from madoguchi.actor import Actor
from madoguchi.lists import search
from madoguchi.management.bench.load import load
from madoguchi.management.bench.measuring import Desk, measure
from madoguchi.management.bench.people import PASSWORD, TAGS
from madoguchi.management.bench.sentences import has_rare_word, order_number, rare_word
from madoguchi.management.bench.targets import GOALS
from madoguchi.models import Agent, Classification, Contact, CrmClass, Entry, Event, Lookup, Ticket
from madoguchi.organisation import current
from madoguchi.reactions.crm import copies
from madoguchi.reactions.crm.looking_up import LookingUp
from madoguchi.tickets import indexing

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
TABLES = "ticket ticketnumber entry event outboundmail tickettag searchdocument contactaddress contactphone".split()


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """Two desks of 200 tickets; the second is the default database meanwhile. What the first held, as digests."""
    url, before = settings.DATABASE_URL, connection.settings_dict["NAME"]
    names = [f"test_bench_{uuid4().hex[:12]}" for _desk in range(2)]
    with django_db_blocker.unblock():
        template = migrated_template(url)
        try:
            for name in names:
                clone_template(url, template, name)
                use_database(name)
                current.forget()
                load(200, UNTIL)
                if name == names[0]:
                    first = digests()
            yield first
        finally:
            use_database(before)
            current.forget()
            for name in names:
                drop_database(url, name)


def digests():
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM madoguchi_{table} t")
            found[table] = cursor.fetchone()
    return found


@pytest.fixture
def agent(loaded):
    return Agent.objects.get(email="agent1@bench.example")


def test_the_same_desk_comes_out_each_time(loaded):
    assert digests() == loaded
    assert loaded["ticket"][0] == 200


def test_the_figures_are_those_of_a_recount(loaded):
    assert tally.figures() == tally.recount()
    assert len(tally.figures()) > 1000


def test_search_documents_are_those_the_verbs_write(loaded):
    indexing.index_whole(list(Ticket.objects.values_list("pk", flat=True)))
    assert digests()["searchdocument"] == loaded["searchdocument"]


def test_indexes_and_sequences_are_back(loaded):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_indexes WHERE tablename IN ('madoguchi_ticket', 'madoguchi_searchdocument')"
        )
        assert cursor.fetchone()[0] > 15
        cursor.execute("SELECT last_value FROM madoguchi_ticket_number")
        assert cursor.fetchone()[0] == max(Ticket.objects.values_list("number", flat=True))
    entry = Entry.objects.order_by("-pk")[0]
    assert (
        Event.objects.create(verb="ticket.edited", door="page").pk > Event.objects.exclude(ticket=None).latest("pk").pk
    )
    Event.objects.filter(ticket=None, contact=None, verb="ticket.edited").delete()
    assert entry.ticket.entries.count() in (3, 4, 100)


def test_shares_are_as_in_a_real_desk(loaded):
    assert 0.75 < Ticket.objects.filter(state="Closed").count() / 200 < 0.95
    assert Ticket.objects.filter(department=1).count() > 60
    assert Ticket.objects.filter(ticket_tags__tag__name=TAGS[0]).exists()
    assert {ticket.entries.count() for ticket in Ticket.objects.all()} == {3, 4, 100}
    assert Contact.objects.count() == 400


def test_customers_have_the_classes_the_built_in_crm_gives_them(loaded):
    def told():
        rows = Classification.objects.order_by("pk").values_list("pk", "source", "module", "record", "deals")
        return list(rows), list(Contact.objects.order_by("pk").values_list("pk", "crm_class"))

    before = told()
    assert len(before[0]) == Contact.objects.count() and {crm_class for _pk, crm_class in before[1]} == set(CrmClass)
    assert copies.differing() == []
    lookups.forget()
    lookups.wish_all(pk for pk, _crm_class in before[1])
    LookingUp().run_all()
    assert told() == before and not Lookup.objects.exists()


def test_tickets_open(agent):
    """Every one of a fifth, the long one among them."""
    boss = Client()
    boss.force_login(Agent.objects.get(email="agent0@bench.example"))
    for ticket in [t for t in Ticket.objects.filter(trashed_at=None) if t.pk % 5 == 3]:
        answer = boss.get(f"/tickets/{ticket.number}/")
        assert answer.status_code == 200
        assert ticket.subject in answer.content.decode()


def test_search_finds_what_was_planted(loaded):
    boss = Actor(agent=Agent.objects.get(email="agent0@bench.example"), door="page")
    planted = [t for t in Ticket.objects.filter(Ticket.LIVE) if has_rare_word(t.pk - 1)]
    assert len(planted) > 10
    for ticket in planted:
        for words in (rare_word(ticket.pk - 1), order_number(ticket.pk - 1)):
            assert [row["number"] for row in search.search(boss, words).rows] == [ticket.number]
    assert len(search.search(boss, "返金").rows) > 5
    assert len(search.search(boss, "refund").rows) > 5


def test_agents_can_sign_in(agent):
    assert agent.check_password(PASSWORD)


def test_a_desk_that_is_not_empty_is_left_alone(loaded):
    with pytest.raises(ValueError, match="not empty"):
        load(200, UNTIL)


def test_every_measure_can_be_taken(loaded, tmp_path_factory):
    """The real server, driven over HTTP: each answer is the one that was asked for. Times are nobody's business here."""
    env = {
        "DATABASE_URL": url_of_database(settings.DATABASE_URL, connection.settings_dict["NAME"]),
        "MADOGUCHI_SECRET_KEY": settings.SECRET_KEY,
    }
    data = Path(os.environ.get("MADOGUCHI_DATA") or tmp_path_factory.mktemp("data"))
    url, process = start_web({**env, "MADOGUCHI_DATA": str(data)})
    try:
        desk = Desk(url, process.pid, process.pid, log=None, seconds=0.02, loaded=200)
        found = measure(desk, (), crowds=(30,))
    finally:
        stop_process(process)
    assert {name: f["error"] for part in ("measures", "live") for name, f in found[part].items() if "error" in f} == {}
    assert set(found["measures"]) == set(GOALS)
    assert found["live"]["30"]["fan_out_p95"] > 0
    assert all(f["8"]["requests"] >= 1 for f in found["measures"].values())


@pytest.mark.skipif(os.environ.get("MADOGUCHI_BENCH") != "1", reason="takes a minute: MADOGUCHI_BENCH=1 runs it")
def test_bin_bench_runs_from_the_first_step_to_the_table(tmp_path):
    figures = tmp_path / "figures.json"
    command = [str(ROOT / "bin" / "bench"), "--tickets", "300", "--seconds", "0.2", "--json", str(figures)]
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "MADOGUCHI_DATA")}
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(figures.read_text())
    assert "List, first page" in done.stdout and "✕ list" not in done.stdout
    assert found["measures"]["list"]["sql"] >= 1 and found["mail"]["decided_per_s"] > 0


def test_the_command_knows_every_measure_by_its_name():
    assert set(NAMES) == {*GOALS, "live", "crm", "mail", "merge"}
