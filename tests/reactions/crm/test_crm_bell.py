"""Open boards and ticket pages hear of a class that changed (SPEC C7): names only, to the departments that see the ticket."""

import pytest
from django.db import connection

from madoguchi import bell, lookups, people, tickets
from madoguchi.models import Permission, Ticket
from madoguchi.organisation import crm
from madoguchi.reactions.crm import copies
from tests.cast import open_one
from tests.reactions.crm.answering import look_up, serving


@pytest.fixture
def said(monkeypatch):
    """Every name that is said of classes while something is done."""
    heard: list[dict] = []
    monkeypatch.setattr(bell, "ring_each", lambda names: heard.extend(names))

    def listen(act):
        heard.clear()
        act()
        return [name for name in heard if name["verb"] == "contact.classified"]

    return listen


def test_each_department_that_sees_the_ticket_hears_of_it(cast, said, monkeypatch):
    with serving(monkeypatch) as server:
        crm.connect("zoho", settings={"url": server.url}, secrets={}, by=cast.admin)
        ticket = open_one(cast)
        tickets.share(ticket, [tickets.Wish(cast.billing, Permission.READ)], by=cast.sato)
        closed = open_one(cast, "済み")
        tickets.close(closed, by=cast.sato)
        server.knows("hanako@midori.example", "won")
        name = {"verb": "contact.classified", "ticket": ticket.pk, "number": ticket.number}
        assert said(look_up) == [{**name, "department": cast.support.pk}, {**name, "department": cast.billing.pk}]
        lookups.wish_all([cast.yamada.pk])
        assert said(look_up) == []


def test_very_many_are_said_as_one():
    changed = [(pk, 1000 + pk, 3, "{}") for pk in range(120)] + [(500, 1500, 4, "{}")]
    names = copies.names(changed)
    of_three = [name for name in names if name["department"] == 3]
    assert len(of_three) == 51 and of_three[-1] == {"verb": "contact.classified", "department": 3}
    assert [name for name in names if name["department"] == 4] == [
        {"verb": "contact.classified", "department": 4, "ticket": 500, "number": 1500}
    ]


def test_a_ticket_in_other_hands_is_left_for_the_next_look(cast, monkeypatch):
    """Who holds the row is about to change it; the copy follows as soon as they are done."""
    crm.connect_builtin(by=cast.admin)
    open_one(cast)
    look_up()
    mend = copies.MEND
    monkeypatch.setattr(
        copies, "MEND", mend.replace("t.crm_class <> c.crm_class", "t.crm_class <> c.crm_class AND false")
    )
    people.edit_contact(cast.yamada, {}, phone_numbers=[("phone", "03-1234-5678")], by=cast.sato)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE madoguchi_contact SET crm_class = 0 WHERE id = %s", [cast.yamada.pk])
        cursor.execute("SELECT count(*) FROM madoguchi_lookup")
    copies.mend([cast.yamada.pk])
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact_id FROM madoguchi_lookup")
        assert {pk for (pk,) in cursor.fetchall()} == {cast.yamada.pk}
    monkeypatch.setattr(copies, "MEND", mend)
    copies.mend([cast.yamada.pk])
    assert Ticket.objects.get().crm_class == 0
