"""One verb on many tickets (SPEC D7): each by itself, so that what is refused for one does not stop the others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.utils import OperationalError
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected, LockNotAvailable

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Ticket

MOST = 100
Act = Callable[[Ticket], Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one ticket: changed, or left as it was by `refusal`. `ticket` is None where it is not to be seen."""

    ticket_id: int
    ticket: Ticket | None
    refusal: Refused | Denied | Hidden | None = None

    @property
    def is_done(self) -> bool:
        return self.refusal is None

    @property
    def reason(self) -> str:
        if isinstance(self.refusal, Refused):
            return str(self.refusal.text)
        return _("You are not allowed to do this.") if isinstance(self.refusal, Denied) else _("Ticket not found.")


def in_bulk(ids: Iterable[int], act: Act, *, by: Actor) -> list[Outcome]:
    """Do the verb `act` with every ticket of `ids`, children before parents, which may wait for them (SPEC F5), each in the
    order of their ids; it asks permission for each itself.

    Refused: TOO_MANY, NOTHING_CHOSEN – before any is touched. Called twice, the second time finds nothing to change.
    """
    wanted = sorted(set(ids))
    if not wanted:
        raise Refused("NOTHING_CHOSEN", _("Choose at least one ticket."), "ids")
    if len(wanted) > MOST:
        raise Refused("TOO_MANY", _("At most %(n)s tickets at once.") % {"n": MOST}, "ids")
    seen = Ticket.objects.with_people().filter(access.reach(by), pk__in=wanted)
    found = {ticket.pk: ticket for ticket in seen}
    wanted.sort(key=lambda pk: pk in found and found[pk].parent_id is None)
    return [attempt(found[pk], act) if pk in found else Outcome(pk, None, Hidden()) for pk in wanted]


def attempt(ticket: Ticket, act: Act) -> Outcome:
    """One of many, in its own savepoint."""
    try:
        with transaction.atomic():
            act(ticket)
    except (Refused, Denied) as refusal:
        return Outcome(ticket.pk, ticket, refusal)
    except Hidden as gone:
        return Outcome(ticket.pk, None, gone)
    except (IntegrityError, OperationalError) as clash:
        if isinstance(clash, OperationalError) and not isinstance(clash.__cause__, DeadlockDetected | LockNotAvailable):
            raise
        return Outcome(ticket.pk, ticket, Refused("OVERTAKEN", _("Someone else changed it at this moment. Try again.")))
    return Outcome(ticket.pk, ticket)
