from dataclasses import replace
from datetime import timedelta

import pytest

from madoguchi import record, tickets
from madoguchi.kit import paging
from madoguchi.lists import keyset, rows
from madoguchi.models import Ticket
from tests.cast import open_one


@pytest.fixture
def eleven(cast):
    """Eleven tickets; some of the same moment, some without a due date."""
    start = record.now()
    made = []
    for i in range(11):
        with record.at(start - timedelta(minutes=i // 3)):
            due = start + timedelta(hours=i // 2) if i % 3 else None
            made.append(open_one(cast, f"件名 {i}", more={"due_at": due}))
    return made


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", ["updated", "due", "created"])
def test_paging_shows_every_row_once_in_both_directions(eleven, name, turned):
    order = rows.ORDERS[name]
    order = replace(order, descending=not order.descending) if turned else order
    query = rows.for_list(Ticket.objects.all())
    there, pages, page = [], [], keyset.page(query, order, size=4)
    while True:
        there += [row["id"] for row in page.rows]
        pages.append([row["id"] for row in page.rows])
        if not page.older:
            break
        page = keyset.page(query, order, page.older, size=4)
    assert sorted(there) == sorted(ticket.pk for ticket in eleven) and [len(p) for p in pages] == [4, 4, 3]
    back = [[row["id"] for row in page.rows]]
    while page.newer:
        page = keyset.page(query, order, page.newer, size=4)
        back.append([row["id"] for row in page.rows])
    assert back == pages[::-1]


def test_rows_without_a_due_date_come_last(eleven):
    shown = keyset.page(rows.for_list(Ticket.objects.all()), rows.ORDERS["due"], size=20)
    dues = [row["due_at"] for row in shown.rows]
    assert [d for d in dues if d] == sorted(d for d in dues if d) and dues[-4:] == [None] * 4


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "rubbish",
        "!!",
        paging.encode(True, "x", 1),
        paging.encode(False, 5, 5),
        paging.encode(1),
        paging.encode(False, None, 3),
    ],
)
def test_a_cursor_nobody_made_leads_to_the_first_page(eleven, cursor):
    shown = keyset.page(rows.for_list(Ticket.objects.all()), rows.ORDERS["updated"], cursor, size=4)
    assert [row["number"] for row in shown.rows] == sorted((t.number for t in eleven[:3]), reverse=True) + [
        eleven[5].number
    ]
    assert shown.newer == ""


def test_a_ticket_that_moves_up_meanwhile_hides_no_other(eleven, cast):
    order = rows.ORDERS["updated"]
    first = keyset.page(rows.for_list(Ticket.objects.all()), order, size=4)
    tickets.mark_spam(eleven[10], by=cast.sato)
    second = keyset.page(rows.for_list(Ticket.objects.all()), order, first.older, size=20)
    assert len({row["id"] for row in first.rows} | {row["id"] for row in second.rows}) == 10
