"""A board as it is read (SPEC C1, C3, C8): its columns, how many tickets each has, and their first cards.

Each column is a walk along an index of its mode, so that a board costs the same with fifty tickets and fifty thousand,
and the hundredth page of a column what the first does (docs/decisions/0012-boards-are-read-from-indexes.md). Cards are
found by the index alone; only what is shown is read from the tables, all columns in one statement.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from madoguchi.access import require_department
from madoguchi.actor import Actor
from madoguchi.board import cards as showing
from madoguchi.board import modes
from madoguchi.board.cards import Card
from madoguchi.board.modes import Column, Days, Mode
from madoguchi.board.placing import column_of, place_of
from madoguchi.errors import Hidden
from madoguchi.kit import paging
from madoguchi.models import Department, Ticket
from madoguchi.prepared import fetch

__all__ = [
    "EVERYTHING",
    "ORDERS",
    "Board",
    "Card",
    "Filled",
    "Narrowed",
    "board",
    "card",
    "cards",
    "counts",
    "place_of",
    "some",
]

ORDERS = {"due": "due_at", "waiting": "waiting_since"}
MOST, FEWEST, AT_MOST = 200, 5, 120
# A board of many is counted every few seconds only; what is shown whole is counted by looking at it.
MANY, KEPT_S, MOST_KEPT = 1_000, 0 if settings.TESTING else 10, 1_000
FEW = 200

OF_BOARD = "t.department_id = %s::bigint AND t.trashed_at IS NULL AND NOT t.is_spam AND {state}"
FIND = """(SELECT {n} AS n, t.id, t.{at} AS at FROM madoguchi_ticket t
  WHERE {where} ORDER BY t.{at}, t.id LIMIT {most})"""
# By waiting time all columns walk along one index, which holds what tells them apart. A column of few is rather read whole,
# if the planner thinks so; it is not asked where that would be many, since it takes open tickets for rarer than they are.
WALK = """(SELECT {n} AS n, t.id, t.{at} AS at FROM (
    SELECT t.id, t.waiting_since, t.due_at, t.state, t.crm_class, t.status_id, t.priority, t.assignee_id FROM madoguchi_ticket t
    WHERE t.department_id = %s::bigint AND t.trashed_at IS NULL AND NOT t.is_spam AND t.state <> 'Closed'{beyond}
    ORDER BY t.waiting_since, t.id OFFSET 0) t
  WHERE {where} ORDER BY t.{at}, t.id LIMIT {most})"""
SHOW = f"""SELECT f.n, {showing.COLUMNS} FROM ({{found}}) f JOIN madoguchi_ticket t ON t.id = f.id
{showing.JOINS} ORDER BY f.n, f.at, f.id"""
ONE = f"SELECT 0, {showing.COLUMNS} FROM madoguchi_ticket t {showing.JOINS} WHERE t.id = %s::bigint"
SOME = (
    f"SELECT {showing.COLUMNS} FROM madoguchi_ticket t {showing.JOINS} WHERE {{where}} AND t.number = ANY(%s::bigint[])"
)
COUNTED = {"crm": "t.crm_class", "status": "t.status_id", "priority": "t.priority", "assignee": "t.assignee_id"}
COUNT = "SELECT {by}, count(*) FROM madoguchi_ticket t WHERE {where} GROUP BY 1"
COUNT_DUE = """SELECT count(*) FILTER (WHERE t.due_at < %s::timestamptz),
  count(*) FILTER (WHERE t.due_at >= %s::timestamptz AND t.due_at < %s::timestamptz),
  count(*) FILTER (WHERE t.due_at >= %s::timestamptz), count(*) FILTER (WHERE t.due_at IS NULL)
FROM madoguchi_ticket t WHERE {where}"""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Only the tickets of an agent (0: nobody's), only those of a priority ('': without one)."""

    assignee: int | None = None
    priority: str | None = None

    @property
    def where(self) -> str:
        """With ` AND ` in front of each condition; its values are `values`."""
        parts = ""
        if self.assignee is not None:
            parts += " AND t.assignee_id = %s::bigint" if self.assignee else " AND t.assignee_id IS NULL"
        return parts if self.priority is None else f"{parts} AND t.priority = %s::text"

    @property
    def values(self) -> tuple[Any, ...]:
        return ((self.assignee,) if self.assignee else ()) + (() if self.priority is None else (self.priority,))


EVERYTHING = Narrowed()


@dataclass(slots=True)
class Filled:
    """A column with some of its cards. `after` is the cursor of those that follow, '' at the end."""

    column: Column
    count: int
    cards: list[Card]
    after: str = ""

    @property
    def left(self) -> int:
        """How many are not shown, where these are the first."""
        return max(0, self.count - len(self.cards))


@dataclass(slots=True)
class Board:
    mode: Mode
    columns: list[Filled]

    @property
    def total(self) -> int:
        return sum(filled.count for filled in self.columns)


def board(
    department: Department,
    mode: Mode,
    *,
    narrowed: Narrowed = EVERYTHING,
    order: str = "due",
    limit: int = 20,
    at_most: int = AT_MOST,
    by: Actor,
) -> Board:
    """The first cards of every column. Hidden where the actor does not work in the department (SPEC C3).

    `at_most`: so many cards on the whole board, five of a column at least; 0: as many as `limit` gives.
    Tickets that are merely shared with the department are not on its board, as in every view but the shared one (S5).
    """
    counted = counts(department, mode, narrowed=narrowed, by=by)
    columns = modes.columns(mode, department, by=by, also=[pk for pk in counted if mode.key == "assignee" and pk])
    if mode.key == "assignee":
        columns = [column for column in columns if column.is_kept or column.counted in counted]
    if at_most:
        limit = min(limit, max(FEWEST, at_most // max(1, len(columns))))
    found = _found(department, mode, columns, narrowed, counted, order, limit + 1)
    filled = [_filled(column, rows, counted, order, limit) for column, rows in zip(columns, found, strict=True)]
    return Board(mode, [each for each in filled if each.count or (each.column.is_kept and not mode.hides_empty)])


def cards(
    department: Department,
    mode: Mode,
    key: str,
    *,
    after: str = "",
    narrowed: Narrowed = EVERYTHING,
    order: str = "due",
    limit: int = 20,
    by: Actor,
) -> Filled:
    """The cards of one column after a cursor; a cursor that cannot be read leads to the first. Hidden: no such column."""
    counted = counts(department, mode, narrowed=narrowed, by=by)
    also = [pk for pk in counted if mode.key == "assignee" and pk]
    column = next((each for each in modes.columns(mode, department, by=by, also=also) if each.key == key), None)
    if column is None:
        raise Hidden
    beyond = _read(after, order)
    [rows] = _found(department, mode, [column], narrowed, counted, order, limit + 1, beyond)
    return _filled(column, rows, counted, order, limit, is_first=beyond is None)


def counts(department: Department, mode: Mode, *, narrowed: Narrowed = EVERYTHING, by: Actor) -> dict[Any, int]:
    """How many tickets the columns have, by `Column.counted`; of a board of many as it was a few seconds ago."""
    require_department(by, department.pk)
    key = (department.pk, mode.key, narrowed)
    there = _kept.get(key)
    if there is not None and there[0] > time.monotonic():
        return there[1]
    found = _counted(department, mode, narrowed)
    if sum(found.values()) > MANY:
        if len(_kept) > MOST_KEPT:
            _kept.clear()
        _kept[key] = (time.monotonic() + KEPT_S, found)
    return found


_kept: dict[Any, tuple[float, dict[Any, int]]] = {}


def card(ticket: Ticket, mode: Mode) -> Card | None:
    """The ticket's card as it is now; None where it is not on the board of its department."""
    return None if place_of(ticket, mode) is None else showing.card(fetch(ONE, [ticket.pk])[0][1:])


def some(
    department: Department, mode: Mode, numbers: Sequence[int], *, narrowed: Narrowed = EVERYTHING, by: Actor
) -> list[tuple[str, Card]]:
    """Those of these tickets that are on the board now, each with the key of its column."""
    require_department(by, department.pk)
    where, values = _where(department, mode, narrowed)
    known = [number for number in numbers if number < 2**63]
    found = [showing.card(row) for row in fetch(SOME.format(where=where), [*values, known])]
    return [(column_of(card, mode), card) for card in found]


def _counted(department: Department, mode: Mode, narrowed: Narrowed) -> dict[Any, int]:
    where, values = _where(department, mode, narrowed)
    if mode.key != "due":
        return dict(fetch(COUNT.format(by=COUNTED[mode.key], where=where), values))
    days = Days.today()
    [row] = fetch(COUNT_DUE.format(where=where), [days.now, days.now, days.tomorrow, days.tomorrow, *values])
    return {n: each for n, each in enumerate(row) if each}


def _where(department: Department, mode: Mode, narrowed: Narrowed) -> tuple[str, list[Any]]:
    return OF_BOARD.format(state=_state(mode)) + narrowed.where, [department.pk, *narrowed.values]


def _state(mode: Mode) -> str:
    return "t.state <> 'Closed'" if mode.key == "status" else "t.state = 'Open'"


def _found(
    department: Department,
    mode: Mode,
    columns: Sequence[Column],
    narrowed: Narrowed,
    counted: dict[Any, int],
    order: str,
    most: int,
    beyond: tuple[datetime | None, int] | None = None,
) -> list[list[Card]]:
    """For each column at most so many cards, in one statement."""
    most = min(most, MOST + 1)
    if not columns:
        return []
    at, parts, values = ORDERS[order], [], []
    for n, column in enumerate(columns):
        walks = order == "waiting" and counted.get(column.counted, 0) > FEW
        for more, more_values in _stretches(at, beyond):
            if walks:
                where = f"{_state(mode)}{narrowed.where} AND {column.where}"
                parts.append(WALK.format(n=n, at=at, where=where, beyond=more, most=most))
                values += [department.pk, *more_values, *narrowed.values, *column.values]
            else:
                on_board, common = _where(department, mode, narrowed)
                parts.append(FIND.format(n=n, at=at, where=f"{on_board} AND {column.where}{more}", most=most))
                values += [*common, *column.values, *more_values]
    sql = SHOW.format(found=" UNION ALL ".join(parts))
    found: list[list[Card]] = [[] for _column in columns]
    for n, *row in fetch(sql, values) if order == "due" else _planned(sql, values):
        found[n].append(showing.card(row))
    return [each[:most] for each in found]


def _planned(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Planned with the values in sight: how many tickets a column has decides whether they are sorted or walked along."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _stretches(at: str, beyond: tuple[datetime | None, int] | None) -> list[tuple[str, list[Any]]]:
    """What one walk of an index reads each. Rows without a value come last (`lists.keyset`)."""
    if beyond is None:
        return [("", [])]
    value, pk = beyond
    if value is None:
        return [(f" AND t.{at} IS NULL AND t.id > %s::bigint", [pk])]
    later = f" AND t.{at} >= %s::timestamptz AND NOT (t.{at} = %s::timestamptz AND t.id <= %s::bigint)"
    return [(later, [value, value, pk]), (f" AND t.{at} IS NULL", [])]


def _filled(
    column: Column, found: list[Card], counted: dict[Any, int], order: str, limit: int, is_first: bool = True
) -> Filled:
    count, shown = counted.get(column.counted, 0), found[:limit]
    if len(found) <= limit and is_first:
        return Filled(column, len(found), shown)
    after = "" if len(found) <= limit else paging.encode(order, getattr(shown[-1], ORDERS[order]), shown[-1].id)
    return Filled(column, max(count, len(found)), shown, after)


def _read(cursor: str, order: str) -> tuple[datetime | None, int] | None:
    """A cursor of another order, or one that someone made up, leads to the first cards."""
    try:
        of, value, pk = paging.decode(cursor)
    except ValueError:
        return None
    fits = isinstance(pk, int) and not isinstance(pk, bool) and (value is None or isinstance(value, datetime))
    return (value, pk) if of == order and fits else None  # type: ignore[return-value]
