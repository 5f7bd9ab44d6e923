"""The recycle bin (SPEC D8)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import record, tally, tickets
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Attachment, Entry, Event, Ticket, TicketNumber
from madoguchi.tickets import trashing
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


def test_in_the_bin_a_ticket_is_read_and_restored_and_nothing_else(cast, ticket):
    tickets.trash(ticket, by=cast.sato)
    verbs = [
        lambda: tickets.reply(ticket, "返信", by=cast.tanaka),
        lambda: tickets.comment(ticket, "注", by=cast.tanaka),
        lambda: tickets.close(ticket, by=cast.tanaka),
        lambda: tickets.edit(ticket, {"subject": "別"}, by=cast.tanaka),
        lambda: tickets.move(ticket, cast.billing, by=cast.admin),
        lambda: tickets.tag(ticket, ["a"], by=cast.tanaka),
    ]
    before = (Entry.objects.count(), Event.objects.count())
    for verb in verbs:
        with pytest.raises(Denied):
            verb()
    assert (Entry.objects.count(), Event.objects.count()) == before


def test_what_is_purged_twice_is_gone_the_second_time(cast, ticket):
    tickets.trash(ticket, by=cast.sato)
    seen_by_two = Ticket.objects.get(pk=ticket.pk)
    tickets.purge(ticket, by=cast.tanaka)
    with pytest.raises(Hidden):
        tickets.purge(seen_by_two, by=cast.admin)
    assert Event.objects.filter(verb="ticket.purged").count() == 1


def test_one_ticket_that_was_restored_does_not_stop_the_purge_of_the_others(cast, ticket, monkeypatch):
    with record.at(timezone.now() - timedelta(days=61)):
        tickets.trash(ticket, by=cast.sato)
        other = tickets.trash(open_one(cast), by=cast.sato)
    Ticket.objects.filter(pk=ticket.pk).update(trashed_at=timezone.now() - timedelta(days=62))
    whole = trashing.purge

    def restored_first(found, *, by):
        if found.pk == ticket.pk:
            tickets.restore(Ticket.objects.get(pk=ticket.pk), by=cast.tanaka)
        whole(found, by=by)

    monkeypatch.setattr(trashing, "purge", restored_first)
    assert tickets.purge_old() == 1
    assert list(Ticket.objects.values_list("pk", flat=True)) == [ticket.pk] != [other.pk]
