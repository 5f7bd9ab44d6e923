"""Who acts, and through which door."""

from dataclasses import dataclass, replace
from typing import Literal

from madoguchi.models import Agent, Contact, Event

Door = Literal["page", "api", "mail", "command", "desk", "help"]


@dataclass(frozen=True, slots=True)
class Actor:
    """An agent, a contact, or the desk itself (neither)."""

    agent: Agent | None = None
    contact: Contact | None = None
    door: Door = "desk"
    because: Event | None = None

    @classmethod
    def desk(cls, *, because: Event | None = None, door: Door = "desk") -> "Actor":
        """The desk acting by rule: may do everything, history names the cause."""
        return cls(door=door, because=because)

    @property
    def is_desk(self) -> bool:
        return self.agent is None and self.contact is None

    @property
    def is_administrator(self) -> bool:
        return self.agent is not None and self.agent.is_administrator

    def through(self, door: Door) -> "Actor":
        return replace(self, door=door)
