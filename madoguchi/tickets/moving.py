"""Hand a ticket to another department (SPEC D4, D7)."""

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Department, Ticket
from madoguchi.record import change, now
from madoguchi.tickets import clocks, due
from madoguchi.tickets.assigning import may_take
from madoguchi.tickets.indexing import index_move
from madoguchi.tickets.sharing import drop_share


@transaction.atomic
def move(ticket: Ticket, department: Department, *, by: Actor) -> Ticket:
    """Give the ticket to `department`; an assignee who does not work there is taken off, the team always.

    Due dates by target are set anew by its own targets. Custom values the new department has no field for are kept unseen. Refused: DEPARTMENT_DISABLED.
    """
    require(by, "move", ticket)
    if not department.is_enabled:
        raise Refused("DEPARTMENT_DISABLED", _("This department is switched off."), "departmentId")
    with change(ticket, "ticket.moved", by=by):
        if ticket.department_id == department.pk:
            return ticket
        ticket.department = department
        drop_share(ticket, department)
        ticket.team = None
        if ticket.assignee is not None and not may_take(ticket.assignee, department):
            ticket.assignee = None
        if ticket.product is not None and not ticket.product.departments.filter(pk=department.pk).exists():
            ticket.product = None
        due.renew(ticket)
        clocks.lift_mark(ticket, now())
    index_move(ticket)
    return ticket
