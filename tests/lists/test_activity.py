"""What was done for a customer (SPEC I2): newest first, the status then, only of departments the reader works in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import people, record, tickets
from madoguchi.actor import Actor
from madoguchi.lists import activity
from madoguchi.lists.activity import Asked, Deed
from madoguchi.models import Entry, Status, Ticket
from madoguchi.people import notes
from tests.cast import open_one


def of(customer, *departments, **more) -> list[Deed]:
    return activity.page(customer, Asked(departments=[d.pk for d in departments] or None, **more)).deeds


def told(deeds: list[Deed]) -> list[tuple[str, str]]:
    names = dict(Status.objects.values_list("pk", "name"))
    return [(deed.verb, names[deed.status_id]) for deed in deeds if deed.ticket_id]


def test_each_deed_names_the_status_the_ticket_had_then(cast, ticket):
    tickets.assign(ticket, cast.sato.agent, by=cast.sato)
    tickets.reply(ticket, "確認します。", then=Status.objects.get(name="In Progress"), by=cast.sato)
    tickets.comment(ticket, "経理に確認", by=cast.sato)
    tickets.close(ticket, by=cast.sato)
    tickets.comment(ticket, "完了済み", by=cast.sato)
    assert told(of(cast.yamada)) == [
        ("ticket.commented", "Closed"),
        ("ticket.closed", "Closed"),
        ("ticket.commented", "In Progress"),
        ("ticket.status_changed", "In Progress"),
        ("ticket.replied", "Open"),
        ("ticket.assigned", "Open"),
        ("ticket.opened", "Open"),
    ]


def test_it_is_told_in_the_order_it_happened_also_where_old_mail_was_brought_in_later(cast, ticket):
    with record.at(timezone.now() - timedelta(days=400)):
        old = open_one(cast, "一昨年の件")
    deeds = [deed for deed in of(cast.yamada) if deed.ticket_id]
    assert [deed.number for deed in deeds] == [ticket.number, old.number]
    lately = of(cast.yamada, since=timezone.now() - timedelta(days=30))
    assert [deed.number for deed in lately if deed.ticket_id] == [ticket.number]


def test_who_did_it_from_which_department_and_whose_matter_it_was(cast, ticket):
    tickets.share(ticket, [tickets.Wish(cast.billing)], by=cast.sato)
    tickets.comment(ticket, "返金済みです", by=cast.suzuki)
    comment, shared, opened = (deed for deed in of(cast.yamada) if deed.ticket_id)
    assert (comment.agent, comment.of_department, comment.after["public"]) == ("鈴木 大輔", "経理", False)
    assert (shared.agent, shared.of_department) == ("佐藤 健", "")
    assert (opened.agent, opened.by_contact, opened.contact) == ("", "山田 花子", "山田 花子")
    assert (opened.number, opened.subject, opened.department_id) == (ticket.number, ticket.subject, cast.support.pk)


def test_a_reader_of_another_department_sees_nothing_not_even_of_a_shared_ticket(cast, ticket):
    tickets.share(ticket, [tickets.Wish(cast.billing)], by=cast.sato)
    tickets.comment(ticket, "内緒", by=cast.sato)
    assert [deed for deed in of(cast.yamada, cast.billing) if deed.ticket_id] == []
    assert [deed for deed in of(cast.midori, cast.billing, cast.delivery) if deed.ticket_id] == []
    assert len([deed for deed in of(cast.midori, cast.support) if deed.ticket_id]) == 3


def test_a_moved_ticket_takes_its_past_along(cast, ticket):
    tickets.move(ticket, cast.billing, by=cast.sato)
    assert [deed for deed in of(cast.yamada, cast.support) if deed.ticket_id] == []
    assert [deed.verb for deed in of(cast.yamada, cast.billing) if deed.ticket_id] == ["ticket.moved", "ticket.opened"]


def test_a_ticket_that_gets_another_contact_takes_its_past_along(cast, ticket):
    tickets.edit(ticket, {"contact": cast.takahashi}, by=cast.sato)
    assert [deed for deed in of(cast.yamada) if deed.ticket_id] == []
    assert [deed for deed in of(cast.midori) if deed.ticket_id] == []
    assert {deed.verb for deed in of(cast.takahashi) if deed.ticket_id} == {"ticket.edited", "ticket.opened"}


def test_what_was_done_on_a_merged_ticket_is_shown_with_the_main_one_and_told_once(cast, ticket):
    other = open_one(cast, "同じ件です")
    note = tickets.comment(other, "確認中", by=cast.sato)
    tickets.merge(ticket, [other], by=cast.sato)
    tickets.edit_comment(note, "確認済み", by=cast.sato)
    deeds = [deed for deed in of(cast.yamada) if deed.ticket_id]
    assert [(deed.verb, deed.number, deed.written_to) for deed in deeds] == [
        ("comment.edited", ticket.number, None),
        ("ticket.merged", ticket.number, None),
        ("ticket.commented", ticket.number, other.number),
        ("ticket.opened", ticket.number, other.number),
        ("ticket.opened", ticket.number, None),
    ]
    tickets.trash(Ticket.objects.get(pk=ticket.pk), by=cast.sato)
    assert [deed for deed in of(cast.yamada) if deed.ticket_id] == []


def test_what_lies_in_the_bin_or_is_spam_is_not_shown(cast, ticket):
    spam = open_one(cast, "当選しました")
    tickets.mark_spam(spam, by=cast.sato)
    tickets.trash(ticket, by=cast.sato)
    assert [deed for deed in of(cast.yamada) if deed.ticket_id] == []
    tickets.restore(ticket, by=cast.tanaka)
    assert {deed.number for deed in of(cast.yamada) if deed.ticket_id} == {ticket.number}


@pytest.mark.parametrize(
    ("kind", "verbs"),
    [
        ("replies", {"ticket.replied"}),
        ("comments", {"ticket.commented"}),
        ("status", {"ticket.closed"}),
        ("family", {"ticket.shared"}),
        ("ratings", {"ticket.rated"}),
    ],
)
def test_it_is_narrowed_to_one_kind(cast, ticket, kind, verbs):
    entry = tickets.reply(ticket, "お待たせしました。", by=cast.sato)
    tickets.comment(ticket, "済み", by=cast.sato)
    tickets.share(ticket, [tickets.Wish(cast.billing)], by=cast.sato)
    tickets.close(ticket, by=cast.sato)
    tickets.rate(entry, "good", by=Actor(contact=cast.yamada, door="help"))
    notes.write_note(cast.yamada, "メモ", by=cast.sato)
    assert {deed.verb for deed in of(cast.yamada, kind=kind)} == verbs


def test_what_was_done_to_the_customer_itself_stands_among_it_and_not_where_a_department_is_asked_for(cast, ticket):
    people.edit_contact(cast.yamada, {"title": "部長"}, by=cast.suzuki)
    notes.write_note(cast.yamada, "メモ", by=cast.suzuki)
    notes.write_note(cast.midori, "社のメモ", by=cast.suzuki)
    assert [d.verb for d in of(cast.yamada, cast.support)][:2] == ["customer.noted", "contact.edited"]
    of_account = [d.verb for d in of(cast.midori, cast.delivery)]
    assert of_account[:3] == ["customer.noted", "customer.noted", "contact.edited"]
    assert [d.verb for d in of(cast.yamada, cast.support, with_customer=False)] == ["ticket.opened"]


def test_an_account_has_what_was_done_for_all_its_contacts(cast, ticket):
    hanako2 = people.identify("jiro@midori.example", "山田 次郎", by=cast.sato)
    theirs = open_one(cast, "次郎の件", contact=hanako2)
    stranger = open_one(cast, "他社の件", contact=cast.takahashi)
    shown = {deed.number for deed in of(cast.midori)}
    assert {ticket.number, theirs.number} <= shown and stranger.number not in shown


def test_it_is_read_page_by_page_without_a_gap_or_a_repetition(cast, ticket):
    for n in range(25):
        with record.at(
            timezone.now() - timedelta(minutes=n % 7)
        ):  # several at one moment, and not in the order of their ids
            tickets.comment(ticket, f"{n}", by=cast.sato)
    everything = [deed.id for deed in activity.page(cast.yamada, Asked(), size=100).deeds]
    found, cursor = [], ""
    for _page in range(20):
        shown = activity.page(cast.yamada, Asked(), cursor, size=4)
        found += [deed.id for deed in shown.deeds]
        cursor = shown.older
        if not cursor:
            break
    assert found == everything and len(found) == len(set(found)) >= 26


def test_it_looks_back_so_far_and_goes_on_from_there(cast, ticket, monkeypatch):
    monkeypatch.setattr(activity, "LOOK_BACK", 6)
    entry = tickets.reply(ticket, "返信", by=cast.sato)
    for n in range(10):
        tickets.comment(ticket, f"{n}", by=cast.sato)
    first = activity.page(cast.yamada, Asked(kind="replies"))
    assert (first.deeds, first.was_cut) == ([], True) and first.older
    second = activity.page(cast.yamada, Asked(kind="replies"), first.older)
    assert [deed.entry_id for deed in second.deeds] == [entry.pk]
    assert not second.was_cut or activity.page(cast.yamada, Asked(kind="replies"), second.older).deeds == []


@pytest.mark.parametrize("cursor", ["", "???", "WzEsMl0", "W10"])
def test_a_cursor_somebody_made_up_leads_to_the_first_page(cast, ticket, cursor):
    assert [d.id for d in activity.page(cast.yamada, Asked(), cursor).deeds] == [d.id for d in of(cast.yamada)]


def test_a_comment_says_nothing_of_what_it_says(cast, ticket):
    tickets.comment(ticket, "極秘の内容", by=cast.sato)
    tickets.delete_comment(Entry.objects.get(text="極秘の内容"), by=cast.sato)
    shown = [deed for deed in of(cast.yamada) if deed.verb == "ticket.commented"]
    assert "極秘" not in str(shown)
