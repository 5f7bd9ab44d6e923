"""Tickets selected by a Q, as SQL that is compiled once and kept: the rows of lists and the counts beside views."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import Q

from madoguchi import prepared
from madoguchi.access import IN_FORCE
from madoguchi.lists.keyset import Order, Page, Stretch, page_of
from madoguchi.models import Ticket

CAP = 1000
TABLE = Ticket._meta.db_table


@dataclass(frozen=True, slots=True)
class Selection:
    """The condition of a statement on the ticket table, and its values. `source` is what it reads: the table, or more."""

    where: str
    values: tuple[Any, ...] = ()
    source: str = TABLE

    @property
    def is_shared(self) -> bool:
        return self.source == SHARES

    def fetch(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows of a statement with this condition. Planned with its values in sight: how rare they are decides the way."""
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()


# Tickets along the shares with a department, whose index has them in the order of their last change.
SHARES = (
    "(SELECT ticket_id AS id, changed_at, level, reason, expires_at, at, by_id FROM madoguchi_share WHERE"
    f" department_id = %s::bigint AND {IN_FORCE.format('')}) s"
    f" JOIN {TABLE} ON {TABLE}.id = s.id"
)
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


def shared_with(department_id: int, narrowed: Selection) -> Selection:
    """Of the tickets shared with a department, those that meet a selection."""
    return replace(narrowed, values=(department_id, *narrowed.values), source=SHARES)


# What a list shows of a ticket: name → SQL, and the join it needs. `t` is the ticket.
JOINS = {
    "contact": "JOIN madoguchi_contact c ON c.id = t.contact_id",
    "account": "LEFT JOIN madoguchi_account a ON a.id = t.account_id",
    "assignee": "LEFT JOIN madoguchi_agent g ON g.id = t.assignee_id",
    "team": "LEFT JOIN madoguchi_team m ON m.id = t.team_id",
    "product": "LEFT JOIN madoguchi_product p ON p.id = t.product_id",
    "department": "JOIN madoguchi_department d ON d.id = t.department_id",
    "sharer": "LEFT JOIN madoguchi_agent b ON b.id = t.sharer_id",
}
OF_TICKET = (
    "id number subject channel priority state status_id due_at due_left_s modified_at created_at waiting_since is_overdue contact_id"
    " assignee_id account_id"
).split()
OF_OTHERS = {
    "contact__last_name": ("c.last_name", "contact"),
    "contact__first_name": ("c.first_name", "contact"),
    "contact__crm_class": ("c.crm_class", "contact"),
    "account__name": ("a.name", "account"),
    "assignee__last_name": ("g.last_name", "assignee"),
    "assignee__first_name": ("g.first_name", "assignee"),
    "team__name": ("m.name", "team"),
    "product__name": ("p.name", "product"),
    "department__name": ("d.name", "department"),
    "sharer__last_name": ("b.last_name", "sharer"),
    "sharer__first_name": ("b.first_name", "sharer"),
    "shared_to": (
        "ARRAY(SELECT y.name FROM madoguchi_share x JOIN madoguchi_department y ON y.id = x.department_id WHERE x.ticket_id = t.id"
        f" AND {IN_FORCE.format('x.')} ORDER BY x.id)",
        "",
    ),
    "tags": (
        "ARRAY(SELECT y.name FROM madoguchi_tickettag x JOIN madoguchi_tag y ON y.id = x.tag_id"
        " WHERE x.ticket_id = t.id ORDER BY x.id LIMIT 6)",
        "",
    ),
}
# The same of a share, where the selection goes along them.
OF_SHARE = {
    "changed_at": "s.changed_at",
    "share_level": "s.level",
    "share_reason": "s.reason",
    "share_expires_at": "s.expires_at",
    "share_at": "s.at",
    "sharer_id": "s.by_id",
}
SHARE = ("share_level", "share_reason", "share_expires_at", "share_at", "department__name", "sharer__last_name", "sharer__first_name")  # fmt: skip
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
    if selected.is_shared and order.column == "modified_at":
        order = replace(order, column="changed_at")
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
    table = "s" if stretch.column == "changed_at" else TABLE
    where, more = f"({selected.where})", []
    if stretch.where:
        where, more = f"{where} AND {stretch.where.format(table=table)}", list(stretch.values)
    found = ", ".join(_own(name, n) for n, name in enumerate(own))
    shown = ", ".join(
        [*(f't."{_alias(name, n)}"' for n, name in enumerate(own)), *(OF_OTHERS[name][0] for name in others)]
    )
    joins = " ".join(JOINS[name] for name in dict.fromkeys(OF_OTHERS[name][1] for name in others) if name)
    return (
        f"SELECT {shown} FROM (SELECT {found} FROM {selected.source} WHERE {where}"
        f" ORDER BY {stretch.order.format(table=table)} LIMIT {most}) t {joins} ORDER BY {stretch.order.format(table='t')}",
        [*selected.values, *more],
    )


def _own(name: str, n: int) -> str:
    if name.startswith("custom/"):
        key = name.removeprefix("custom/")
        assert key.replace("_", "a").isalnum(), key
        return f"{TABLE}.custom ->> '{key}' AS {_alias(name, n)}"
    return f"{OF_SHARE[name]} AS {name}" if name in OF_SHARE else f'{TABLE}."{name}"'


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
            f"SELECT {n}, (SELECT count(*) FROM (SELECT 1 FROM {chosen.source} WHERE {chosen.where} LIMIT {cap + 1}) c)"
        )
        values += chosen.values
    fetch = prepared.fetch if is_usual else EVERYTHING.fetch
    found = dict(fetch(" UNION ALL ".join(parts), values))
    return {key: found[n] for n, key in enumerate(selections)}
