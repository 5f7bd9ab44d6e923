"""Who acts, and through which door."""

from dataclasses import dataclass, replace
from typing import Literal

from django.utils.translation import gettext as _

from madoguchi.models import Agent, Contact, Event, Rule

Door = Literal["page", "api", "mail", "command", "desk", "help"]


@dataclass(frozen=True, slots=True)
class Actor:
    """An agent, a contact, or the desk itself (neither), which may follow a rule."""

    agent: Agent | None = None
    contact: Contact | None = None
    door: Door = "desk"
    because: Event | None = None
    rule: Rule | None = None

    @classmethod
    def desk(cls, *, because: Event | None = None, door: Door = "desk", rule: Rule | None = None) -> "Actor":
        """The desk acting by itself: may do everything, history names the cause, and the rule if it follows one."""
        return cls(door=door, because=because, rule=rule)

    @property
    def is_desk(self) -> bool:
        return self.agent is None and self.contact is None

    @property
    def is_administrator(self) -> bool:
        return self.agent is not None and self.agent.is_administrator

    @property
    def rule_title(self) -> str:
        """What stands for a name where a rule wrote something; else nothing."""
        return title_of_rule(self.rule.name) if self.rule else ""

    def through(self, door: Door) -> "Actor":
        return replace(self, door=door)


def title_of_rule(name: str) -> str:
    """自動化「…」"""
    return _("Rule “%(name)s”") % {"name": name}
