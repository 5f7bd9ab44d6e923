from madoguchi.access import can
from madoguchi.doors.portal.answer import Helped
from madoguchi.errors import Hidden
from madoguchi.models import Ticket
from madoguchi.prepared import Prepared
from madoguchi.tickets.numbers import behind_number

TICKET = Prepared(lambda mark: Ticket.objects.with_people().filter(pk=behind_number(mark.number("number"))))


def find(request: Helped, number: int) -> Ticket:
    """By any number ever given to it or to one merged into it, for the contact who may see it."""
    found: list[Ticket] = TICKET(number=number) if number < 2**63 else []
    if not found or not can(request.actor, "read", found[0]):
        raise Hidden
    return found[0]
