"""From an id to the row, or Hidden (404) for ids in paths and queries; Unfit (422) for ids in bodies."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.doors.api.errors import Unfit
from madoguchi.doors.api.wire import LARGEST, ids_in
from madoguchi.errors import Hidden
from madoguchi.models import Account, Agent, Contact, Department, Product, Status, Team, Ticket
from madoguchi.models.ticket import TicketQuerySet
from madoguchi.organisation.current import statuses
from madoguchi.prepared import Prepared
from madoguchi.tickets.numbers import behind_id

Row = TypeVar("Row", bound=models.Model)
MOST_NAMED = 2_000
TICKET = Prepared(
    lambda mark: Ticket.objects.with_people().filter(trashed_at=None, pk=behind_id(mark.number("id"))).order_by()
)
MERGED_AWAY: tuple[type[models.Model], ...] = (Contact, Account)


def seen_tickets(by: Actor) -> TicketQuerySet:
    """The tickets that stand in an actor's lists: of own departments, not in the bin, spam included."""
    return Ticket.objects.filter(access.scope(by), trashed_at=None)


def reached_tickets(by: Actor) -> TicketQuerySet:
    """Those one may open by their id: the same, and those shared with an own department."""
    return Ticket.objects.filter(access.reach(by), trashed_at=None)


def found_tickets(by: Actor) -> TicketQuerySet:
    """The live tickets a search looks through: those of `reached_tickets`, put so that the database can use its indexes."""
    seen = seen_tickets(by).filter(is_spam=False)
    if by.agent is None or by.is_administrator:
        return seen
    shared = access.shares(by.agent.own_department_ids).values_list("ticket_id", flat=True)
    ids = list(shared[: MOST_NAMED + 1])
    if not ids:
        return seen
    if len(ids) > MOST_NAMED:
        return reached_tickets(by).filter(is_spam=False)
    return Ticket.objects.live().filter(access.scope(by) | Q(pk__in=ids))


def ticket(ticket_id: int, by: Actor) -> Ticket:
    """The ticket with this id; for one that was merged away, the one it was merged into."""
    found: list[Ticket] = TICKET(id=min(ticket_id, LARGEST))
    if not found or not access.can(by, "read", found[0]):
        raise Hidden
    return found[0]


def leading(ids: Iterable[int]) -> dict[int, int]:
    """Where the ids lead to: themselves, or for tickets merged away the main one."""
    ends = dict(Ticket.objects.filter(pk__in=[pk for pk in ids if pk <= LARGEST]).values_list("pk", "merged_into_id"))
    return {pk: ends.get(pk) or pk for pk in ids}


def tickets(ids: Iterable[int], by: Actor) -> list[Ticket]:
    """Every one of them, in the order of their ids, or Hidden."""
    wanted = set(ids)
    found = list(Ticket.objects.with_people().filter(trashed_at=None, pk__in=wanted).order_by("id"))
    if len(found) != len(wanted) or not all(access.can(by, "read", ticket) for ticket in found):
        raise Hidden
    return found


def one(rows: "models.QuerySet[Row]", row_id: int) -> Row:
    """The row with this id; for a contact or account that was merged away, the one it was merged into."""
    wanted = led(rows.model, row_id) if rows.model in MERGED_AWAY else row_id
    found = rows.filter(pk=wanted).first() if row_id <= LARGEST else None
    if found is None:
        raise Hidden
    return found


def led(model: type[models.Model], row_id: int) -> Any:
    """The id of the record an id leads to, as a sub-query."""
    rows = model._default_manager.filter(pk=min(row_id, LARGEST)).order_by()
    return rows.values_list(Coalesce(F("merged_into_id"), F("pk")))[:1]


def led_all(model: type[models.Model], ids: Iterable[int]) -> list[int]:
    """Where the ids of contacts or accounts lead to."""
    wanted = [row_id for row_id in ids if row_id <= LARGEST]
    rows = model._default_manager.filter(pk__in=wanted).order_by()
    return list(rows.values_list(Coalesce(F("merged_into_id"), F("pk")), flat=True))


def department(department_id: int, by: Actor) -> Department:
    """A department the actor works in."""
    found = one(Department.objects.all(), department_id)
    access.require_department(by, found.pk)
    return found


def department_ids(department_id: int | None, more: str, by: Actor) -> list[int]:
    """What `departmentId` and `departmentIds` name; none of them may be unseen."""
    ids = [] if more == "allDepartment" else ids_in(more, "departmentIds")
    ids += [department_id] if department_id else []
    for found in ids:
        department(found, by)
    return ids


def contact(contact_id: int) -> Contact:
    return one(Contact.objects.filter(trashed_at=None).select_related("account"), contact_id)


def account(account_id: int) -> Account:
    return one(Account.objects.filter(trashed_at=None), account_id)


def product(product_id: int, by: Actor) -> Product:
    rows = Product.objects.filter(trashed_at=None)
    if not by.is_administrator:
        rows = rows.filter(departments__in=by.agent.own_department_ids).distinct()  # type: ignore[union-attr]
    return one(rows, product_id)


BINNED: tuple[type[models.Model], ...] = (Contact, Account, Product)


def named(model: type[Row], row_id: int | None, pointer: str) -> Row | None:
    """The row an id in a body names; None stays None."""
    if row_id is None:
        return None
    wanted = led(model, row_id) if model in MERGED_AWAY else row_id
    rows: Any = model._default_manager.filter(pk=wanted)
    if model in BINNED:
        rows = rows.filter(trashed_at=None)
    if model is Contact:
        rows = rows.select_related("account")
    if model is Agent:
        rows = Agent.objects.for_request().filter(pk=row_id)
    found = rows.first()
    if found is None:
        raise Unfit(pointer, text=_("This choice does not exist (any more)."))
    return found


def agents(ids: Iterable[int], pointer: str) -> list[Agent]:
    return [found for agent_id in ids if (found := named(Agent, agent_id, pointer))]


def team(team_id: int | None) -> Team | None:
    return named(Team, team_id, "/teamId")


def status(word: str, pointer: str = "/status") -> Status:
    """A status by its stable English name, whatever its case."""
    folded = word.strip().casefold()
    for found in statuses():
        if found.name.casefold() == folded:
            return found
    choices = ", ".join(s.name for s in statuses())
    raise Unfit(pointer, text=_("Choose one of: %(choices)s") % {"choices": choices})
