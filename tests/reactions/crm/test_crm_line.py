"""What connectors are given: tokens renewed once, whoever asks, and turns no faster than allowed."""

import threading

import pytest
from django.db import connection

from madoguchi.errors import Denied, Refused
from madoguchi.models import CrmConnection, CrmTrouble, Event
from madoguchi.organisation import crm
from madoguchi.reactions.crm.line import Line
from madoguchi.reactions.crm.pace import Pace
from tests.cast import gather


class Sleeper:
    """A clock that moves only while somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, []

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))


def test_turns_are_spread_over_the_minute_and_shared_by_workers():
    clock = Sleeper()
    pace = Pace(60, clock=lambda: clock.now, sleep=clock.sleep)
    for _request in range(3):
        pace.turn()
    assert clock.slept == [1, 2]
    clock.now += 10
    pace.turn()
    assert clock.slept == [1, 2]
    pace.share = 0.5
    pace.turn()
    pace.turn()
    assert clock.slept == [1, 2, 1, 3]


@pytest.mark.django_db(transaction=True)
def test_a_refused_token_is_renewed_once_by_whichever_worker_comes_first():
    cast = gather()
    row = crm.connect("zoho", settings={}, secrets={"access_token": "old", "refresh_token": "r"}, by=cast.admin)
    workers = [Line(row, Pace(600)) for _worker in range(2)]
    asked, got, ready = [], [], threading.Barrier(6)

    def renew(secrets):
        asked.append(secrets["access_token"])
        return {"access_token": "new"}

    def use(line: Line) -> None:
        ready.wait()
        got.append(line.renewed("old", renew))
        connection.close()

    threads = [threading.Thread(target=use, args=[workers[n % 2]]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert asked == ["old"]
    assert got == [{"access_token": "new", "refresh_token": "r"}] * 6
    assert crm.secrets_of(crm.connection()) == {"access_token": "new", "refresh_token": "r"}
    assert {line.secrets()["access_token"] for line in workers} == {"new"}


@pytest.mark.django_db
def test_a_token_of_a_connection_that_is_gone_is_not_kept(cast):
    row = crm.connect("zoho", settings={}, secrets={"access_token": "old"}, by=cast.admin)
    line = Line(row, Pace(600))
    crm.connect("zoho", settings={}, secrets={"access_token": "another account"}, by=cast.admin)
    assert line.renewed("old", lambda _secrets: {"access_token": "new"})["access_token"] == "new"
    assert crm.secrets_of(crm.connection()) == {"access_token": "another account"}


@pytest.mark.django_db
def test_secrets_are_sealed_and_never_in_the_history(cast):
    crm.connect("zoho", settings={"dc": "jp"}, secrets={"access_token": "geheim-1"}, by=cast.admin)
    crm.reconnect(secrets={"access_token": "geheim-2"}, by=cast.admin)
    row = CrmConnection.objects.get()
    assert "geheim" not in row.secrets and crm.secrets_of(row) == {"access_token": "geheim-2"}
    told = str(list(Event.objects.filter(verb="setup.changed").values_list("before", "after")))
    assert "zoho" in told and "geheim" not in told


@pytest.mark.django_db
def test_only_administrators_connect(cast):
    for act in (
        lambda by: crm.connect_builtin(by=by),
        lambda by: crm.disconnect(by=by),
        lambda by: crm.set_order(won_first=True, by=by),
        lambda by: crm.set_rate(per_minute=10, by=by),
        lambda by: crm.look_at_all(by=by),
        lambda by: crm.reconnect(secrets={}, by=by),
    ):
        for somebody in (cast.sato, cast.tanaka, cast.light):
            with pytest.raises(Denied):
                act(somebody)
    assert not crm.connection().kind
    with pytest.raises(Refused):
        crm.set_rate(per_minute=10, by=cast.admin)
    crm.connect_builtin(by=cast.admin)
    for n in (0, -1, 6001):
        with pytest.raises(Refused):
            crm.set_rate(per_minute=n, by=cast.admin)


@pytest.mark.django_db
def test_the_latest_fifty_troubles_are_kept():
    for n in range(60):
        crm.note_trouble(f"asked {n}", "broken")
    assert CrmTrouble.objects.count() == 50 and CrmTrouble.objects.first().asked == "asked 59"
