"""The tickets of one customer as their tab lists them: exactly those behind each figure (SPEC I3, I4).

Whatever is asked, one index has the rows in order: ticket_of_contact and ticket_of_account by state (of all states three walks
together), ticket_late_of_… where only the overdue are asked for, ticket_by_contact and ticket_by_account by arrival.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from madoguchi.lists import selecting
from madoguchi.lists.keyset import PAGE, Order, Page, Row, Stretch, page_of
from madoguchi.lists.selecting import TABLE, Selection
from madoguchi.models import Account, Contact
from madoguchi.models.organisation import State

# "created": as they came in, which is how their ids grow.
ORDERS = {"updated": Order("modified_at"), "created": Order("id", kind=int)}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """`departments` None: of all. `since`: created then or later. The rest as the address of the tab has it."""

    departments: Sequence[int] | None = None
    state: str = ""
    is_overdue: bool = False
    channel: str = ""
    since: datetime | None = None


def selection(customer: Contact | Account, narrowed: Narrowed, order: Order) -> Selection:
    """Live tickets of the customer that meet all of it."""
    whose = "contact_id" if isinstance(customer, Contact) else "account_id"
    parts, values = [f"{whose} = %s AND trashed_at IS NULL AND NOT is_spam"], [customer.pk]
    more: list[tuple[str, Any]] = []
    if narrowed.departments is not None:
        more.append(("department_id = ANY(%s)", list(narrowed.departments)))
    if narrowed.state:
        more.append(("state = %s", narrowed.state))
    if narrowed.channel:
        more.append(("channel = %s", narrowed.channel))
    if narrowed.since is not None:
        more.append(("created_at >= %s", narrowed.since))
        if order.column == "modified_at":  # nothing is changed before it was created: where the walk may end
            more.append(("modified_at >= %s", narrowed.since))
    if narrowed.is_overdue:
        parts.append("is_overdue")
    where = " AND ".join([*parts, *(sql for sql, _value in more)])
    return Selection(where, (*values, *(value for _sql, value in more)))


def page(customer: Contact | Account, narrowed: Narrowed, order: Order, cursor: str = "", *, size: int = PAGE) -> Page:
    """A page of them, in one statement."""
    chosen = selection(customer, narrowed, order)
    own, others = tuple(selecting.OF_TICKET), selecting.USUAL
    is_by_state = order.column == "modified_at" and not narrowed.state and not narrowed.is_overdue

    def read(stretch: Stretch, most: int) -> list[Row]:
        here = _state_by_state(chosen, stretch, most) if is_by_state else chosen
        sql, values = selecting.statement(here, stretch, most, own, others)
        return [dict(zip((*own, *others), row, strict=True)) for row in here.fetch(sql, values)]

    return page_of(read, order, cursor, size=size)


def _state_by_state(chosen: Selection, stretch: Stretch, most: int) -> Selection:
    """Of each state the first so many, by a walk of an index each; the page is among them."""
    narrowed = f" AND {stretch.where.format(table=TABLE)}" if stretch.where else ""
    walks = [
        f"(SELECT * FROM {TABLE} WHERE {chosen.where} AND state = '{state}'{narrowed}"
        f" ORDER BY {stretch.order.format(table=TABLE)} LIMIT {most})"
        for state in State.values
    ]
    values = (*chosen.values, *stretch.values) * len(walks)
    return Selection("true", values, f"({' UNION ALL '.join(walks)}) {TABLE}")
