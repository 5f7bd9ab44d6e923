"""Two browsers of a contact at the same moment (real threads, real commits)."""

import pytest
from django.test import Client

from madoguchi.models import Entry, HelpSession, HelpTry, Ticket
from madoguchi.people import help_sessions, links
from tests.cast import gather, open_one
from tests.security.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_link_opened_twice_at_once_signs_in_one():
    gather()
    _row, secret = links.make_link("hanako@midori.example")
    found = at_once(*[lambda: links.use_link(secret)] * 4)
    assert sorted(type(each).__name__ for each in found) == ["NoneType"] * 3 + ["str"]
    assert HelpSession.objects.count() == 1


def test_a_form_pressed_twice_at_once_writes_once():
    cast = gather()
    ticket, key = open_one(cast), help_sessions.begin(cast.yamada, by_link=True)

    def browser() -> Client:
        client = Client()
        client.cookies["madoguchi_help"] = key
        return client

    form = {"subject": "一度だけ", "text": "一度だけ", "department": cast.support.pk, "once": "k"}
    asked = at_once(*[lambda: browser().post("/help/new", form).status_code] * 3)
    there = f"/help/tickets/{ticket.number}/replies"
    answered = at_once(*[lambda: browser().post(there, {"text": "返信", "once": "r"}).status_code] * 3)
    assert asked == answered == [303] * 3
    assert (Ticket.objects.filter(subject="一度だけ").count(), Entry.objects.filter(text="返信").count()) == (1, 1)


def test_guessing_from_many_places_at_once_is_counted_one_by_one():
    gather()
    guess = {"email": "hanako@midori.example", "way": "password", "password": "x" * 12}
    found = at_once(*[lambda: Client().post("/help/sign-in", guess).status_code] * 14)
    assert (found.count(422), found.count(429)) == (10, 4)
    assert HelpTry.objects.filter(what="password").count() == 10
