"""What every test may ask for."""

import os

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage

from desk.testing import find_dovecot, start_dovecot, test_database
from madoguchi.models import Ticket
from madoguchi.organisation import current
from tests.cast import Cast, gather, open_one
from tests.smtp import start_post

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in the thread of the tests


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """The clone has a name of its own for each test process already."""


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_blocker):
    """A clone of a migrated template for this test process."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with django_db_blocker.unblock(), test_database(django_settings.DATABASE_URL, worker):
        yield


@pytest.fixture(scope="session")
def dovecot_server():
    """One real IMAP server for the test process."""
    if find_dovecot() is None:
        if os.environ.get("MADOGUCHI_REQUIRE_DOVECOT") == "1":
            pytest.fail("Dovecot is required here and was not found")
        pytest.skip("no Dovecot on this machine")
    server = start_dovecot()
    yield server
    server.stop()


@pytest.fixture
def dovecot(dovecot_server):
    """The IMAP server with an empty mailbox."""
    with dovecot_server.connect() as connection:
        connection.select("INBOX")
        connection.uid("STORE", "1:*", "+FLAGS", "(\\Deleted)")
        connection.expunge()
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
    return gather()


@pytest.fixture
def ticket(cast) -> Ticket:
    return open_one(cast)


@pytest.fixture
def post():
    """A real SMTP server."""
    post, controller = start_post()
    yield post
    controller.stop()
