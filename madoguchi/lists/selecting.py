"""Tickets selected by a Q, as SQL that is compiled once and kept: the rows of lists and the counts beside views."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import Q

from madoguchi import prepared
from madoguchi.lists.keyset import Order, Page, Stretch, page_of
from madoguchi.models import Ticket

CAP = 1000
TABLE = Ticket._meta.db_table


@dataclass(frozen=True, slots=True)
class Selection:
    """The condition of a statement on the ticket table, and its values."""

    where: str
    values: tuple[Any, ...] = ()

    def fetch(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows of a statement with this condition. Planned with its values in sight: how rare they are decides the way."""
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()


EVERYTHING = Selection("true")


def selection(q: Q) -> Selection:
    """The Q as SQL. It may ask other tables by sub-query only."""
    query = Ticket.objects.filter(q).query
    assert sum(n > 0 for n in query.alias_refcount.values()) <= 1, f"a join in {q}"
    compiler = query.get_compiler(connection=connection)
    try:
        where, values = compiler.compile(query.where)
    except EmptyResultSet:
        return Selection("false")
    except FullResultSet:
        return EVERYTHING
    return Selection(where or "true", tuple(values))


@lru_cache(maxsize=1024)
def _kept(key: Any, recipe: "_Recipe") -> Selection:
    return selection(recipe.make())


class _Recipe:
    """How to make the Q, equal to every other one: the key alone says which selection it is."""

    def __init__(self, make: Callable[[], Q]) -> None:
        self.make = make

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Recipe)

    def __hash__(self) -> int:
        return 1


def kept(key: Any, make: Callable[[], Q]) -> Selection:
    """The selection of a Q that is only made once. `key` names everything it depends on."""
    return _kept(key, _Recipe(make))


# What a list shows of a ticket: name → SQL, and the join it needs. `t` is the ticket.
JOINS = {
    "contact": "JOIN madoguchi_contact c ON c.id = t.contact_id",
    "account": "LEFT JOIN madoguchi_account a ON a.id = t.account_id",
    "assignee": "LEFT JOIN madoguchi_agent g ON g.id = t.assignee_id",
    "team": "LEFT JOIN madoguchi_team m ON m.id = t.team_id",
    "product": "LEFT JOIN madoguchi_product p ON p.id = t.product_id",
}
OF_TICKET = (
    "id number subject channel priority state status_id due_at modified_at created_at waiting_since is_overdue contact_id"
    " assignee_id account_id"
).split()
OF_OTHERS = {
    "contact__last_name": ("c.last_name", "contact"),
    "contact__first_name": ("c.first_name", "contact"),
    "account__name": ("a.name", "account"),
    "assignee__last_name": ("g.last_name", "assignee"),
    "assignee__first_name": ("g.first_name", "assignee"),
    "team__name": ("m.name", "team"),
    "product__name": ("p.name", "product"),
    "tags": (
        "ARRAY(SELECT y.name FROM madoguchi_tickettag x JOIN madoguchi_tag y ON y.id = x.tag_id"
        " WHERE x.ticket_id = t.id ORDER BY x.id LIMIT 6)",
        "",
    ),
}
CONTACT = ("contact__last_name", "contact__first_name")
USUAL = (*CONTACT, "account__name", "assignee__last_name", "assignee__first_name", "tags")  # fmt: skip


def rows(
    selected: Selection,
    order: Order,
    cursor: str = "",
    *,
    size: int,
    beside: Sequence[str] = USUAL,
    also: Sequence[str] = (),
    is_usual: bool = False,
) -> Page:
    """A page of the tickets selected, in one statement (two where the last rows with a value meet the first without).

    `is_usual`: the same for everybody (a standard view), so that planning it once will do. `beside` is what is read of
    others; `also` names further columns: of the ticket, of OF_OTHERS, or a custom field's api name as `custom/name`.
    """
    others = list(dict.fromkeys([*beside, *(name for name in also if name in OF_OTHERS)]))
    joined = [f"{name.partition('__')[0]}_id" for name in others if "__" in name]
    own = list(dict.fromkeys([*OF_TICKET, order.column, *joined, *(name for name in also if name not in OF_OTHERS)]))

    def read(stretch: Stretch, most: int) -> list[dict[str, Any]]:
        sql, values = statement(selected, stretch, most, tuple(own), tuple(others))
        names = [*own, *others]
        fetch = prepared.fetch if is_usual else selected.fetch
        return [dict(zip(names, row, strict=True)) for row in fetch(sql, values)]

    return page_of(read, order, cursor, size=size)


def statement(
    selected: Selection, stretch: Stretch, most: int, own: tuple[str, ...], others: tuple[str, ...]
) -> tuple[str, list[Any]]:
    """The rows are found first, by one index; then what stands beside them is joined to those few."""
    where, more = f"({selected.where})", []
    if stretch.where:
        where, more = f"{where} AND {stretch.where.format(table=TABLE)}", list(stretch.values)
    found = ", ".join(_own(name, n) for n, name in enumerate(own))
    shown = ", ".join(
        [*(f't."{_alias(name, n)}"' for n, name in enumerate(own)), *(OF_OTHERS[name][0] for name in others)]
    )
    joins = " ".join(JOINS[name] for name in dict.fromkeys(OF_OTHERS[name][1] for name in others) if name)
    return (
        f"SELECT {shown} FROM (SELECT {found} FROM {TABLE} WHERE {where}"
        f" ORDER BY {stretch.order.format(table=TABLE)} LIMIT {most}) t {joins} ORDER BY {stretch.order.format(table='t')}",
        [*selected.values, *more],
    )


def _own(name: str, n: int) -> str:
    if name.startswith("custom/"):
        key = name.removeprefix("custom/")
        assert key.replace("_", "a").isalnum(), key
        return f"{TABLE}.custom ->> '{key}' AS {_alias(name, n)}"
    return f'{TABLE}."{name}"'


def _alias(name: str, n: int) -> str:
    """Custom fields by number: their names may be longer than PostgreSQL's."""
    return f"k{n}" if name.startswith("custom/") else name


def counts(selections: Mapping[str, Selection], cap: int = CAP, is_usual: bool = False) -> dict[str, int]:
    """How many tickets each selects, at most `cap` + 1, in one statement."""
    if not selections:
        return {}
    parts: list[str] = []
    values: list[Any] = []
    for n, chosen in enumerate(selections.values()):
        parts.append(
            f"SELECT {n}, (SELECT count(*) FROM (SELECT 1 FROM {TABLE} WHERE {chosen.where} LIMIT {cap + 1}) c)"
        )
        values += chosen.values
    fetch = prepared.fetch if is_usual else EVERYTHING.fetch
    found = dict(fetch(" UNION ALL ".join(parts), values))
    return {key: found[n] for n, key in enumerate(selections)}
