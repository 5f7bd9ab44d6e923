"""The recycle bin (SPEC D8)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import record, tally, tickets
from madoguchi.errors import Denied, Refused
from madoguchi.models import Attachment, Entry, Event, Ticket, TicketNumber
from tests.cast import open_one


def test_a_trashed_ticket_leaves_the_lists_and_figures_and_comes_back_whole(cast, ticket):
    tickets.tag(ticket, ["返金"], by=cast.sato)
    before = tally.figures()
    tickets.trash(ticket, because="重複", by=cast.sato)
    assert (Ticket.objects.live().count(), tally.figures()) == (0, {})
    assert (ticket.trashed_because, ticket.trashed_by) == ("重複", cast.sato.agent)
    with pytest.raises(Denied):
        tickets.restore(ticket, by=cast.sato)
    tickets.restore(ticket, by=cast.tanaka)
    assert (Ticket.objects.live().get(), tally.figures()) == (ticket, before)


def test_after_sixty_days_the_ticket_is_gone_with_all_it_had(cast, ticket):
    file = tickets.upload("a.txt", "text/plain", b"x", by=cast.sato)
    tickets.comment(ticket, "添付", attachments=[file], by=cast.sato)
    with record.at(timezone.now() - timedelta(days=61)):
        tickets.trash(ticket, by=cast.sato)
    young = tickets.trash(open_one(cast), by=cast.sato)
    assert tickets.purge_old() == 1
    assert list(Ticket.objects.all()) == [young]
    assert (Entry.objects.filter(ticket_id=ticket.pk).count(), Attachment.objects.count()) == (0, 0)
    assert not TicketNumber.objects.filter(number=ticket.number).exists()
    assert Event.objects.filter(verb="ticket.purged").get().after["subject"] == ticket.subject


def test_only_what_lies_in_the_bin_can_be_deleted_for_good(cast, ticket):
    with pytest.raises(Refused):
        tickets.purge(ticket, by=cast.tanaka)
    assert Ticket.objects.exists()


def test_spam_leaves_the_figures_but_for_its_own(cast, ticket):
    tickets.mark_spam(ticket, by=cast.sato)
    assert {key[3] for key in tally.figures()} == {"spam"}
    tickets.unmark_spam(ticket, by=cast.sato)
    assert tally.figures() == tally.recount()
