"""Count the business times of tickets that are there already: of a department whose hours changed, or never counted at all.

The times by the clock stay what they are. Tickets are taken by id, a few in each short transaction, with the figures they
make; `TimesRecount` says how far it is, so that after a kill it goes on where it was.
"""

from collections.abc import Sequence
from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app as jobs
from procrastinate.exceptions import AlreadyEnqueued

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.models import Department, Ticket, TimesRecount
from madoguchi.prepared import fetch
from madoguchi.record import now
from madoguchi.sla.times import Times, times_of
from madoguchi.tally import put_in, take_out

TOGETHER = 200
NEVER = """t.purged_at IS NULL AND EXISTS (SELECT FROM madoguchi_department d WHERE d.id = t.department_id AND d.hours_id IS NOT NULL)
AND ((t.first_response_s IS NOT NULL AND t.first_response_business_s IS NULL) OR (t.response_n > 0 AND t.response_business_s IS NULL)
  OR (t.on_hold_s > 0 AND t.on_hold_business_s IS NULL) OR (t.resolution_s IS NOT NULL AND t.resolution_business_s IS NULL))"""
OF_DEPARTMENT = """t.purged_at IS NULL AND t.department_id = %(department)s::bigint
AND (t.first_response_s IS NOT NULL OR t.response_n > 0 OR t.on_hold_s > 0 OR t.resolution_s IS NOT NULL)"""
COUNT = "SELECT count(*) FROM madoguchi_ticket t WHERE {}"
LAST = "SELECT coalesce(max(id), 0) FROM madoguchi_ticket"
# By windows of ids: however few are a department's, the table is walked through once.
NEXT = "SELECT t.id FROM madoguchi_ticket t WHERE t.id > %(after)s::bigint AND t.id <= %(until)s::bigint AND {} ORDER BY t.id"
WINDOW = 1_000
THESE = "t.id = ANY(%(ids)s::bigint[])"
WRITE = """
UPDATE madoguchi_ticket t SET first_response_business_s = n.first_response, response_business_s = n.response,
  on_hold_business_s = n.on_hold, resolution_business_s = n.resolution, response_buckets = n.buckets::jsonb
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[])
  AS n (id, first_response, response, on_hold, resolution, buckets)
WHERE t.id = n.id RETURNING t.id
"""


@transaction.atomic
def start_recount(department: Department | None, *, by: Actor) -> TimesRecount:
    """Have the worker count the business times of the department's tickets anew by the hours it has now; without one, those
    that were never counted, of all departments with hours. One that goes on is brought instead of a second one."""
    require(by, "administer")
    fetch("SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext('madoguchi times recount'))) locked")
    found = TimesRecount.objects.filter(department=department, finished_at=None).first()
    if found is not None:
        if not found.last_id:
            return found
        found.finished_at = now()  # it began with other hours perhaps: this one starts from the first ticket
        found.save(update_fields=["finished_at"])
    where, values = _which(department.pk if department else None)
    total = fetch(COUNT.format(where), values)[0][0]
    recount = TimesRecount.objects.create(department=department, agent=by.agent, started_at=now(), total=total)
    jobs.configure_task("count_business_times", queue="reactions").defer(recount_id=recount.pk)
    return recount


def recounts() -> list[TimesRecount]:
    """The newest of each department, newest first; that of the never counted ones too."""
    newest = (
        TimesRecount.objects.order_by("department_id", "-id").distinct("department_id").select_related("department")
    )
    return sorted(newest, key=lambda recount: -recount.pk)


def queue_unfinished() -> None:
    """At the start of a worker: go on with what was not finished. Once ever: what an upgraded desk never counted."""
    with transaction.atomic():
        if not TimesRecount.objects.exists() and Department.objects.exclude(hours=None).exists():
            start_recount(None, by=Actor.desk())
    for pk in TimesRecount.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True):
        task = jobs.configure_task(
            "count_business_times", queue="reactions", queueing_lock=f"count_business_times {pk}"
        )
        with suppress(AlreadyEnqueued), transaction.atomic():
            task.defer(recount_id=pk)


def run(recount_id: int) -> None:
    """Count to the end. A second one at the same time leaves it to the first."""
    together = TOGETHER
    while (found := _portion(recount_id, together)) is not None:
        together = 1 if found else TOGETHER


def _portion(recount_id: int, together: int) -> set[int] | None:
    """The next tickets, in one transaction; None: that was all.

    What somebody is just writing to is not waited for while others are held, so that nobody waits in a circle: the portion
    ends before it (these are returned), and it is the next one, alone.
    """
    with transaction.atomic():
        recount = (
            TimesRecount.objects.select_for_update(skip_locked=True).filter(pk=recount_id, finished_at=None).first()
        )
        if recount is None:
            return None
        last = fetch(LAST)[0][0]
        if recount.last_id >= last:
            recount.finished_at, recount.total = now(), recount.done
            recount.save(update_fields=["finished_at", "total"])
            return None
        where, values = _which(recount.department_id)
        until = recount.last_id + WINDOW
        ids = [row[0] for row in fetch(NEXT.format(where), {**values, "after": recount.last_id, "until": until})]
        if len(ids) > together:
            ids = ids[:together]
            until = ids[-1]
        busy = set(ids) - count_again(ids, waits=together == 1)
        if busy:
            until = min(busy) - 1
        recount.last_id = min(until, last)
        recount.done += sum(1 for pk in ids if pk <= until)
        recount.save(update_fields=["last_id", "done"])
        return busy


def count_again(ids: Sequence[int], *, waits: bool = False) -> set[int]:
    """Count the business times of these tickets by the hours of today, with the figures they make. Returns whose it did: not
    those that are locked, unless it `waits`."""
    rows = Ticket.objects.select_for_update(skip_locked=not waits, no_key=True).filter(pk__in=ids).order_by("pk")
    tickets = {ticket.pk: ticket for ticket in rows}
    found = times_of(list(tickets.values()))
    differ = [pk for pk, times in found.items() if times != Times.kept(tickets[pk])]
    if differ:
        take_out(THESE, {"ids": differ})
        columns = zip(*((pk, *found[pk].row()) for pk in differ), strict=True)
        fetch(WRITE, [list(column) for column in columns])
        put_in(THESE, {"ids": differ})
    return tickets.keys() & set(ids)


def _which(department_id: int | None) -> tuple[str, dict[str, int]]:
    return (NEVER, {}) if department_id is None else (OF_DEPARTMENT, {"department": department_id})
