"""The recycle bin: 60 days, restorable, then gone (SPEC D8). What was merged away lies there too (M8, M10).

Which ticket was merged straight into which is known by its newest `Merge` without `via`. A ticket that comes back takes
along those that had come to the main one with it: their numbers lead to it again, and lie on in the bin. The main ticket
goes on showing everything.

Deleted for good, a ticket whose entries another one shows stays as a husk: nobody sees it, its number still leads to the
main one. It goes when the last that shows it goes.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Draft, InboundMail, Merge, Ticket
from madoguchi.organisation.current import the_organisation
from madoguchi.record import change, lock, note, now, settle
from madoguchi.tickets import clocks, family_returning, rating
from madoguchi.tickets.indexing import index_head, index_whole
from madoguchi.tickets.locking import held_together
from madoguchi.tickets.merging import MERGED
from madoguchi.tickets.uniting import AT_ONCE

# The ticket, what was merged into it, what shows it, and the husks that go with it.
AROUND = """
SELECT %(ticket)s::bigint UNION SELECT id FROM madoguchi_ticket WHERE merged_into_id = %(ticket)s
UNION SELECT main_id FROM madoguchi_merge WHERE other_id = %(ticket)s
UNION SELECT m.other_id FROM madoguchi_merge m JOIN madoguchi_ticket t ON t.id = m.other_id
  WHERE m.main_id = %(ticket)s AND t.purged_at IS NOT NULL
"""
# The ticket, and those that came to its main ticket with it.
COMPANY = """
WITH RECURSIVE straight AS (
  SELECT DISTINCT ON (m.other_id) m.other_id, m.main_id FROM madoguchi_merge m JOIN madoguchi_ticket t ON t.id = m.other_id
  WHERE m.via_id IS NULL AND t.merged_into_id = (SELECT merged_into_id FROM madoguchi_ticket WHERE id = %(ticket)s)
  ORDER BY m.other_id, m.id DESC
), company (id) AS (
  SELECT %(ticket)s::bigint UNION SELECT s.other_id FROM straight s JOIN company c ON c.id = s.main_id
)
SELECT id FROM company
"""
MAIN = "SELECT merged_into_id FROM madoguchi_ticket WHERE id = %(ticket)s AND merged_into_id IS NOT NULL"
PARTS = """
SELECT DISTINCT ON (m.other_id) m.other_id, m.main_id FROM madoguchi_merge m JOIN madoguchi_ticket t ON t.id = m.other_id
WHERE m.via_id IS NULL AND t.merged_into_id = %s ORDER BY m.other_id, m.id DESC
"""
SHOWING = Merge.objects.filter(main__purged_at=None)
HUSKS = """
SELECT t.id FROM madoguchi_ticket t JOIN madoguchi_merge m ON m.other_id = t.id
WHERE m.main_id = %(ticket)s AND t.purged_at IS NOT NULL AND NOT EXISTS (
  SELECT FROM madoguchi_merge o JOIN madoguchi_ticket s ON s.id = o.main_id
  WHERE o.other_id = t.id AND s.purged_at IS NULL AND s.id <> %(ticket)s)
"""


@transaction.atomic
def trash(ticket: Ticket, *, because: str = "", by: Actor) -> Ticket:
    """Move the ticket to the recycle bin, with the reason shown there. What was merged into it lies there already."""
    require(by, "trash", ticket)
    with change(ticket, "ticket.trashed", by=by):
        if ticket.trashed_at is None:
            ticket.trashed_at, ticket.trashed_by, ticket.trashed_because = now(), by.agent, because[:200]
    return ticket


def reason(because: str, merged_into: Ticket | None = None) -> str:
    """Why a ticket lies in the bin, in the reader's words: what was typed, or which ticket it was merged into."""
    if merged_into is not None:
        return _("Merged into #%(n)s") % {"n": merged_into.number}
    if because.startswith(MERGED) and because.removeprefix(MERGED).isdecimal():
        return _("Merged into #%(n)s") % {"n": because.removeprefix(MERGED)}
    return because


@transaction.atomic
def restore(ticket: Ticket, *, by: Actor) -> Ticket:
    """Take the ticket out of the bin with everything it had, also with what had been merged into it.

    A merged ticket goes its own way again: its number (the one it has since an exchange), links and mails are its own. Its
    main ticket keeps what it shows; what is written from now on belongs to one of them. Refused: NOT_IN_BIN once purged.
    """
    require(by, "restore", ticket)
    company: set[int] = set()

    def wanted() -> set[int]:
        company.clear()
        company.update(_ids(COMPANY, {"ticket": ticket.pk}))
        return company | _ids(MAIN, {"ticket": ticket.pk}) | family_returning.around(ticket)

    held_together(wanted)
    with change(ticket, "ticket.restored", by=by):
        if ticket.purged_at is not None:
            raise Refused("NOT_IN_BIN", _("This ticket was deleted for good."), "ids")
        if ticket.trashed_at is None:
            return ticket
        main_id, was_merged = ticket.merged_into_id, ticket.trashed_because.startswith(MERGED)
        ticket.trashed_at, ticket.trashed_by, ticket.trashed_because = None, None, ""
        ticket.merged_into = None
        if was_merged:
            rating.take_back(ticket, company)
    if was_merged:
        _lead([pk for pk in company if pk != ticket.pk], ticket)
        _index_anew(ticket)
    if main_id is not None:
        main = Ticket.objects.get(pk=main_id)
        with settle(main):
            main.ratings = rating.counted(main)
            clocks.refresh_overdue(main, now())
        _index_soon(main_id)
    family_returning.take_place_again(ticket, by=by)
    return ticket


def _index_anew(ticket: Ticket) -> None:
    """What it says is found under the ticket again, and what had been merged into it: few entries at once, many soon."""
    index_head(ticket)
    if ticket.thread_n + ticket.comment_n > AT_ONCE:
        _index_soon(ticket.pk)
    else:
        index_whole([ticket.pk])


def _index_soon(pk: int) -> None:
    jobs.configure_task("index_ticket", queue="reactions").defer(ticket_id=pk)


def _lead(others: Sequence[int], to: Ticket) -> None:
    because = f"{MERGED}{to.number}"
    Ticket.objects.filter(pk__in=others).update(merged_into=to, trashed_because=because)


def _ids(sql: str, values: dict[str, int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {row[0] for row in cursor.fetchall()}


@transaction.atomic
def purge(ticket: Ticket, *, by: Actor) -> None:
    """Delete a trashed ticket for good: entries and files with it; its number is not given again.

    The mails it came from leave their digest behind, so that they are not taken in again. What another ticket shows stays
    for that one, and goes with it. Refused: NOT_IN_BIN.
    """
    require(by, "purge", ticket)
    held_together(lambda: _ids(AROUND, {"ticket": ticket.pk}) | family_returning.around(ticket))
    lock(ticket)
    if ticket.trashed_at is None or ticket.purged_at is not None:
        raise Refused("NOT_IN_BIN", _("Only what lies in the recycle bin can be deleted for good."), "ids")
    InboundMail.objects.filter(ticket=ticket).update(raw=b"", detail="", subject="", sender="")
    said = {"number": ticket.number, "subject": ticket.subject}
    note("ticket.purged", by=by, department=ticket.department, after=said)
    family_returning.leave_for_good(ticket, by=by)
    if (shown := SHOWING.filter(other=ticket).order_by("-through_entry", "-id").first()) is not None:
        _make_husk(ticket, shown)
        return
    _let_go(ticket)
    husks = _ids(HUSKS, {"ticket": ticket.pk})
    rating.set_free(ticket, husks)
    ticket.delete()
    Ticket.objects.filter(pk__in=husks).delete()


def _make_husk(ticket: Ticket, shown: Merge) -> None:
    """Out of everyone's sight. What another ticket shows stays for that one; what was written after a restore goes."""
    Draft.objects.filter(ticket=ticket).delete()
    ticket.entries.filter(pk__gt=shown.through_entry).delete()
    ticket.attachments.filter(entry=None, created_at__gt=shown.at).delete()
    ticket.purged_at, ticket.parent = now(), None
    if ticket.merged_into_id is None:
        ticket.merged_into, ticket.is_overdue = shown.main, False  # it was its own when it was late
        rating.lead_to(shown.main, ticket)
        _index_soon(shown.main_id)
    ticket.save(update_fields=["purged_at", "merged_into", "parent", "is_overdue"])


def _let_go(ticket: Ticket) -> None:
    """What had been merged into a ticket that goes for good lies in the bin for itself; those that came with it lead there."""
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [ticket.pk])
        into = dict(cursor.fetchall())
    for pk in into:
        top = pk
        while into.get(top) in into:
            top = into[top]
        if top != pk:
            _lead([pk], Ticket.objects.get(pk=top))


def purge_old(limit: int = 200) -> int:
    """Purge what lay in the bin longer than the organisation keeps it. Returns how many."""
    before = now() - timedelta(days=the_organisation().bin_days)
    old = Ticket.objects.filter(trashed_at__lt=before, purged_at=None).order_by("trashed_at")[:limit]
    done = 0
    for ticket in old:
        with suppress(Hidden, Refused):  # restored or purged by someone meanwhile
            purge(ticket, by=Actor.desk())
            done += 1
    return done
