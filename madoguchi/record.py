"""Write it down. The only doorway for changes: row lock, difference, figures, history, jobs, in one transaction."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone

from madoguchi import access, bell, listening, lookups, tally
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden
from madoguchi.models import Account, Contact, Department, Event, Ticket
from madoguchi.models.organisation import State
from madoguchi.prepared import Prepared
from madoguchi.sheet import Sheet
from madoguchi.verbs import CATALOGUE

UNTOLD = {
    "version",
    "modified_at",
    "modified_by",
    "thread_n",
    "comment_n",
    "attachment_n",
    "last_thread",
    "last_message_at",
    "last_customer_message_at",
    "waiting",
    "waiting_since",
    "hold_since",
    "response_buckets",
    "response_business_s",
    "response_left_s",
    "response_s",
    "response_n",
    "state",
    "merged_n",
    "shared",
    "crm_class",
    "due_by_target",
    "response_due_by_target",
    "due_left_s",
    "first_response_business_s",
    "on_hold_business_s",
    "resolution_business_s",
    "ratings",
}
OF_MERGED = {"ticket.restored", "ticket.trashed", "comment.edited", "comment.deleted", "attachment.removed"}
# By these an open ticket comes onto the board, and the copy of its contact's class is looked at.
ON_BOARD = {"contact_id", "state", "trashed_at", "is_spam"}
# What a message may change, written as one: each mixture of columns would be a statement of its own to plan.
MESSAGES = UNTOLD - {"hold_since", "state"} | {"first_response_s"}
FIELDS = [f for f in Ticket._meta.concrete_fields if not f.primary_key]
RELATIONS: list[Any] = [f for f in FIELDS if f.is_relation]
# What `jobs.configure_task(job, queue="reactions").defer(event_id=…)` does, beside the event (tests compare).
QUEUE = (
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('reactions', %s, 0, NULL, NULL,"
    " jsonb_build_object('event_id', %s::bigint), NULL)::procrastinate_job_to_defer_v1]) AS id"
)
# The shared view reads its order from the shares themselves.
FOLLOW = "UPDATE madoguchi_share SET changed_at = %s::timestamptz WHERE ticket_id = %s::bigint"
# Ratings are listed by whom and what they are counted with.
RATED_WITH = {"contact", "account", "department"}
RATINGS_FOLLOW = (
    "UPDATE madoguchi_rating SET contact_id = %s::bigint, account_id = %s::bigint, department_id = %s::bigint"
    " WHERE counts_for_id = %s::bigint"
)
# So is what was done for them (`lists.activity`).
OF_WHOM = {"contact", "account"}
EVENTS_FOLLOW = (
    "UPDATE madoguchi_event SET contact_id = %s::bigint, account_id = %s::bigint WHERE ticket_id = %s::bigint"
)
# Whom to tell of it is looked at after the commit (`reactions.notifying`); of what is recorded as of long ago, nobody.
TELL = "INSERT INTO madoguchi_telling (event_id, tries) VALUES (%s::bigint, 0)"
TOLD_WITHIN = timedelta(days=1)
# Waits for nobody: whoever has the row is just writing nearly the same time.
LAST_TICKET = """UPDATE madoguchi_{0} c SET last_ticket_at = greatest(c.last_ticket_at, %s::timestamptz)
WHERE c.id = (SELECT id FROM madoguchi_{0} WHERE id = %s::bigint FOR NO KEY UPDATE SKIP LOCKED)"""
LOCK = Prepared(lambda mark: Ticket.objects.filter(pk=mark.number("ticket")).select_for_update().order_by())

_clock: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The time of what is being recorded: the present, unless `at` says otherwise."""
    return _clock.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Record what happens inside as of `moment`: imports of old mail, the demo desk, tests."""
    token = _clock.set(moment)
    try:
        yield
    finally:
        _clock.reset(token)


def told(value: Any) -> Any:
    """A field's value as history keeps it: rows as id and label, times as ISO text."""
    if isinstance(value, models.Model):
        return {"id": str(value.pk), "label": str(getattr(value, "name", value))}
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _told_row(field: Any, pk: int | None, known: dict[Any, Any]) -> Any:
    """The row a field pointed to before."""
    row = known[field]
    if pk is not None and (row is None or row.pk != pk):
        row = field.related_model._base_manager.filter(pk=pk).first()
    return told(row)


def _told_field(ticket: Ticket, field: Any) -> Any:
    return told(getattr(ticket, field.name) if field.is_relation else getattr(ticket, field.attname))


@contextmanager
def change(ticket: Ticket, verb: str, *, by: Actor) -> Iterator[Event]:
    """Lock the ticket, let the body edit it, then save what differs and write it down once.

    `ticket` itself is brought up to date under the lock. The body may set `entry` and add to `after` of the yielded
    event, and put rows on its `sheet` to be written with it. Where nothing differs and nothing was added, nothing is
    written. JSON fields are replaced, never mutated. Must run inside a transaction.

    Nothing is written, and raised: Hidden where the ticket was moved or unshared out of the actor's sight since `require`
    allowed it, or the share ended by the clock, Denied where the actor's share was narrowed, Merged where it was merged
    into another ticket.
    """
    level = access.stood(by, ticket)
    lock(ticket)
    if ticket.merged_into_id is not None and verb not in OF_MERGED:
        raise access.merged(ticket)
    if access.level(by, ticket) < level:
        raise Denied(verb) if access.can(by, "read", ticket) else Hidden
    seeing = set(access.shared_with(ticket))
    old = {field.attname: getattr(ticket, field.attname) for field in FIELDS}
    known = {field: field.get_cached_value(ticket, default=None) for field in RELATIONS}
    counted = tally.contribution(ticket)
    event = Event(ticket=ticket, verb=verb)
    event.sheet = sheet = Sheet()
    yield event
    differ = [field for field in FIELDS if getattr(ticket, field.attname) != old[field.attname]]
    if not differ and event.entry is None and not event.after:
        return
    ticket.version += 1
    ticket.modified_at = now()
    ticket.modified_by = by.agent or ticket.modified_by
    if not ON_BOARD.isdisjoint(field.attname for field in differ) and ticket.is_live and ticket.state == State.OPEN:
        lookups.wish(ticket.contact_id, sheet)
    names = {field.name for field in differ} | {"version", "modified_at", "modified_by"}
    sheet.update(ticket, MESSAGES if names <= MESSAGES else names)
    if ticket.shared:
        sheet.add(FOLLOW, [ticket.modified_at.isoformat(), str(ticket.pk)])
    account = str(ticket.account_id) if ticket.account_id else None
    if not OF_WHOM.isdisjoint(names):
        sheet.add(EVENTS_FOLLOW, [str(ticket.contact_id), account, str(ticket.pk)])
    if ticket.ratings and not RATED_WITH.isdisjoint(names):
        sheet.add(RATINGS_FOLLOW, [str(ticket.contact_id), account, str(ticket.department_id), str(ticket.pk)])
    tally.add_difference(counted, tally.contribution(ticket), sheet)
    for field in differ:
        if field.name not in UNTOLD:
            event.before[field.name] = (
                _told_row(field, old[field.attname], known) if field in RELATIONS else told(old[field.attname])
            )
            event.after[field.name] = _told_field(ticket, field)
    _put(event, ticket, by, sheet)
    sheet.send()
    ended = {int(pk) for pk in old["shared"].keys() - ticket.shared.keys()}
    _ring(event, ticket, by, seeing | ended)


@contextmanager
def settle(ticket: Ticket) -> Iterator[None]:
    """Lock the ticket, let the body change what its history does not tell (such as `ratings`), and move the figures along.

    No event, no version: something else was recorded, and this ticket's figures follow from it. Inside a transaction.
    """
    lock(ticket)
    old = {field.attname: getattr(ticket, field.attname) for field in FIELDS}
    counted = tally.contribution(ticket)
    yield
    sheet = Sheet()
    if names := {field.name for field in FIELDS if getattr(ticket, field.attname) != old[field.attname]}:
        sheet.update(ticket, names)
    tally.add_difference(counted, tally.contribution(ticket), sheet)
    sheet.send()


def lock(ticket: Ticket) -> None:
    """Lock the row and bring `ticket` up to date. Rows it points to stay loaded where they are still the same ones.

    Without joins: a row that PostgreSQL waited for is looked at again, and no longer fits what it was joined with if
    whoever had it changed its status or department. Hidden where the ticket was deleted for good meanwhile.
    """
    found = LOCK(ticket=ticket.pk)
    if not found:
        raise Hidden
    for field in FIELDS:
        setattr(ticket, field.attname, getattr(found[0], field.attname))


def born(ticket: Ticket, sheet: Sheet, *, by: Actor, entry: Any = None) -> Event:
    """Write down a new ticket that is on the sheet, also to whom it was given, and count it. Sends the sheet."""
    for table, pk in (("contact", ticket.contact_id), ("account", ticket.account_id)):
        if pk is not None:
            sheet.add(LAST_TICKET.format(table), [ticket.created_at.isoformat(), str(pk)])
    tally.add_difference({}, tally.contribution(ticket), sheet)
    lookups.wish(ticket.contact_id, sheet)
    event = Event(ticket=ticket, verb="ticket.opened", entry=entry)
    event.after = {"subject": ticket.subject, "number": ticket.number, "department": told(ticket.department)}
    _put(event, ticket, by, sheet)
    if ticket.assignee is not None:
        given = Event(ticket=ticket, verb="ticket.assigned", before={"assignee": None})
        given.after = {"assignee": told(ticket.assignee)}
        _put(given, ticket, by, sheet)
    sheet.send()
    _ring(event, ticket, by)
    return event


def note(
    verb: str,
    *,
    by: Actor,
    contact: Contact | None = None,
    account: Account | None = None,
    department: Department | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Event:
    """Write down what happened to something that is no ticket."""
    event = Event(verb=verb, contact=contact, account=account, department=department)
    event.before, event.after = before or {}, after or {}
    sheet = Sheet()
    _sign(event, by, sheet)
    sheet.send()
    return event


def _put(event: Event, ticket: Ticket, by: Actor, sheet: Sheet) -> None:
    event.contact_id, event.account_id, event.department_id = ticket.contact_id, ticket.account_id, ticket.department_id
    _sign(event, by, sheet)
    for job in CATALOGUE[event.verb].jobs:
        sheet.call(QUEUE, [job, event])
    if CATALOGUE[event.verb].tells and event.at > timezone.now() - TOLD_WITHIN:
        sheet.add(TELL, [event])
    if _clock.get() is None and listening.is_heard(ticket.department_id, event.verb):
        sheet.call(QUEUE, ["run_rules", event])


def _ring(event: Event, ticket: Ticket, by: Actor, until_now: Iterable[int] = ()) -> None:
    """Tell the pages of every department that sees the ticket, or did until now."""
    name = {
        "ticket": ticket.pk,
        "number": ticket.number,
        "verb": event.verb,
        "agent": by.agent.pk if by.agent else None,
        "contact": ticket.contact_id,
        "account": ticket.account_id,
    }
    seeing = dict.fromkeys([*access.departments_seeing(ticket), *until_now])
    if (left := event.before.get("department")) is not None:
        seeing[int(left["id"])] = None
    bell.ring_each({**name, "department": pk} for pk in seeing)


def _sign(event: Event, by: Actor, sheet: Sheet) -> None:
    assert event.verb in CATALOGUE, event.verb
    event.agent, event.by_contact, event.door, event.cause = by.agent, by.contact, by.door, by.because
    if by.rule is not None:
        event.after["rule"] = told(by.rule)
    event.at = now()
    sheet.insert(event)
