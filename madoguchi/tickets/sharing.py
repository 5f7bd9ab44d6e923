"""Let other departments work on a ticket (SPEC S). It stays one ticket, of its own department.

A share is a row of `Share`; the ticket's own row repeats what `access` asks for (`Ticket.shared`). Both are written here
alone, under the ticket's lock.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Hidden, Refused, Stale
from madoguchi.models import Department, Permission, Share, Ticket
from madoguchi.record import change, now, told

MOST = 10
LONGEST_REASON = 500
FIELD = "sharedDepartments"
KEEP: Any = object()


class NotShareable(Refused):
    """A wish that cannot be. `department` is the one it is about."""

    def __init__(self, department: Department, code: str, text: Any, field: str = FIELD) -> None:
        super().__init__(code, text, field)
        self.department = department


@dataclass(frozen=True, slots=True)
class Wish:
    """One department, how far its share is to go, until when, and why. KEEP: as the share there has it."""

    department: Department
    level: Permission = Permission.FULL
    expires_at: datetime | None = None
    reason: str = ""

    @classmethod
    def of(cls, share: Share) -> "Wish":
        return cls(share.department, Permission(share.level), share.expires_at, share.reason)

    def settled(self, there: Share | None) -> "Wish":
        """With what was to be kept; of a share that is over, nothing is."""
        if there is not None and _is_over(there):
            there = None
        usual = Wish.of(there) if there is not None else Wish(self.department)
        kept = {
            field: getattr(usual, field) for field in ("level", "expires_at", "reason") if getattr(self, field) is KEEP
        }
        return replace(self, **kept)


@transaction.atomic
def share(
    ticket: Ticket, wishes: Sequence[Wish], *, expected: Mapping[int, Wish | None] | None = None, by: Actor
) -> Ticket:
    """Share the ticket with these departments; where it is already, change the share to what is wished now.

    `expected` is what the agent saw, department id → share or None. Refused: STALE where one of those that are wished for
    is another now (its `changes` name the departments), SHARE_TWICE (a department named twice), SHARE_OWNER (the ticket's
    own), SHARE_DISABLED (a department switched off), SHARE_COUNT (more than ten in all), SHARE_EXPIRY (a time in the past),
    SHARE_REASON (longer than 500 characters), SHARE_SPAM.
    """
    require(by, "share", ticket)
    refuse_twice(wishes)

    def wanted(there: Mapping[int, Share]) -> list[Wish]:
        _refuse_stale(there, wishes, expected or {})
        return [*(Wish.of(s) for s in there.values() if not _named(s, wishes)), *wishes]

    _write(ticket, wanted, by)
    return ticket


@transaction.atomic
def set_shares(ticket: Ticket, wishes: Sequence[Wish], *, by: Actor) -> Ticket:
    """Share the ticket with these departments and no others (the wire's `sharedDepartments`). Refused as `share`."""
    require(by, "share", ticket)
    refuse_twice(wishes)
    _write(ticket, lambda there: wishes, by)
    return ticket


@transaction.atomic
def unshare(ticket: Ticket, departments: Iterable[Department], *, by: Actor) -> Ticket:
    """End the sharing with these departments, at once. Where one of them has no share (any more), nothing happens."""
    require(by, "share", ticket)
    gone = {department.pk for department in departments}
    _write(ticket, lambda there: [Wish.of(s) for s in there.values() if s.department_id not in gone], by)
    return ticket


def end_expired(limit: int = 200) -> int:
    """End the shares whose time is over; they have had no effect since. Returns how many tickets were touched."""
    over = Share.objects.filter(expires_at__lte=now(), ticket__merged_into=None).order_by("expires_at")
    ids = list(dict.fromkeys(over.values_list("ticket_id", flat=True)[:limit]))
    for ticket in Ticket.objects.filter(pk__in=ids).order_by("pk"):
        with suppress(Hidden, Refused), transaction.atomic():  # purged or merged away meanwhile
            _write(ticket, _in_time, Actor.desk(), because="expired")
    return len(ids)


def drop_share(ticket: Ticket, department: Department) -> None:
    """Without a record of its own: the ticket becomes that department's. Inside `record.change` of the ticket."""
    if str(department.pk) in ticket.shared:
        Share.objects.filter(ticket=ticket, department=department).delete()
        ticket.shared = {key: value for key, value in ticket.shared.items() if key != str(department.pk)}


def shares_of(ticket: Ticket) -> list[Share]:
    """The shares of a ticket that are not over, the oldest first. None is asked for where the ticket has none."""
    if not ticket.shared:
        return []
    rows = Share.objects.filter(ticket=ticket).select_related("department", "by")
    return [row for row in rows if not _is_over(row)]


def differing() -> list[tuple[int, Any, Any]]:
    """(ticket, what its row repeats, what its shares say) wherever the two differ."""
    said: dict[int, dict[str, Any]] = {}
    for row in Share.objects.order_by("id"):
        said.setdefault(row.ticket_id, {})[str(row.department_id)] = _repeated(row.level, row.expires_at)
    kept = dict(Ticket.objects.exclude(shared={}).values_list("pk", "shared"))
    return [(pk, kept.get(pk, {}), said.get(pk, {})) for pk in sorted(kept | said) if kept.get(pk) != said.get(pk)]


def mend(ticket_id: int) -> None:
    """Write anew what the ticket's row repeats of its shares."""
    ticket = Ticket.objects.select_for_update().get(pk=ticket_id)
    rows = Share.objects.filter(ticket=ticket)
    ticket.shared = {str(row.department_id): _repeated(row.level, row.expires_at) for row in rows}
    ticket.save(update_fields=["shared"])


def refuse_twice(wishes: Sequence[Wish]) -> None:
    known: set[int] = set()
    for wish in wishes:
        if wish.department.pk in known:
            raise NotShareable(wish.department, "SHARE_TWICE", _("Name each department once."))
        known.add(wish.department.pk)


def _refuse_stale(there: Mapping[int, Share], wishes: Sequence[Wish], expected: Mapping[int, Wish | None]) -> None:
    changes = []
    for wish in wishes:
        pk = wish.department.pk
        stands = Wish.of(there[pk]) if pk in there and not _is_over(there[pk]) else None
        if pk in expected and stands not in (expected[pk], wish):
            changes.append({"field": pk, "now": stands, "yours": wish})
    if changes:
        raise Stale(_("Someone else changed the sharing meanwhile. Look at what stands there now."), changes)


def _named(share: Share, wishes: Sequence[Wish]) -> bool:
    return any(wish.department.pk == share.department_id for wish in wishes)


def _in_time(there: Mapping[int, Share]) -> list[Wish]:
    return [Wish.of(s) for s in there.values() if not _is_over(s)]


def _is_over(one: Share | Wish) -> bool:
    return one.expires_at is not None and one.expires_at <= now()


def _write(ticket: Ticket, wanted: Any, by: Actor, because: str = "") -> None:
    """Bring the shares to what `wanted(those there are)` says: one event each for new, changed and ended ones."""
    with change(ticket, "ticket.unshared", by=by) as event:
        there = {row.department_id: row for row in Share.objects.filter(ticket=ticket).select_related("department")}
        asked = {wish.department.pk: wish for wish in wanted(there)}
        wishes = {pk: wish.settled(there.get(pk)) for pk, wish in asked.items()}
        ended = [there[pk] for pk in there if pk not in wishes]
        if ended:
            Share.objects.filter(pk__in=[row.pk for row in ended]).delete()
            ticket.shared = {str(pk): ticket.shared[str(pk)] for pk in there if pk in wishes}
            event.after["shares"] = [_told(Wish.of(row)) for row in ended]
            if because:
                event.after["because"] = because
    altered = [wish for pk, wish in wishes.items() if pk in there and Wish.of(there[pk]) != wish]
    added = [wish for pk, wish in wishes.items() if pk not in there]
    for wish in (*altered, *added):
        _refuse(ticket, wish, len(wishes))
    if altered:
        with change(ticket, "ticket.share_changed", by=by) as event:
            for wish in altered:
                event.before.setdefault("shares", []).append(_told(Wish.of(there[wish.department.pk])))
                event.after.setdefault("shares", []).append(_told(wish))
                _put(ticket, wish, there[wish.department.pk], by)
    if added:
        with change(ticket, "ticket.shared", by=by) as event:
            event.after["shares"] = [_told(wish) for wish in added]
            for wish in added:
                _put(ticket, wish, Share(ticket=ticket, department=wish.department), by)


def _put(ticket: Ticket, wish: Wish, row: Share, by: Actor) -> None:
    row.level, row.expires_at, row.reason = wish.level, wish.expires_at, wish.reason
    if row.pk is None:
        row.by, row.at, row.changed_at = by.agent, now(), now()
    row.save()
    ticket.shared = {**ticket.shared, str(wish.department.pk): _repeated(wish.level, wish.expires_at)}


def _refuse(ticket: Ticket, wish: Wish, count: int) -> None:
    department = wish.department
    if ticket.is_spam:
        raise Refused("SHARE_SPAM", _("Spam cannot be shared."), FIELD)
    if department.pk == ticket.department_id:
        raise NotShareable(department, "SHARE_OWNER", _("The ticket belongs to this department already."))
    if not department.is_enabled:
        raise NotShareable(department, "SHARE_DISABLED", _("This department is switched off."))
    if count > MOST:
        raise Refused("SHARE_COUNT", _("At most %(n)s departments.") % {"n": MOST}, FIELD)
    if _is_over(wish):
        raise NotShareable(department, "SHARE_EXPIRY", _("This time is in the past."), f"{FIELD}.expiresAt")
    if len(wish.reason) > LONGEST_REASON:
        text = _("At most %(n)s characters.") % {"n": LONGEST_REASON}
        raise NotShareable(department, "SHARE_REASON", text, f"{FIELD}.reason")


def _repeated(level: int, expires_at: datetime | None) -> list[Any]:
    return [int(level), expires_at.timestamp() if expires_at else None]


def _told(wish: Wish) -> dict[str, Any]:
    return {
        "department": told(wish.department),
        "level": Permission(wish.level).name,
        "expires_at": told(wish.expires_at),
        "reason": wish.reason,
    }
