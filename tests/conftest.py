"""What every test may ask for."""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage

from desk.testing import Dovecot, find_dovecot, start_dovecot, test_database
from madoguchi.models import Ticket
from madoguchi.organisation import current
from tests.cast import Cast, open_one
from tests.recalling import recall
from tests.smtp import start_post

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in the thread of the tests


@pytest.hookimpl(trylast=True)  # after pytest-django, which puts them last
def pytest_collection_modifyitems(items):
    """The longest first: what is left for the end is short, and no test process waits long for another."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """The clone has a name of its own for each test process already."""


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_blocker):
    """A clone of a migrated template for this test process."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with django_db_blocker.unblock(), test_database(django_settings.DATABASE_URL, worker):
        yield


def imap_server() -> Iterator[Dovecot]:
    if find_dovecot() is None:
        if os.environ.get("MADOGUCHI_REQUIRE_DOVECOT") == "1":
            pytest.fail("Dovecot is required here and was not found")
        pytest.skip("no Dovecot on this machine")
    server = start_dovecot()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def dovecot_server():
    """One real IMAP server for the test process."""
    yield from imap_server()


@pytest.fixture(scope="session")
def dovecot_of_the_desk():
    """One more: the desk in the browser reads its mailbox all the time."""
    yield from imap_server()


@pytest.fixture
def dovecot(dovecot_server):
    """The IMAP server with an empty mailbox."""
    dovecot_server.empty()
    return dovecot_server


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path_factory):
    """Files and outbox of a test lie in a folder of its own."""
    folder = tmp_path_factory.mktemp("data")
    settings.DATA, settings.OUTBOX, settings.MEDIA_ROOT = folder, folder / "outbox", folder / "files"
    default_storage._wrapped.__dict__["_location"] = str(folder / "files")  # type: ignore[attr-defined]
    default_storage._wrapped.__dict__.pop("base_location", None)
    default_storage._wrapped.__dict__.pop("location", None)


@pytest.fixture
def cast(db) -> Cast:
    current.forget()
    return recall()


@pytest.fixture
def ticket(cast) -> Ticket:
    return open_one(cast)


@pytest.fixture
def post():
    """A real SMTP server."""
    post, controller = start_post()
    yield post
    controller.stop()
