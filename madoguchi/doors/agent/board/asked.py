"""What an address of the board asks for: mode, department, filter, order."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from madoguchi.board import modes
from madoguchi.board.modes import Mode
from madoguchi.board.reading import ORDERS, Narrowed
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.jinja import url
from madoguchi.errors import Hidden
from madoguchi.models import Department
from madoguchi.models.ticket import Priority

MINE, NONE, USUAL = "mine", "none", "due"
SCRIPT = "Board"  # the header of our script, with the department its page shows


@dataclass(frozen=True, slots=True)
class Asked:
    """`values` are the filter and order as they stand in addresses, those only that mean something."""

    mode: Mode
    department: Department
    values: dict[str, str]
    narrowed: Narrowed
    order: str

    def to(self, view: str, **more: Any) -> str:
        """An address of the board that keeps filter and order."""
        query = {name: more.pop(name) for name in QUERIES if name in more}
        there = url(view, mode=self.mode.key, **more)
        asked = {**self.values, **{name: value for name, value in query.items() if value}}
        return there + (f"?{urlencode(asked)}" if asked else "")

    def without(self, name: str) -> str:
        left = {key: value for key, value in self.values.items() if key != name}
        return url("work_mode", mode=self.mode.key) + (f"?{urlencode(left)}" if left else "")


QUERIES = ("column", "after", "reply", "place")


def read(request: Desked, key: str) -> Asked:
    """Values nobody offered are passed over. Hidden: no such mode, or no department to work in."""
    mode, values = modes.find(key), {}
    assignee, priority = request.GET.get("assignee", ""), request.GET.get("priority", "")
    narrowed: dict[str, Any] = {}
    if assignee in (MINE, NONE) or (assignee.isdecimal() and 0 < len(assignee) < 19):
        values["assignee"] = assignee
        known = {MINE: request.agent.pk, NONE: 0}
        narrowed["assignee"] = known[assignee] if assignee in known else int(assignee)
    if priority in Priority.values or priority == NONE:
        values["priority"] = priority
        narrowed["priority"] = "" if priority == NONE else priority
    if (order := request.GET.get("order", "")) in ORDERS and order != USUAL:
        values["order"] = order
    return Asked(mode, department_of(request), values, Narrowed(**narrowed), order if order in ORDERS else USUAL)


def department_of(request: Desked) -> Department:
    """The one the page shows, whichever is current since then in another tab; else the current one."""
    shown = request.headers.get(SCRIPT, "")
    found = next((each for each in request.departments if str(each.pk) == shown), request.department)
    if found is None:
        raise Hidden
    return found
