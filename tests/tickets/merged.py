"""What must hold after any merge, won or lost: nothing was moved, and the figures are those of a recount."""

from madoguchi import tally
from madoguchi.models import Entry, Rating, Ticket
from madoguchi.tickets.numbers import final
from madoguchi.tickets.rating import counted
from madoguchi.tickets.timeline import counts


def pairs() -> set[tuple[int, int]]:
    """(entry, ticket) of everything ever written."""
    return set(Entry.objects.values_list("pk", "ticket_id"))


def assert_sound(before: set[tuple[int, int]]) -> None:
    """Every entry is where it was written; figures, counts and pointers fit."""
    assert before <= pairs()
    assert tally.figures() == tally.recount()
    for ticket in Ticket.objects.filter(purged_at=None).select_related("merged_into"):
        assert (ticket.thread_n, ticket.comment_n, ticket.attachment_n) == counts([ticket.pk]), ticket
        if ticket.merged_into is not None:
            assert ticket.trashed_at is not None
            assert ticket.merged_into.merged_into_id is None, "not the last of its chain"
        if ticket.trashed_at is None:
            assert ticket.ratings == counted(ticket), ticket
    for rating in Rating.objects.select_related("ticket", "counts_for"):
        main = rating.counts_for
        assert main == final(rating.ticket), "counts with another ticket than its answer leads to"
        repeated = (rating.contact_id, rating.account_id, rating.department_id)
        assert repeated == (main.contact_id, main.account_id, main.department_id)
    numbers = list(Ticket.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) and min(numbers, default=1) > 0
