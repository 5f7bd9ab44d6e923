"""The filter and order of the board: what is offered, and what is in force in words."""

from typing import Any

from django.utils.translation import gettext as _

from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.board.asked import MINE, NONE, Asked
from madoguchi.lists import beside
from madoguchi.models.ticket import Priority


def choices(request: Desked, asked: Asked) -> dict[str, Any]:
    agents = beside.read(asked.department.pk, request.agent.pk).agents
    others = [(str(pk), name) for pk, name in agents if pk != request.agent.pk]
    offered: list[tuple[str, str, list[tuple[str, Any]]]] = [
        ("assignee", _("Assignee"), [(MINE, _("Me")), (NONE, _("Unassigned")), *others]),
        ("priority", _("Priority"), [*Priority.choices, (NONE, _("No priority"))]),
    ]
    shown = [each for each in offered if each[0] != asked.mode.key]
    chips = []
    for name, label, known in shown:
        if value := asked.values.get(name):
            chips.append((name, label, {str(key): str(words) for key, words in known}.get(value, value)))
    orders = [("due", _("Due date")), ("waiting", _("Waiting longest"))]
    return {"offered": shown, "chips": chips, "orders": orders}
