"""`kill -9` while rules run: each of them acts once, and the log has a line for it."""

from pathlib import Path

import pytest

from madoguchi import tickets
from madoguchi.models import RuleRun, Ticket
from madoguchi.reactions.automation import running
from tests.cast import gather, open_one
from tests.crash import killing
from tests.reactions.ruled import outcomes, rule, take_job

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = ["about to act", "acted, not logged", "all acted, not logged", "committed, next rule", "committed"]


def run(step: str, folder: Path, event: int) -> int:
    return killing.run("ruler", event, at=step, folder=folder)


@pytest.mark.parametrize("step", STEPS)
def test_a_rule_acts_once_wherever_its_job_is_killed(step, tmp_path, own_folders):
    cast = gather()
    rule(cast, "メモ", "ticket.closed", {"verb": "comment", "text": "一"})
    rule(cast, "次のメモ", "ticket.closed", {"verb": "comment", "text": "二"})
    ticket = open_one(cast)
    tickets.close(ticket, by=cast.sato)
    event = take_job()
    assert event is not None
    assert run(step, tmp_path, event) == -9
    assert run(step, tmp_path, event) == 0
    assert running.run(event) == []
    assert [entry.text for entry in ticket.entries.filter(kind="comment")] == ["一", "二"]
    assert Ticket.objects.get(pk=ticket.pk).comment_n == 2
    assert outcomes() == [("メモ", "done"), ("次のメモ", "done")]
    assert RuleRun.objects.count() == 2
