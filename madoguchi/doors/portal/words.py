"""How the desk's states are called before customers: statuses are the agents' words, and some say too much."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from madoguchi.models import Department, Entry
from madoguchi.models.organisation import State
from madoguchi.models.ticket import Channel


@dataclass(frozen=True, slots=True)
class Badge:
    """`kind` is the colour of `ui.badge`."""

    label: str
    kind: str


def state_badge(state: str, is_answered: bool) -> Badge:
    if state == State.CLOSED:
        return Badge(pgettext("help center", "Closed"), "")
    if state == State.ON_HOLD:
        return Badge(pgettext("help center", "On hold"), "warn")
    if is_answered:
        return Badge(pgettext("help center", "In progress"), "active")
    return Badge(pgettext("help center", "Received"), "open")


def progress(kind: str, last: Entry | None) -> str:
    """What happened last, or happens next, in a few words."""
    if not kind or last is None:
        return ""
    if last.is_outgoing or last.is_comment:
        return _("We have written to you")
    return _("We will answer you")


def channel(value: str) -> Any:
    return pgettext("help center", "Form") if value == Channel.WEB else Channel(value).label


def department_name(department: Department) -> str:
    """As customers know it; '' for one they are not to know."""
    if not department.is_visible_in_help_center:
        return ""
    return department.name_in_help_center or department.name
