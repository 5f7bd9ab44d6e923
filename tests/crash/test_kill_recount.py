"""`kill -9` while business times are counted: the figures are right at every moment, and it goes on to the end (SPEC D5)."""

import pytest

from madoguchi import sla, tally
from madoguchi.actor import Actor
from madoguchi.models import Event, Ticket
from tests.cast import gather
from tests.crash import killing
from tests.sla.conftest import HOUR, works
from tests.sla.test_recounting import CLOCK, kept, story

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = [
    "nothing written yet",
    "figures taken out",
    "rows and figures written",
    "counted, progress not written",
    "written, not committed",
    "a portion committed",
]


@pytest.mark.parametrize("step", STEPS)
def test_killed_and_started_again_it_counted_every_ticket_once(step, tmp_path, own_folders):
    cast = gather()
    rows = [story(cast, 2) for _n in range(5)]
    clock, events = [kept(ticket.pk, CLOCK) for ticket in rows], Event.objects.count()
    works(cast.support)
    recount = sla.start_recount(cast.support, by=Actor.desk())
    assert killing.run("recounter", recount.pk, at=step, folder=tmp_path) == -9
    recount.refresh_from_db()
    assert recount.done == (2 if step == "a portion committed" else 0) and recount.finished_at is None
    assert tally.differing() == []
    assert killing.run("recounter", recount.pk, at=step, folder=tmp_path) == 0
    recount.refresh_from_db()
    assert (recount.done, recount.total) == (5, 5) and recount.finished_at is not None
    assert Ticket.objects.filter(first_response_business_s=2 * HOUR).count() == 5
    assert [kept(ticket.pk, CLOCK) for ticket in rows] == clock and Event.objects.count() == events
    assert tally.differing() == []
