"""A browser without JavaScript for each of the cast."""

from collections.abc import Callable

import pytest
from django.test import Client

from madoguchi.actor import Actor
from tests.doors.agent.conftest import statements as statements


@pytest.fixture
def signed_in(cast) -> Callable[[Actor], Client]:
    def browser(actor: Actor) -> Client:
        client = Client(headers={"accept-language": "ja"})
        client.force_login(actor.agent)
        return client

    return browser


@pytest.fixture
def admin(cast, signed_in) -> Client:
    return signed_in(cast.admin)
