"""Reading boards: paging by keyset, the same statements however many tickets, and columns that leave nothing out."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi import tickets
from madoguchi.board import modes, reading
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.kit import paging
from madoguchi.models import Contact, Status, Ticket
from madoguchi.models.organisation import State
from madoguchi.reactions.crm import copies
from madoguchi.tickets import Wish
from tests.cast import open_one

START = timezone.now()
MODES = list(modes.MODES.values())


def copied(ticket: Ticket, n: int, **more) -> None:
    """So many more of a ticket's rows, cheaply."""
    rows = [Ticket(**{f.attname: getattr(ticket, f.attname) for f in Ticket._meta.concrete_fields if f.name not in ("id", "number")}) for _ in range(n)]  # fmt: skip
    for k, row in enumerate(rows):
        for name, give in more.items():
            setattr(row, name, give(k))
    Ticket.objects.bulk_create(rows)


def walked(cast, mode, key, *, size=3, order="due", between=lambda: None):
    """All ids of a column, page by page."""
    pages, after = [], ""
    while True:
        filled = reading.cards(cast.support, mode, key, after=after, order=order, limit=size, by=cast.sato)
        pages.append([card.id for card in filled.cards])
        between()
        if not filled.after:
            return pages
        after = filled.after


@pytest.mark.parametrize(("order", "few"), [("due", 200), ("waiting", 200), ("waiting", 0)])
def test_pages_show_every_card_once_in_order_those_without_a_time_last(cast, ticket, monkeypatch, order, few):
    monkeypatch.setattr(reading, "FEW", few)
    column = reading.ORDERS[order]
    copied(
        ticket, 10,
        due_at=lambda k: START + timedelta(hours=k // 3) if k % 4 else None,
        waiting_since=lambda k: START - timedelta(hours=k // 3) if k % 5 else None,
    )  # fmt: skip
    for size in (1, 3, 4, 11, 50):
        pages = walked(cast, modes.MODES["crm"], "unmapped", size=size, order=order)
        there = [pk for page in pages for pk in page]
        rows = sorted(Ticket.objects.all(), key=lambda t: (getattr(t, column) is None, getattr(t, column) or START, t.pk))  # fmt: skip
        assert there == [row.pk for row in rows] and all(len(page) == size for page in pages[:-1])
        assert len(pages[-1]) <= size


def test_a_full_last_page_has_no_cursor(cast, ticket):
    copied(ticket, 5)
    board = reading.board(cast.support, modes.MODES["crm"], limit=6, by=cast.sato)
    [filled] = board.columns
    assert (len(filled.cards), filled.after, filled.count, filled.left) == (6, "", 6, 0)
    [filled] = reading.board(cast.support, modes.MODES["crm"], limit=5, by=cast.sato).columns
    assert (len(filled.cards), filled.count, filled.left) == (5, 6, 1)
    rest = reading.cards(cast.support, modes.MODES["crm"], "unmapped", after=filled.after, limit=5, by=cast.sato)
    assert (len(rest.cards), rest.after, rest.count) == (1, "", 6)


def test_a_made_up_cursor_leads_to_the_first_cards(cast, ticket):
    for cursor in ("x", "?", paging.encode(1), paging.encode("due", "a", 1), paging.encode("due", START, "a"), paging.encode("due", START, True), paging.encode("waiting", START, 1), paging.encode("due", 5, 5)):  # fmt: skip
        filled = reading.cards(cast.support, modes.MODES["crm"], "unmapped", after=cursor, by=cast.sato)
        assert [card.id for card in filled.cards] == [ticket.pk], cursor
    far = paging.encode("due", datetime(9999, 12, 31, tzinfo=UTC), 2**62)
    assert [c.id for c in reading.cards(cast.support, modes.MODES["crm"], "unmapped", after=far, by=cast.sato).cards] == [ticket.pk]  # fmt: skip


def test_many_columns_share_what_a_page_shows(cast, ticket):
    copied(ticket, 40, assignee_id=lambda k: [None, cast.sato.agent.pk, cast.tanaka.agent.pk][k % 3])
    board = reading.board(cast.support, modes.MODES["assignee"], limit=20, at_most=18, by=cast.sato)
    assert [len(each.cards) for each in board.columns] == [6, 6, 6] and board.total == 41
    board = reading.board(cast.support, modes.MODES["assignee"], limit=20, at_most=1, by=cast.sato)
    assert [len(each.cards) for each in board.columns] == [5, 5, 5]


@pytest.mark.parametrize("order", ["due", "waiting"])
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.key)
def test_a_board_asks_the_same_however_many_tickets(cast, ticket, mode, order):
    def asked():
        with CaptureQueriesContext(connection) as found:
            reading.board(cast.support, mode, order=order, by=cast.sato)
            reading.cards(cast.support, mode, "none" if mode.key != "crm" else "unmapped", order=order, by=cast.sato) if mode.key != "status" else None  # fmt: skip
        return len(found)

    few = asked()
    copied(
        ticket, 300,
        crm_class=lambda k: k % 4, priority=lambda k: ["Low", "High", "", "Urgent"][k % 4],
        due_at=lambda k: [None, START - timedelta(days=1), START + timedelta(minutes=1), START + timedelta(days=3)][k % 4],
        assignee_id=lambda k: [None, cast.sato.agent.pk, cast.tanaka.agent.pk][k % 3],
    )  # fmt: skip
    assert asked() == few <= 7
    Ticket.objects.update(is_spam=True)
    assert asked() == few


def test_of_a_board_of_many_the_counts_are_kept_but_for_columns_shown_whole(cast, ticket, monkeypatch):
    monkeypatch.setattr(reading, "MANY", 10)
    monkeypatch.setattr(reading, "KEPT_S", 60)
    reading._kept.clear()
    copied(ticket, 30, crm_class=lambda k: 0 if k < 3 else 3)
    crm = modes.MODES["crm"]
    assert [each.count for each in reading.board(cast.support, crm, by=cast.sato).columns] == [3, 28]
    for found in (Ticket.objects.filter(crm_class=0)[:1], Ticket.objects.filter(crm_class=3)[:1]):
        tickets.close(found.get(), by=cast.sato)
    assert [each.count for each in reading.board(cast.support, crm, by=cast.sato).columns] == [2, 28]
    Ticket.objects.filter(crm_class=0).update(crm_class=3)
    assert [each.count for each in reading.board(cast.support, crm, by=cast.sato).columns] == [28]
    monkeypatch.setattr(reading, "MANY", 100)
    reading._kept.clear()
    assert [each.count for each in reading.board(cast.support, crm, by=cast.sato).columns] == [29]
    reading._kept.clear()


def test_cards_that_move_between_pages_are_never_shown_twice_and_none_that_stayed_is_lost(cast, ticket):
    """While somebody walks through a column, others close, reclassify and open tickets in it."""
    copied(ticket, 24, due_at=lambda k: START + timedelta(hours=k % 5) if k % 3 else None)
    crm = modes.MODES["crm"]
    stayed = set(Ticket.objects.values_list("pk", flat=True))
    fate = iter(sorted(stayed)[::2])

    def meanwhile():
        for verb in (lambda t: tickets.close(t, by=cast.sato), lambda t: Ticket.objects.filter(pk=t.pk).update(crm_class=0)):  # fmt: skip
            pk = next(fate, None)
            if pk is not None:
                verb(Ticket.objects.get(pk=pk))
                stayed.discard(pk)
        open_one(cast, more={"due_at": START + timedelta(hours=2)})

    there = [pk for page in walked(cast, crm, "unmapped", size=4, between=meanwhile) for pk in page]
    assert len(there) == len(set(there)) and stayed <= set(there)


# -- any story

N = 6
which = st.integers(0, N - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["close", "hold", "reopen", "trash", "restore", "spam", "unspam", "move", "share"]), which),
        st.tuples(st.just("class"), which, st.integers(0, 3)),
        st.tuples(st.just("assign"), which, st.sampled_from(["sato", "tanaka", "none"])),
        st.tuples(st.just("priority"), which, st.sampled_from(["Low", "Medium", "High", "Urgent", ""])),
        st.tuples(st.just("due"), which, st.sampled_from([None, -40, 1, 60 * 30])),
        st.tuples(st.just("contact"), which),
        st.tuples(st.just("status"), which, st.sampled_from(["In Progress", "Escalated", "On Hold"])),
    ),
    max_size=14,
)  # fmt: skip


class Undone(Exception):
    pass


def do(cast, ids, step):
    verb, place, *more = step
    ticket = Ticket.objects.with_people().get(pk=ids[place])
    by = cast.tanaka
    match verb:
        case "close" | "hold" | "reopen":
            getattr(tickets, verb)(ticket, by=by)
        case "trash" | "restore":
            getattr(tickets, verb)(ticket, by=by)
        case "spam":
            tickets.mark_spam(ticket, by=by)
        case "unspam":
            tickets.unmark_spam(ticket, by=by)
        case "move":
            tickets.move(ticket, cast.billing if ticket.department_id == cast.support.pk else cast.support, by=cast.admin)  # fmt: skip
        case "share":
            tickets.share(ticket, [Wish(cast.delivery, 3)], by=by)
        case "class":
            Contact.objects.filter(pk=ticket.contact_id).update(crm_class=more[0])
            copies.mend([ticket.contact_id])
        case "assign":
            tickets.assign(ticket, None if more[0] == "none" else getattr(cast, more[0]).agent, by=by)
        case "priority":
            tickets.edit(ticket, {"priority": more[0]}, by=by)
        case "due":
            tickets.edit(ticket, {"due_at": more[0] and START + timedelta(minutes=more[0])}, by=by)
        case "contact":
            other = cast.takahashi if ticket.contact_id == cast.yamada.pk else cast.yamada
            other.refresh_from_db()
            tickets.edit(ticket, {"contact": other}, by=by)
        case "status":
            tickets.set_status(ticket, Status.objects.get(name=more[0]), by=by)


def test_by_waiting_time_columns_of_many_are_those_of_few(cast, ticket, monkeypatch):
    """The one index walked along gives what each column's own index does, narrowed or not."""
    copied(
        ticket, 60,
        waiting_since=lambda k: START - timedelta(minutes=k % 7) if k % 3 else None, crm_class=lambda k: k % 4,
        due_at=lambda k: [None, START - timedelta(days=1), START + timedelta(minutes=1), START + timedelta(days=3)][k % 4],
        priority=lambda k: ["", "Low", "High", "Urgent"][k % 4], is_spam=lambda k: k % 11 == 0,
        state=lambda k: "Closed" if k % 13 == 0 else "Open",
        assignee_id=lambda k: [None, cast.sato.agent.pk, cast.tanaka.agent.pk][k % 3],
    )  # fmt: skip

    def seen():
        return [
            [(each.column.key, each.count, [card.id for card in each.cards]) for each in reading.board(cast.support, mode, narrowed=narrowed, order="waiting", limit=9, by=cast.sato).columns]
            for mode in MODES for narrowed in (reading.EVERYTHING, reading.Narrowed(assignee=cast.sato.agent.pk), reading.Narrowed(assignee=0, priority=""))
        ]  # fmt: skip

    few = seen()
    monkeypatch.setattr(reading, "FEW", 0)
    assert seen() == few and any(columns for columns in few)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=steps)
def test_any_story_leaves_columns_that_partition_the_open_tickets(cast, story):
    with suppress(Undone), transaction.atomic():
        ids = [open_one(cast, f"{n}", contact=[cast.yamada, cast.takahashi][n % 2]).pk for n in range(N)]
        for step in story:
            with suppress(Denied, Hidden, Refused):
                do(cast, ids, step)
        copies.mend([cast.yamada.pk, cast.takahashi.pk])
        for department in (cast.support, cast.billing):
            for n, mode in enumerate(MODES):
                partitioned(cast, department, mode, list(reading.ORDERS)[(n + len(story)) % 2])
        raise Undone


def partitioned(cast, department, mode, order):
    """Each open live ticket of the department stands in exactly one column, where its own row says; nothing else does."""
    open_ones = Ticket.objects.live().filter(department=department).exclude(state=State.CLOSED).select_related("contact")  # fmt: skip
    if mode.key != "status":
        open_ones = open_ones.filter(state=State.OPEN)
    rows = {ticket.pk: ticket for ticket in open_ones}
    board = reading.board(department, mode, order=order, limit=2, by=cast.admin)
    there = []
    for filled in board.columns:
        found, after = [card.id for card in filled.cards], filled.after
        while after:
            more = reading.cards(department, mode, filled.column.key, after=after, order=order, limit=2, by=cast.admin)
            found, after = found + [card.id for card in more.cards], more.after
        assert len(found) == filled.count, (mode.key, filled.column.key)
        assert {reading.place_of(rows[pk], mode) for pk in found} <= {filled.column.key}
        there += found
    assert sorted(there) == sorted(rows) and board.total == len(there), mode.key
    assert mode.key != "crm" or all(ticket.crm_class == ticket.contact.crm_class for ticket in rows.values())
