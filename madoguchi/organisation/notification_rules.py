"""Who is told of what: the kinds of notifications, and what each department switched on (SPEC D9, S8).

Only what a department switched to other than the default is a row. Rules are kept for a second in each process
(`current`), so that a switch works everywhere within that time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi import access, bell
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Refused
from madoguchi.models import Department, NotificationRule
from madoguchi.organisation import current, rows

WAYS = ("in_app", "by_mail")
SHARING, TICKETS, TIMES = gettext_lazy("Sharing"), gettext_lazy("Tickets"), gettext_lazy("Due times")
RATINGS = gettext_lazy("Happiness ratings")


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing agents can be told of. `to`: who is; `in_app`, `by_mail`: the defaults; `api`: its name on the wire.

    `is_personal`: agents may switch it off for themselves.
    """

    key: str
    label: Any
    to: Any
    group: Any
    in_app: bool
    by_mail: bool
    offers_in_app: bool = True
    offers_mail: bool = True
    api: str = ""
    note: Any = ""
    is_personal: bool = True

    def offers(self, way: str) -> bool:
        return self.offers_in_app if way == "in_app" else self.offers_mail


@dataclass(frozen=True, slots=True)
class Rule:
    """What a department has switched on for a kind."""

    kind: Kind
    in_app: bool
    by_mail: bool


EVERYONE = gettext_lazy("All agents of the department")
ASSIGNEE_AND_FOLLOWERS = gettext_lazy("Assignee and followers")
KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("shared_received", gettext_lazy("When a shared ticket is received"), EVERYONE, SHARING, False, False,
             offers_in_app=False, api="sharedTicketReceived", is_personal=False,
             note=gettext_lazy("Sent each time another department shares a ticket. Off at first. The template cannot be changed.")),
        Kind("created", gettext_lazy("When a ticket is created"), EVERYONE, TICKETS, True, False, api="ticketCreated"),
        Kind("assigned", gettext_lazy("When a ticket is assigned to an agent"), gettext_lazy("The agent it is assigned to"),
             TICKETS, True, True, api="ticketAssigned"),
        Kind("customer_replied", gettext_lazy("When a customer replies"), ASSIGNEE_AND_FOLLOWERS, TICKETS, True, True,
             api="customerReplied"),
        Kind("mentioned", gettext_lazy("When an agent is mentioned in a comment"), gettext_lazy("The agent mentioned"),
             TICKETS, True, True, api="agentMentioned"),
        Kind("moved", gettext_lazy("When a ticket is moved to the department"), EVERYONE, TICKETS, True, False,
             api="ticketMoved"),
        Kind("merged", gettext_lazy("When tickets are merged"), ASSIGNEE_AND_FOLLOWERS, TICKETS, True, False,
             api="ticketMerged"),
        Kind("overdue", gettext_lazy("When a ticket becomes overdue"), gettext_lazy("Assignee and supervisors"), TIMES,
             True, True, api="ticketOverdue"),
        Kind("bad_rating", gettext_lazy("When a customer rates an answer as bad"),
             gettext_lazy("Who wrote the answer, assignee and supervisors"), RATINGS, True, True, api="badRating"),
    )
}  # fmt: skip


def rules_of(department: Department | int) -> list[Rule]:
    """All kinds in their order, with what the department has switched on."""
    return list(_rules(department, KINDS))


def rule_of(department: Department | int, kind: str) -> Rule:
    return next(_rules(department, [kind]))


def _rules(department: Department | int, keys: Iterable[str]) -> Iterator[Rule]:
    pk = department.pk if isinstance(department, Department) else department
    kept = current.notification_rules()
    for kind in map(KINDS.__getitem__, keys):
        yield Rule(kind, *kept.get((pk, kind.key), (kind.in_app, kind.by_mail)))


def may_set(by: Actor, department: Department) -> bool:
    """An administrator, or a supervisor of the department."""
    if by.agent is None or by.is_administrator:
        return by.is_desk or by.is_administrator
    return access.can(by, "supervise") and department.pk in by.agent.own_department_ids


@transaction.atomic
def set_rule(
    department: Department, kind: str, *, in_app: bool | None = None, by_mail: bool | None = None, by: Actor
) -> Rule:
    """Switch a kind on or off for a department; None stays. Hidden, Denied; Refused: NO_KIND, NOT_OFFERED."""
    access.require_department(by, department.pk)
    if not may_set(by, department):
        raise Denied("set_rule")
    wanted = {"in_app": in_app, "by_mail": by_mail}
    offered(kind, wanted)
    rows.locked(department)
    default = KINDS[kind]
    row = NotificationRule.objects.filter(department=department, kind=kind).first() or NotificationRule(
        department=department, kind=kind, in_app=default.in_app, by_mail=default.by_mail
    )
    differing = {way: on for way, on in wanted.items() if on is not None and on != getattr(row, way)}
    if differing:
        before = {way: getattr(row, way) for way in differing}
        for way, on in differing.items():
            setattr(row, way, on)
        row.save()
        named = {"kind": kind, "department": department.name}
        rows.write_down("notification rule", row, (before, {**differing, **named}), by=by, department=department)
        bell.ring(verb="rules.changed", department=department.pk)
    return Rule(default, row.in_app, row.by_mail)


def offered(kind: str, wanted: Mapping[str, bool | None]) -> None:
    """Refused: NO_KIND, NOT_OFFERED (this kind is never told this way), by field."""
    if kind not in KINDS:
        raise Refused("NO_KIND", _("There is no such notification."), "kind")
    for way, on in wanted.items():
        if on and not KINDS[kind].offers(way):
            raise Refused("NOT_OFFERED", _("This notification is not offered this way."), way)
