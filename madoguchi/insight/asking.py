"""Whose figures, and how the ledger's rows are told apart."""

from collections.abc import Sequence
from typing import Any

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.models import Account, Contact, Tally
from madoguchi.models.organisation import State
from madoguchi.models.rating import Satisfaction
from madoguchi.models.ticket import Channel

TICKETS = [
    f"tickets.{state.value}.{channel.value}{late}" for state in State for channel in Channel for late in ("", ".late")
]
RATINGS = [f"rating.{value}" for value in Satisfaction.values]
TIMES = ["first_response", "response", "resolution"]


def kind_of(customer: Contact | Account) -> str:
    return (Tally.Subject.CONTACT if isinstance(customer, Contact) else Tally.Subject.ACCOUNT).value


def within(departments: Sequence[int] | None) -> dict[str, Any]:
    return {"departments": None if departments is None else list(departments)}


def rate(good: int, rated: int) -> int | None:
    """How many of a hundred; None of none. Half a one up."""
    return (200 * good + rated) // (2 * rated) if rated else None


def own_departments(by: Actor) -> list[int] | None:
    """Those whose tickets the actor works on; None: all."""
    return None if by.is_desk or by.is_administrator else [d.pk for d in access.departments(by)]
