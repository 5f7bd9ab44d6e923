"""`kill -9` between sharing and commit: the share, what the ticket repeats of it and its history stand together or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

from desk.testing import url_of_database
from madoguchi import access, tickets
from madoguchi.models import Department, Event, Permission, Share, Ticket
from madoguchi.tickets import Wish, sharing
from tests.cast import gather, open_one

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [
    "share written, ticket not",
    "nothing recorded yet",
    "recorded",
    "one event written",
    "written, not committed",
]


def run(step: str, folder: Path, ticket: Ticket, *wanted: Department) -> int:
    env = {
        **os.environ,
        "DATABASE_URL": url_of_database(django_settings.DATABASE_URL, connection.settings_dict["NAME"]),
        "MADOGUCHI_DATA": str(folder),
        "MADOGUCHI_SECRET_KEY": django_settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(django_settings.BASE_DIR),
        "KILL_AT": step,
        "KILL_ONCE": str(folder / "killed"),
    }
    command = [sys.executable, "-m", "tests.crash.sharer", str(ticket.pk), *(str(each.pk) for each in wanted)]
    return subprocess.run(command, env=env, timeout=120, capture_output=True).returncode


def everything() -> list[object]:
    return [list(table.objects.order_by("pk").values()) for table in (Ticket, Share, Event)]


@pytest.mark.parametrize("step", BEFORE)
def test_killed_before_the_commit_nothing_is_shared_or_ended(step: str, tmp_path: Path, own_folders: None) -> None:
    cast = gather()
    ticket = open_one(cast)
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    before = everything()
    assert run(step, tmp_path, ticket, cast.delivery) == -9
    assert everything() == before
    assert sharing.differing() == []
    assert run(step, tmp_path, ticket, cast.delivery) == 0
    after = Ticket.objects.get(pk=ticket.pk)
    assert [access.level(who, after) for who in (cast.suzuki, cast.ito)] == [access.Level.NONE, access.Level.READ]


def test_killed_after_the_commit_it_stands_as_a_whole(tmp_path: Path, own_folders: None) -> None:
    cast = gather()
    ticket = open_one(cast)
    assert run("committed", tmp_path, ticket, cast.delivery) == -9
    assert Share.objects.get().level == Permission.READ
    assert access.level(cast.ito, Ticket.objects.get(pk=ticket.pk)) == access.Level.READ
    assert sharing.differing() == []
    assert Event.objects.filter(verb="ticket.shared").count() == 1
