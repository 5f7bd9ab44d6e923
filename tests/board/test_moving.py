"""Dragging a card is the ordinary verb of what the column stands for; in the CRM mode it is refused (SPEC C8)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from madoguchi import record, tickets
from madoguchi.board import modes, moving
from madoguchi.board.placing import place_of
from madoguchi.errors import Denied, Hidden, Refused, Stale
from madoguchi.models import Event, Permission, Status, Ticket
from madoguchi.tickets import Wish
from tests.cast import open_one

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # in Tokyo


def fresh(ticket):
    return Ticket.objects.with_people().get(pk=ticket.pk)


def drop(cast, ticket, mode, key, by=None, **more):
    return moving.move(fresh(ticket), modes.find(mode), key, by=by or cast.sato, **more)


@pytest.fixture(autouse=True)
def in_tokyo():
    with timezone.override("Asia/Tokyo"):
        yield


def test_by_status(cast, ticket):
    progress, closed = Status.objects.get(name="In Progress"), Status.objects.get(name="Closed")
    drop(cast, ticket, "status", str(progress.pk), seen=str(ticket.status_id))
    assert fresh(ticket).status == progress and Event.objects.filter(verb="ticket.status_changed").count() == 1
    drop(cast, ticket, "status", str(progress.pk))
    assert Event.objects.filter(verb="ticket.status_changed").count() == 1
    drop(cast, ticket, "status", str(closed.pk))
    assert fresh(ticket).is_closed


def test_by_priority(cast, ticket):
    drop(cast, ticket, "priority", "Urgent", seen="none")
    assert fresh(ticket).priority == "Urgent"
    drop(cast, ticket, "priority", "none")
    assert fresh(ticket).priority == ""
    assert Event.objects.filter(verb="ticket.edited", ticket=ticket).count() == 2


@pytest.mark.parametrize(
    ("key", "before", "hour", "due"),
    [
        ("today", None, 3, datetime(2026, 11, 24, 18, 0)),
        ("later", None, 3, datetime(2026, 11, 25, 18, 0)),
        ("today", datetime(2026, 11, 30, 15, 30), 3, datetime(2026, 11, 24, 15, 30)),
        ("today", datetime(2026, 11, 20, 9, 0), 3, datetime(2026, 11, 24, 23, 59, 59, 999999)),
        ("later", datetime(2026, 11, 20, 9, 0), 3, datetime(2026, 11, 25, 9, 0)),
        ("today", None, 10, datetime(2026, 11, 24, 23, 59, 59, 999999)),
        ("none", datetime(2026, 11, 20, 9, 0), 3, None),
    ],
)
def test_by_due_date(cast, key, before, hour, due):
    """The time of day is kept where it is still to come, else evening or midnight."""
    aware = timezone.make_aware
    with record.at(NOON.replace(hour=hour)):
        ticket = open_one(cast, more={"due_at": before and aware(before)})
        drop(cast, ticket, "due", key)
        assert fresh(ticket).due_at == (due and aware(due))
        assert place_of(fresh(ticket), modes.find("due")) == key


def test_nobody_makes_a_ticket_overdue_by_dragging(cast, ticket):
    with pytest.raises(Refused) as refusal:
        drop(cast, ticket, "due", "overdue")
    assert refusal.value.code == "NOT_THERE" and fresh(ticket).version == 1


def test_by_assignee(cast, ticket):
    drop(cast, ticket, "assignee", str(cast.tanaka.agent.pk), seen="none")
    assert fresh(ticket).assignee == cast.tanaka.agent
    drop(cast, ticket, "assignee", "none")
    assert fresh(ticket).assignee is None
    for key, code in ((str(cast.suzuki.agent.pk), "NOT_OF_DEPARTMENT"), (str(cast.light.agent.pk), "NOT_OF_DEPARTMENT"), ("424242", "NO_COLUMN"), ("x", "NO_COLUMN"), ("9" * 30, "NO_COLUMN")):  # fmt: skip
        with pytest.raises(Refused) as refusal:
            drop(cast, ticket, "assignee", key)
        assert refusal.value.code == code
    assert fresh(ticket).assignee is None


def test_the_crm_decides_its_own_columns(cast, ticket):
    with pytest.raises(Refused) as refusal:
        drop(cast, ticket, "crm", "customers")
    assert refusal.value.code == "FIXED" and "CRM" in str(refusal.value.text)
    assert fresh(ticket).version == 1


@pytest.mark.parametrize("mode", ["status", "priority", "due"])
def test_a_column_that_is_not_there(cast, ticket, mode):
    with pytest.raises(Refused) as refusal:
        drop(cast, ticket, mode, "nowhere")
    assert refusal.value.code == "NO_COLUMN" and fresh(ticket).version == 1


def test_what_was_moved_or_closed_meanwhile_is_not_overwritten(cast, ticket):
    tickets.edit(fresh(ticket), {"priority": "High"}, by=cast.tanaka)
    with pytest.raises(Stale):
        drop(cast, ticket, "priority", "Low", seen="none")
    assert fresh(ticket).priority == "High"
    drop(cast, ticket, "priority", "High", seen="none")  # it is where it was to go
    tickets.close(fresh(ticket), by=cast.tanaka)
    for mode, key in (("priority", "Low"), ("due", "today"), ("assignee", str(cast.sato.agent.pk))):
        with pytest.raises(Stale):
            drop(cast, ticket, mode, key)
    assert fresh(ticket).is_closed and fresh(ticket).priority == "High"


def test_between_the_look_and_the_lock_nothing_is_overwritten(cast, ticket):
    old = fresh(ticket)
    tickets.edit(fresh(ticket), {"due_at": record.now() + timedelta(days=9)}, by=cast.tanaka)
    with pytest.raises(Stale):
        moving.move(old, modes.find("due"), "today", by=cast.sato)


def test_the_verb_asks_who_may(cast, ticket):
    for mode, key in (("status", "2"), ("priority", "Low"), ("due", "today"), ("assignee", "none"), ("crm", "customers")):  # fmt: skip
        with pytest.raises(Hidden):
            drop(cast, ticket, mode, key, by=cast.suzuki)
    with pytest.raises(Denied):
        drop(cast, ticket, "priority", "Low", by=cast.light)
    tickets.share(fresh(ticket), [Wish(cast.billing, Permission.FULL)], by=cast.sato)
    drop(cast, ticket, "priority", "Low", by=cast.suzuki)
    with pytest.raises(Denied):
        drop(cast, ticket, "assignee", str(cast.suzuki.agent.pk), by=cast.suzuki)
    assert (fresh(ticket).priority, fresh(ticket).assignee) == ("Low", None)
