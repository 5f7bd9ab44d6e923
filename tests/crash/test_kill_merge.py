"""`kill -9` in the middle of a merge: it happened as a whole or not at all (SPEC M11)."""

from pathlib import Path

import pytest

from madoguchi import tickets
from madoguchi.models import Event, Merge, SearchDocument, Ticket, TicketNumber
from tests.cast import gather, open_one
from tests.crash import killing
from tests.tickets.merged import assert_sound, pairs

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = ["locked", "pointers written", "one ticket written", "written, not committed"]


def run(step: str, folder: Path, *those: Ticket) -> int:
    return killing.run("merger", *(ticket.pk for ticket in those), at=step, folder=folder)


def everything() -> list[object]:
    tables = [Ticket, TicketNumber, Merge, Event, SearchDocument]
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.mark.parametrize("step", BEFORE)
def test_killed_before_the_commit_nothing_happened_and_it_can_be_done_again(step, tmp_path, own_folders):
    cast = gather()
    a, b, c = (open_one(cast, f"{n}") for n in range(3))
    tickets.tag(b, ["札"], by=cast.sato)
    before, rows = pairs(), everything()
    assert run(step, tmp_path, a, b, c) == -9
    assert everything() == rows
    assert run(step, tmp_path, a, b, c) == 0
    main = Ticket.objects.get(pk=a.pk)
    assert (main.merged_n, main.thread_n, main.number) == (2, 3, b.number)
    assert_sound(before)


def test_killed_after_the_commit_it_happened_as_a_whole(tmp_path, own_folders):
    cast = gather()
    a, b, c = (open_one(cast, f"{n}") for n in range(3))
    before = pairs()
    assert run("committed", tmp_path, a, b, c) == -9
    main = Ticket.objects.get(pk=a.pk)
    assert (main.merged_n, main.thread_n) == (2, 3)
    assert set(Ticket.objects.filter(merged_into=main)) == {b, c}
    assert_sound(before)
