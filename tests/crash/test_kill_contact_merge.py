"""`kill -9` in the middle of merging contacts: it happened as a whole or not at all."""

from pathlib import Path

import pytest

from madoguchi import people, tally
from madoguchi.actor import Actor
from madoguchi.models import Contact, ContactAddress, Entry, Event, Tally, Ticket
from tests.cast import gather, open_one
from tests.crash import killing
from tests.people.merged import assert_led

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = ["locked", "tickets moved", "all moved", "written, not committed"]


def everything() -> list[object]:
    tables = [Contact, ContactAddress, Ticket, Entry, Event, Tally]
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.mark.parametrize("step", BEFORE)
def test_killed_before_the_commit_nothing_happened_and_it_can_be_done_again(
    step: str, tmp_path: Path, own_folders: None
):
    cast = gather()
    other = people.identify("hanako@personal.example", "山田 花子", by=Actor.desk())
    open_one(cast), open_one(cast, contact=other)
    rows = everything()
    assert killing.run("contact_merger", cast.yamada.pk, other.pk, at=step, folder=tmp_path) == -9
    assert everything() == rows
    assert killing.run("contact_merger", cast.yamada.pk, other.pk, at=step, folder=tmp_path) == 0
    assert set(Ticket.objects.values_list("contact", flat=True)) == {cast.yamada.pk}
    assert tally.figures() == tally.recount()
    assert_led()


def test_killed_after_the_commit_it_happened_as_a_whole(tmp_path: Path, own_folders: None):
    cast = gather()
    other = people.identify("hanako@personal.example", "山田 花子", by=Actor.desk())
    open_one(cast, contact=other)
    assert killing.run("contact_merger", cast.yamada.pk, other.pk, at="committed", folder=tmp_path) == -9
    assert Contact.objects.get(pk=other.pk).merged_into == cast.yamada
    assert Ticket.objects.get().contact == cast.yamada
    assert tally.figures() == tally.recount()
