"""Browsers of the cast, without a browser: Django's test client, signed in."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madoguchi.actor import Actor


@pytest.fixture
def sign_in() -> Callable[[Actor], Client]:
    def client_of(actor: Actor) -> Client:
        assert actor.agent is not None
        client = Client()
        client.force_login(actor.agent)
        return client

    return client_of


@pytest.fixture
def sato(cast, sign_in) -> Client:
    return sign_in(cast.sato)


@pytest.fixture
def statements() -> Callable[..., int]:
    """How many SQL statements a GET takes, of someone who has been here before (see `doors.agent.sessions`)."""

    def count(client: Client, path: str) -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            response = client.get(path)
        assert response.status_code == 200, response.status_code
        return len([q for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))])

    return count


def text(response) -> str:
    return response.content.decode()
