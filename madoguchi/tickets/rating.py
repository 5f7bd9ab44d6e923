"""Rate an answer: good, okay or bad, with a word if one likes (SPEC I5).

A rating counts with the ticket its answer leads to: the one it was written to, or the main ticket that one was merged into.
`Ticket.ratings` repeats day and value of all that count with it, for the figures (`tally`).
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from madoguchi import tally
from madoguchi.access import can, require
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Merged, Refused
from madoguchi.models import Entry, Rating, Satisfaction, SecondaryContact, Ticket
from madoguchi.prepared import fetch
from madoguchi.record import change, now, settle
from madoguchi.tickets.locking import ROUNDS

RATED_WITHIN = timedelta(days=90)
CHANGED_WITHIN = timedelta(days=30)
LONGEST = 2000
# Who loses the ticket their ratings count with: each goes to where its own ticket leads now.
SET_FREE = """
UPDATE madoguchi_rating r SET counts_for_id = m.id, contact_id = m.contact_id, account_id = m.account_id, department_id = m.department_id
FROM madoguchi_ticket t JOIN madoguchi_ticket m ON m.id = coalesce(nullif(t.merged_into_id, %(gone)s::bigint), t.id)
WHERE r.ticket_id = t.id AND r.counts_for_id = %(gone)s::bigint AND t.id <> %(gone)s::bigint AND t.id <> ALL(%(with_it)s::bigint[])
RETURNING r.id
"""


class _Elsewhere(Exception):
    """The answer leads to another ticket since it was looked up."""


def rate(entry: Entry, value: str, comment: str = "", *, by: Actor) -> Rating:
    """Rate an answer in the help center, or change what was said; the same again changes nothing.

    Only whom the ticket is about, and who is in copy, may (SPEC P1). Hidden, Denied.
    Refused: NOT_A_CHOICE, TOO_LONG, NOT_AN_ANSWER, NOT_ASKED, TOO_LATE, GONE.
    """
    return _rate(entry, value, comment, by)


def rate_by_link(entry: Entry, value: str, comment: str = "") -> Rating:
    """The same by the link in the mail: who holds it may rate, also where the department asks no longer. Recorded as said by
    the ticket's contact. Refused: as `rate`, but NOT_ASKED."""
    return _rate(entry, value, comment, None)


def _rate(entry: Entry, value: str, comment: str, by: Actor | None) -> Rating:
    if value not in Satisfaction.values:
        raise Refused("NOT_A_CHOICE", _("Choose good, okay or bad."), "rating")
    comment = comment.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(comment) > LONGEST:
        raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": LONGEST}, "comment")
    for _round in range(ROUNDS):
        ticket = ticket_of(entry)
        if by is not None:
            require_to_rate(by, ticket)
        with suppress(Merged, _Elsewhere), transaction.atomic():  # the lock is given back before another is taken
            return _write(ticket, entry, value, comment, by)
    raise Refused("OVERTAKEN", _("Someone else changed it at this moment. Try again."))


def _write(ticket: Ticket, entry: Entry, value: str, comment: str, by: Actor | None) -> Rating:
    actor = by or Actor(contact=ticket.contact, door="mail")
    with change(ticket, "ticket.rated", by=actor) as event:
        if _leads_to(entry) != ticket.pk:
            raise _Elsewhere
        rating = Rating.objects.filter(entry=entry).first()
        if rating is not None and (rating.value, rating.comment) == (value, comment):
            return rating
        if (reason := reason_against(entry, ticket, rating)) is not None:
            raise reason
        if rating is None and by is not None and not ticket.department.asks_for_ratings:
            raise Refused("NOT_ASKED", _("Ratings are not asked for here any more."))
        if rating is None:
            rating = Rating(entry=entry, ticket_id=entry.ticket_id, agent_id=entry.agent_id, rated_at=now())
        else:
            event.before = {"rating": rating.value, "comment": rating.comment}
            rating.changed_at = now()
        rating.counts_for, rating.contact, rating.account = ticket, ticket.contact, ticket.account
        rating.department = ticket.department
        rating.value, rating.comment = value, comment
        rating.via = Rating.Via.PORTAL if by is not None else Rating.Via.MAIL
        rating.save()
        ticket.ratings = counted(ticket)
        event.entry = entry
        event.after = {"rating": value, "comment": comment}
    return rating


def is_answer(entry: Entry) -> bool:
    """Whether it can be rated: a message of an agent to the customer; no comment, no forward, nothing a rule wrote."""
    is_sent = entry.kind == Entry.Kind.THREAD and entry.is_outgoing and entry.is_public and not entry.is_forward
    return is_sent and entry.agent_id is not None and entry.deleted_at is None


def reason_against(entry: Entry, ticket: Ticket, rating: Rating | None) -> Refused | None:
    """Why the answer cannot be rated (any more), or its rating not be changed; None where it can."""
    if not is_answer(entry):
        return Refused("NOT_AN_ANSWER", _("Only answers of our staff can be rated."))
    if not ticket.is_live:
        return Refused("GONE", _("This request does not exist any more."))
    if rating is not None and now() - rating.rated_at > CHANGED_WITHIN:
        return Refused("TOO_LATE", _("A rating can be changed for %(n)s days.") % {"n": CHANGED_WITHIN.days})
    if rating is None and now() - entry.created_at > RATED_WITHIN:
        return Refused("TOO_LATE", _("An answer can be rated for %(n)s days.") % {"n": RATED_WITHIN.days})
    return None


def require_to_rate(by: Actor, ticket: Ticket) -> None:
    """Hidden where the ticket may not be seen; Denied to all but its contact and who is in copy: who sees the tickets of
    the whole account may look only."""
    require(by, "read", ticket)
    if not may_rate(by, ticket):
        raise Denied("rate")


def may_rate(by: Actor, ticket: Ticket) -> bool:
    if by.contact is None:
        return False
    if can(by, "rate", ticket):
        return True
    return SecondaryContact.objects.filter(ticket=ticket, contact=by.contact).exists()


def ticket_of(entry: Entry) -> Ticket:
    """The ticket a rating of the answer counts with. Hidden where the answer is gone."""
    pk = _leads_to(entry)
    found = Ticket.objects.with_people().filter(pk=pk).first() if pk is not None else None
    if found is None:
        raise Hidden
    return found


def _leads_to(entry: Entry) -> int | None:
    rows = Entry.objects.filter(pk=entry.pk, deleted_at=None).order_by()
    return rows.values_list(Coalesce("ticket__merged_into_id", "ticket_id"), flat=True).first()


def counted(ticket: Ticket) -> list[list[str]]:
    """Day and value of each rating that counts with the ticket, oldest first. The day is that of the first vote, as the
    organisation's calendar has it; changing one's mind does not move it."""
    rows = Rating.objects.filter(counts_for=ticket).order_by("rated_at", "id").values_list("rated_at", "value")
    return [[tally.day_of(at).isoformat(), value] for at, value in rows]


def unite(main: Ticket, others: Sequence[Ticket]) -> None:
    """In a merge, all under lock: what counted with the others counts with the main ticket."""
    if not any(other.ratings for other in others):
        return
    _count_for(main, Rating.objects.filter(counts_for__in=others))
    for other in others:
        other.ratings = []
    main.ratings = counted(main)


def take_back(ticket: Ticket, company: Collection[int]) -> None:
    """Inside the change that restores a merged ticket: what was said of its answers counts with it again, and of those of
    the tickets that come with it (`company`)."""
    _count_for(ticket, Rating.objects.filter(ticket__in=company))
    ticket.ratings = counted(ticket)


def count_anew(ticket: Ticket) -> None:
    """Let the figures of a ticket follow where ratings came to it or went from it; its history has nothing to say of it."""
    with settle(ticket):
        ticket.ratings = counted(ticket)


def lead_to(main: Ticket, ticket: Ticket) -> None:
    """A ticket that is deleted for good leads to the one that still shows its answers: so do their ratings."""
    if _count_for(main, Rating.objects.filter(counts_for=ticket)):
        count_anew(main)


def set_free(ticket: Ticket, with_it: Collection[int]) -> None:
    """Before a ticket is deleted, and others `with_it`: ratings of answers that stay must not go with it."""
    fetch(SET_FREE, {"gone": ticket.pk, "with_it": list(with_it)})


def _count_for(ticket: Ticket, ratings: QuerySet[Rating]) -> int:
    return ratings.update(
        counts_for=ticket, contact=ticket.contact_id, account=ticket.account_id, department=ticket.department_id
    )
