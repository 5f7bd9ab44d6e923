"""A ticket as a card of a board: what stands on it, read in one statement with all that belongs to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from madoguchi.board.deals import told
from madoguchi.models.organisation import State
from madoguchi.models.people import full_name
from madoguchi.record import now

# `t` is the ticket, `f` what was found of it: in which column, and by what it is ordered.
COLUMNS = """t.id, t.number, t.subject, t.channel, t.priority, t.state, t.status_id, t.contact_id, t.email, t.created_at, t.due_at,
  t.due_left_s, t.waiting_since, t.assignee_id, t.account_id, t.version, t.crm_class,
  c.last_name, c.first_name, a.name, g.last_name, g.first_name, k.module, k.record, k.deals, k.checked_at"""
JOINS = """JOIN madoguchi_contact c ON c.id = t.contact_id
LEFT JOIN madoguchi_account a ON a.id = t.account_id
LEFT JOIN madoguchi_agent g ON g.id = t.assignee_id
LEFT JOIN madoguchi_classification k ON k.contact_id = t.contact_id"""


@dataclass(slots=True)
class Card:
    """`module` and `record` name the contact's record in the CRM, `deals` is as `Classification` keeps it."""

    id: int
    number: int
    subject: str
    channel: str
    priority: str
    state: str
    status_id: int
    contact_id: int
    email: str
    created_at: datetime
    due_at: datetime | None
    due_left_s: int | None
    waiting_since: datetime | None
    assignee_id: int | None
    account_id: int | None
    version: int
    crm_class: int
    contact_last_name: str
    contact_first_name: str
    account: str
    assignee_last_name: str
    assignee_first_name: str
    module: str
    record: str
    deals: dict[str, Any]
    checked_at: datetime | None

    @property
    def is_overdue(self) -> bool:
        return self.due_at is not None and self.due_at < now() and self.state != State.CLOSED

    @property
    def contact(self) -> str:
        return full_name(self.contact_last_name, self.contact_first_name)

    @property
    def assignee(self) -> str:
        return full_name(self.assignee_last_name, self.assignee_first_name)

    @property
    def deals_text(self) -> str:
        """受注 2 件・¥3,480,000, or 提案中・¥2,400,000; '' where there is no deal to tell of."""
        return told(self.crm_class, self.deals)


PLACES = {field.name: at for at, field in enumerate(fields(Card))}
ABSENT = slice(PLACES["account"], PLACES["deals"])  # texts of what may not be there
DEALS = PLACES["deals"]


def card(row: Sequence[Any]) -> Card:
    """From the COLUMNS; what is not there is ''."""
    values = list(row)
    values[ABSENT] = [value or "" for value in values[ABSENT]]
    values[DEALS] = json.loads(values[DEALS]) if values[DEALS] else {}
    return Card(*values)
