"""Who can see a ticket, and why (SPEC S10). The answer of `access`, turned round: not “may you?” but “who may?”."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from madoguchi.access import Level, departments_seeing, require, shared_with
from madoguchi.actor import Actor
from madoguchi.models import Agent, Contact, Department, Membership, Role, SecondaryContact, Share, Ticket
from madoguchi.models.people import full_name
from madoguchi.tickets.sharing import shares_of

MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class Person:
    """An agent (`is_light`: reads and comments privately, whatever the level) or a contact."""

    id: int
    name: str
    is_light: bool = False


@dataclass(frozen=True, slots=True)
class Agents:
    """Agents who see the ticket for one reason: `n` of them, `light_n` of these light ones, the first by name.

    `why` is `department` (owns the ticket), `administrator`, or `share`; the latter with the share itself.
    """

    why: Literal["department", "administrator", "share"]
    level: Level
    n: int
    light_n: int
    people: Sequence[Person]
    department: Department | None = None
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class Customers:
    """Contacts who see it in the help center: `requester` (reads, writes, closes) or `account` (colleagues, who read).

    `copies`: secondary contacts, who get public replies by mail but do not find the ticket in the help center.
    """

    why: Literal["requester", "account", "copies"]
    n: int
    people: Sequence[Person]


@dataclass(frozen=True, slots=True)
class Sight:
    """`agents_n` counts each agent once, for however many reasons they see the ticket."""

    agents_n: int
    agents: Sequence[Agents]
    customers: Sequence[Customers] = field(default_factory=list)


def who_sees(ticket: Ticket, *, by: Actor) -> Sight:
    """Everybody who can see the ticket now, by reason, with at most eight names each. Eight statements, however many there are.

    In the recycle bin and among the spam shares are without effect and customers do not see the ticket.
    """
    require(by, "read", ticket)
    in_force = shared_with(ticket)
    shares = [share for share in shares_of(ticket) if share.department_id in in_force]
    departments = [d for d in (ticket.department, *(s.department for s in shares)) if d.is_enabled]
    ids = [department.pk for department in departments]
    counts, names = agents_in(ids), first_of(ids)
    by_share = {share.department_id: share for share in shares}
    groups = []
    for department in departments:
        share = by_share.get(department.pk)
        why: Literal["department", "share"] = "share" if share else "department"
        level = Level(share.level) if share else Level.OWN
        groups.append(Agents(why, level, *counts[department.pk], names[department.pk], department, share))
    n, people = first(administrators())
    groups.insert(1 if departments[:1] == [ticket.department] else 0, Agents("administrator", Level.OWN, n, 0, people))
    return Sight(agents_count(ids), groups, customers_of(ticket) if ticket.is_live else [])


def gains_and_losses(main: Ticket, tickets: Sequence[Ticket]) -> tuple[list[int], list[int]]:
    """Departments that will see what they did not see of all of these tickets, and that will see none of it any more, once
    they are merged into `main`: its shares stay, those of the others end (SPEC M8)."""
    then = departments_seeing(main)
    before = [departments_seeing(ticket) for ticket in tickets]
    gains = [pk for pk in then if any(pk not in each for each in before)]
    losses = sorted({pk for each in before for pk in each} - then.keys())
    return gains, losses


def agents_in(department_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Department → (how many agents work there, light ones among them)."""
    there = Membership.objects.filter(department__in=department_ids, agent__is_active=True)
    light = Q(agent__role__base=Role.Base.LIGHT)
    counted = there.order_by().values_list("department").annotate(n=Count("pk"), light_n=Count("pk", filter=light))
    return dict.fromkeys(department_ids, (0, 0)) | {pk: (n, light_n) for pk, n, light_n in counted}


def first_of(department_ids: Sequence[int]) -> dict[int, list[Person]]:
    """Department → its first agents by name."""
    there = Membership.objects.filter(department__in=department_ids, agent__is_active=True)
    by_name = [F("agent__last_name"), F("agent__first_name"), F("agent_id")]
    place = Window(RowNumber(), partition_by=F("department_id"), order_by=by_name)
    named = there.annotate(place=place).filter(place__lte=MOST_NAMES).order_by("department_id", "place")
    found: dict[int, list[Person]] = {pk: [] for pk in department_ids}
    names = ("department_id", "agent_id", "agent__last_name", "agent__first_name", "agent__role__base")
    for department, pk, last, given, base in named.values_list(*names):
        found[department].append(Person(pk, full_name(last, given), base == Role.Base.LIGHT))
    return found


def administrators() -> QuerySet[Agent]:
    return Agent.objects.filter(role__base=Role.Base.ADMINISTRATOR, is_active=True)


def agents_count(department_ids: Sequence[int]) -> int:
    there = Q(memberships__department__in=department_ids) | Q(role__base=Role.Base.ADMINISTRATOR)
    return Agent.objects.filter(there, is_active=True).order_by().distinct().count()


def customers_of(ticket: Ticket) -> list[Customers]:
    """See `access.can` for contacts. Left out: who was deleted or is a sender of spam, for they cannot sign in."""
    welcome = Contact.objects.filter(trashed_at=None, is_spam=False)
    n, people = first(welcome.filter(pk=ticket.contact_id))
    groups = [Customers("requester", n, people)]
    others = welcome.exclude(pk=ticket.contact_id)
    if ticket.account_id is not None:
        n, people = first(others.filter(account=ticket.account_id, sees_account=True))
        groups.append(Customers("account", n, people))
    copies = SecondaryContact.objects.filter(ticket=ticket).values("contact")
    n, people = first(others.filter(pk__in=copies))
    groups.append(Customers("copies", n, people))
    return [group for group in groups if group.n]


def first(rows: QuerySet[Any]) -> tuple[int, list[Person]]:
    """(how many, the first by name): one statement for both."""
    total = Window(Count("pk"))
    named = rows.annotate(total=total).order_by("last_name", "first_name", "pk")
    found = list(named.values_list("pk", "last_name", "first_name", "total")[:MOST_NAMES])
    return (found[0][3] if found else 0), [Person(pk, full_name(last, given)) for pk, last, given, _n in found]
