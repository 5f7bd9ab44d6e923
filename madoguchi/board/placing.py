"""In which column of a board a ticket stands: from its own row, asking nothing."""

from madoguchi.board.cards import Card
from madoguchi.board.modes import LATER, NONE, OVERDUE, TODAY, Days, Mode
from madoguchi.models import CrmClass, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.crm import KEYS


def place_of(ticket: Ticket, mode: Mode) -> str | None:
    """The key of its column in the department it belongs to; None where it is not on the board (SPEC C3)."""
    if not ticket.is_live or ticket.state == State.CLOSED or (mode.key != "status" and ticket.state != State.OPEN):
        return None
    return column_of(ticket, mode)


def column_of(row: Ticket | Card, mode: Mode) -> str:
    """The same of a ticket, or its card, that is on the board."""
    match mode.key:
        case "crm":
            return KEYS[CrmClass(row.crm_class)]
        case "status":
            return str(row.status_id)
        case "priority":
            return row.priority or NONE
        case "assignee":
            return str(row.assignee_id or NONE)
    if row.due_at is None:
        return NONE
    days = Days.today()
    return OVERDUE if row.due_at < days.now else TODAY if row.due_at < days.tomorrow else LATER
