"""Rows that are written in one statement."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob

from madoguchi import record, tickets
from madoguchi.errors import Refused
from madoguchi.models import Entry, Event, SearchDocument, Tag, Ticket, TicketNumber, TicketTag
from madoguchi.sheet import Sheet, array
from madoguchi.transactions import all_or_nothing, verb


def test_rows_point_to_rows_of_the_same_sheet(cast, ticket):
    tag = Tag(name="至急", folded="至急")
    put = TicketTag(ticket=ticket, tag=tag)
    sheet = Sheet()
    sheet.insert(tag)
    sheet.insert(put)
    with CaptureQueriesContext(connection) as asked:
        sheet.send()
        sheet.send()
    assert len(asked) == 1
    assert put.tag_id == tag.pk and not put._state.adding
    assert list(ticket.ticket_tags.values_list("tag__name", flat=True)) == ["至急"]


def test_values_arrive_as_through_the_orm(cast, ticket):
    at = timezone.now()
    kinds = {"text": "a'b\"\\%s {} $1 😀", "to": [{"name": "田中\u0001", "address": "a@b.example"}], "respond_s": 2**40}
    one = Entry(ticket=ticket, kind="thread", channel="Email", is_public=False, edited_at=at, created_at=at, **kinds)
    other = Entry(ticket=ticket, kind="thread", channel="Email", is_public=False, edited_at=at, created_at=at, **kinds)
    sheet = Sheet()
    sheet.insert(one)
    sheet.send()
    other.save()
    names = [f.attname for f in Entry._meta.concrete_fields if not f.primary_key]
    assert Entry.objects.values(*names).get(pk=one.pk) == Entry.objects.values(*names).get(pk=other.pk)
    one.text, one.html, one.deleted_at, one.edited_at = "neu", "<p>", at, None
    sheet.update(one, ["text", "deleted_at", "edited_at"])
    sheet.send()
    one.refresh_from_db()
    assert (one.text, one.html, one.deleted_at, one.edited_at) == ("neu", "", at, None)


def test_what_a_column_cannot_hold_is_refused_and_not_cut(cast, ticket):
    sheet = Sheet()
    sheet.insert(Tag(name="x" * 51, folded="x"))
    with pytest.raises(Exception, match="too long"), transaction.atomic():
        sheet.send()
    sheet = Sheet()
    sheet.insert(TicketNumber(number=ticket.number, ticket=ticket))
    with pytest.raises(IntegrityError), transaction.atomic():
        sheet.send()


def test_an_array_may_hold_words_with_spaces():
    assert array(["state.On Hold", 3, None]) == '{"state.On Hold","3",NULL}'


def test_a_job_is_queued_as_the_library_queues_it(cast, ticket):
    entry = tickets.reply(ticket, "はい", by=cast.sato)
    ours = ProcrastinateJob.objects.get(task_name="send_mail")
    assert ours.args == {"event_id": Event.objects.get(entry=entry, verb="ticket.replied").pk}
    with transaction.atomic():
        jobs.configure_task("send_mail", queue="reactions").defer(event_id=ours.args["event_id"])
    theirs = ProcrastinateJob.objects.exclude(pk=ours.pk).get(task_name="send_mail")
    names = ["queue_name", "priority", "lock", "queueing_lock", "args", "status", "scheduled_at", "attempts"]
    assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]


def test_a_ticket_that_is_given_to_someone_at_once_has_both_lines(cast):
    ticket = tickets.open_ticket(
        department=cast.support, contact=cast.yamada, subject="電話", text="もしもし", assignee=cast.tanaka.agent, by=cast.sato
    )  # fmt: skip
    stored = Ticket.objects.get(pk=ticket.pk)
    assert (stored.assignee, stored.version, stored.number) == (cast.tanaka.agent, 2, ticket.number)
    opened, given = Event.objects.filter(ticket=ticket).order_by("pk")
    assert (opened.verb, opened.entry, opened.after["number"]) == ("ticket.opened", ticket.opened_with, ticket.number)
    assert (given.verb, given.before, given.after["assignee"]["label"]) == (
        "ticket.assigned",
        {"assignee": None},
        "田中 美咲",
    )
    assert TicketNumber.objects.get(number=ticket.number).ticket == ticket


def test_a_ticket_is_not_given_to_someone_of_another_department(cast):
    with pytest.raises(Refused, match="部門"):
        tickets.open_ticket(
            department=cast.support, contact=cast.yamada, subject="電話", assignee=cast.suzuki.agent, by=cast.sato
        )
    assert not Ticket.objects.exists() and not SearchDocument.objects.exists()


def test_a_ticket_without_a_message_is_found_too(cast):
    ticket = tickets.open_ticket(department=cast.support, contact=cast.yamada, subject="件名だけ", by=cast.sato)
    (document,) = SearchDocument.objects.filter(ticket=ticket)
    assert (document.entry_id, document.id % 2) == (None, 0)


@verb
def refused_half_way(cast) -> None:
    Tag.objects.create(name="a", folded="a")
    raise Refused("NO", "no", "")


def test_a_refusal_may_be_caught_inside_a_transaction_and_undoes_only_its_verb(cast):
    with transaction.atomic():
        Tag.objects.create(name="b", folded="b")
        with pytest.raises(Refused):
            refused_half_way(cast)
        Tag.objects.create(name="c", folded="c")
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["b", "c"]


def test_where_it_is_all_or_nothing_a_refusal_undoes_all(cast):
    with pytest.raises(Refused), all_or_nothing():
        Tag.objects.create(name="b", folded="b")
        refused_half_way(cast)
    assert not Tag.objects.exists()
    with pytest.raises(Refused), transaction.atomic():  # and the next caller is asked anew
        refused_half_way(cast)
    assert record.now()


def test_a_row_that_is_nowhere_cannot_be_pointed_to(cast, ticket):
    with pytest.raises(LookupError, match="tag"):
        Sheet().insert(TicketTag(ticket=ticket, tag=Tag(name="x", folded="x")))
