"""`GET /live`: who may listen, to what; and who else is on a ticket."""

import pytest
from django.test import Client

from madoguchi.actor import Actor
from madoguchi.errors import Hidden
from madoguchi.models import Presence
from madoguchi.tickets import attending


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor.agent)
    return client


def test_nobody_and_who_has_yet_to_choose_a_password_are_told_not_to_come_again(cast):
    assert Client().get("/live").status_code == 204
    cast.sato.agent.is_confirmed = False
    cast.sato.agent.save()
    assert client_of(cast.sato).get("/live").status_code == 204
    assert client_of(cast.tanaka).post("/live").status_code == 405


def test_an_agent_hears_of_own_departments_an_administrator_of_all(cast):
    listener = client_of(cast.sato).get("/live", headers={"Last-Event-ID": "1700000000000"}).listener
    assert (listener.agent, listener.departments) == (cast.sato.agent.pk, frozenset({cast.support.pk}))
    assert listener.since == 1700000000000 - 1500 and listener.session and listener.stamp
    assert client_of(cast.admin).get("/live").listener.departments is None


def test_agents_on_a_ticket_see_each_other_and_not_themselves(cast, ticket):
    attending.attend(ticket, "viewing", by=cast.sato)
    attending.attend(ticket, "typing", by=cast.tanaka)
    assert [(o.name, o.is_typing) for o in attending.others(ticket, by=cast.sato)] == [("田中 美咲", True)]
    assert [(o.name, o.is_typing) for o in attending.others(ticket, by=cast.tanaka)] == [("佐藤 健", False)]
    attending.leave(ticket, by=cast.tanaka)
    assert attending.others(ticket, by=cast.sato) == []


def test_the_bell_rings_for_news_only(cast, ticket, monkeypatch):
    rung: list[str] = []
    monkeypatch.setattr(attending.bell, "ring", lambda **name: rung.append(name["verb"]))
    for doing in ("viewing", "viewing", "typing", "typing", "viewing"):
        attending.attend(ticket, doing, by=cast.sato)
    Presence.objects.update(seen_at="2026-01-01T00:00:00Z")
    assert attending.others(ticket, by=cast.tanaka) == []
    attending.attend(ticket, "viewing", by=cast.sato)
    for _twice in range(2):
        attending.leave(ticket, by=cast.sato)
    assert rung == ["presence.viewing", "presence.typing", "presence.viewing", "presence.viewing", "presence.gone"]


def test_who_may_not_read_a_ticket_is_not_on_it(cast, ticket):
    for verb in (
        lambda: attending.attend(ticket, "viewing", by=cast.suzuki),
        lambda: attending.others(ticket, by=cast.suzuki),
    ):
        with pytest.raises(Hidden):
            verb()
    assert not Presence.objects.exists()


def test_the_page_says_who_is_there(cast, ticket):
    address = f"/tickets/{ticket.number}/presence"
    assert client_of(cast.tanaka).post(address, {"doing": "typing"}).content.strip() == b""
    assert "田中 美咲" in client_of(cast.sato).get(address).content.decode()
    assert client_of(cast.tanaka).post(address, {"doing": "gone"}).status_code == 204
    assert client_of(cast.sato).get(address).content.strip() == b""
