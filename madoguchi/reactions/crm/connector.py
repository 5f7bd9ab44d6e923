"""What a connection to a CRM has to know: find a person with their deals, and say who we are there. One file each.

class Hubspot:
    def find(self, emails, phones): ...
    def test(self): ...
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

Category = Literal["open", "won", "lost"]
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Deal:
    """`stage` as the CRM names it; `currency`: ISO 4217 or ''."""

    category: Category
    stage: str = ""
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A person the CRM knows: a contact with all deals, or a lead."""

    module: Literal["contacts", "leads"]
    id: str
    deals: tuple[Deal, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of whom the CRM says that something changed, with addresses and numbers as it has them."""

    record: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]


class Connector(Protocol):
    """Asks one CRM. Both raise Down, Unauthorised, Misunderstood; neither waits longer than `TIMEOUT_S` for an answer."""

    def find(self, emails: Sequence[str], phones: Sequence[str]) -> Record | None:
        """The record of a person with one of these addresses or numbers, as written; contacts before leads, addresses
        before numbers. None where the CRM does not know them."""

    def test(self) -> str:
        """Ask the CRM who we are there: the name to show beside "Connected"."""

    def concerned(self, module: str, ids: Sequence[str]) -> Sequence[Person]:
        """Whose these records are (module: Contacts, Leads, Deals): for the webhook. Raises what `find` raises."""


class Down(Exception):
    """The CRM does not answer, breaks (5xx), or wants to be left alone (429): nothing is asked for a while."""

    def __init__(self, text: str, *, status: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(text)
        self.text, self.status, self.retry_after_s = text, status, retry_after_s


class Unauthorised(Exception):
    """The CRM no longer accepts us: an administrator has to connect it again."""

    def __init__(self, text: str, *, status: int | None = None) -> None:
        super().__init__(text)
        self.text, self.status = text, status


class Misunderstood(Exception):
    """An answer that is not what the CRM's documentation says; it concerns this contact alone."""

    def __init__(self, text: str, *, status: int | None = None) -> None:
        super().__init__(text)
        self.text, self.status = text, status
