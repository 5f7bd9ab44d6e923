"""Browsers of contacts, without a browser."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madoguchi.actor import Actor
from madoguchi.models import Contact
from madoguchi.people import help_sessions


@pytest.fixture
def visit() -> Callable[[Contact], Client]:
    """A client in which the contact is signed in by link."""

    def client_of(contact: Contact, *, by_link: bool = True) -> Client:
        client = Client()
        client.cookies["madoguchi_help"] = help_sessions.begin(contact, by_link=by_link)
        return client

    return client_of


@pytest.fixture
def yamada(cast, visit) -> Client:
    return visit(cast.yamada)


@pytest.fixture
def statements() -> Callable[..., int]:
    """How many SQL statements a GET takes."""

    def count(client: Client, path: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            response = client.get(path)
        assert response.status_code == 200, response.status_code
        return len([q for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))])

    return count


def text(response) -> str:
    return response.content.decode()


def by_help(contact: Contact) -> Actor:
    return Actor(contact=contact, door="help")
