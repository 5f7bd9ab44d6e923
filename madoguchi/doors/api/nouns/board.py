"""Boards: a department's tickets in the columns of a work mode (SPEC C, API "Ours")."""

from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel, Field

from madoguchi.board import crm, modes, reading
from madoguchi.board.modes import Mode
from madoguchi.doors.api import finders, rows
from madoguchi.doors.api.call import Call, me
from madoguchi.doors.api.door import Door
from madoguchi.doors.api.errors import unprocessable
from madoguchi.doors.api.present import board as present
from madoguchi.doors.api.wire import Id
from madoguchi.errors import Hidden
from madoguchi.models import Department

door = Door("Board")
MODES = {**modes.MODES, "dueDate": modes.MODES["due"]}


class Asked(BaseModel):
    mode: str = Field("crm", description=", ".join(MODES))
    departmentId: Id | None = Field(None, description="The first own one if not given")
    limit: int = Field(50, ge=1, le=200, description="Cards of a column")
    column: str = Field("", description="The key of one column; only that")
    after: str = Field("", description="The cards that follow: what the column said as `after`")


@door.at("GET /board", gives="Board")
def get_board(request: Call, query: Query[Asked]) -> object:
    """The columns of a work mode with their first cards, or one column from a place on.

    A column without tickets is absent. In the mode crm a connected CRM is needed (422).
    """
    mode, department = mode_of(query.mode), department_of(query, request)
    if mode.key == "crm":
        crm.require_connected()
    if query.after and not query.column:
        raise unprocessable(_("The query parameter “%(name)s” is not valid.") % {"name": "column"})
    with timezone.override(ZoneInfo(me(request).time_zone)):
        if query.column:
            key = present.key_within(mode, query.column)
            filled = [reading.cards(department, mode, key, after=query.after, limit=query.limit, by=request.actor)]
        else:
            filled = reading.board(department, mode, limit=query.limit, at_most=0, by=request.actor).columns
        shown = [each for each in filled if each.count]
        reach = rows.reach_of(card.contact_id for each in shown for card in each.cards)
        named = present.names()
        return {"columns": [present.column(mode, each, reach, named) for each in shown]}


def mode_of(word: str) -> Mode:
    if word not in MODES:
        raise unprocessable(_("Choose one of: %(choices)s") % {"choices": ", ".join(MODES)})
    return MODES[word]


def department_of(query: Asked, request: Call) -> Department:
    """The one asked for, else the first own one."""
    if query.departmentId is not None:
        return finders.department(query.departmentId, request.actor)
    own = Department.objects.filter(pk__in=me(request).own_department_ids).order_by("-is_enabled", "pk").first()
    if own is None:
        raise Hidden
    return own
