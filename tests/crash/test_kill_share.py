"""`kill -9` between sharing and commit: the share, what the ticket repeats of it and its history stand together or not at all."""

from pathlib import Path

import pytest

from madoguchi import access, tickets
from madoguchi.models import Department, Event, Permission, Share, Ticket
from madoguchi.tickets import Wish, sharing
from tests.cast import gather, open_one
from tests.crash import killing

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [
    "share written, ticket not",
    "nothing recorded yet",
    "recorded",
    "one event written",
    "written, not committed",
]


def run(step: str, folder: Path, ticket: Ticket, *wanted: Department) -> int:
    return killing.run("sharer", ticket.pk, *(each.pk for each in wanted), at=step, folder=folder)


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
