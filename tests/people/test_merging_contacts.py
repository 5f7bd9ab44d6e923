"""Two records of one person made one (SPEC I1): everything of the others becomes the main one's, for good."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi import people, tally, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Refused
from madoguchi.models import (
    Account,
    Classification,
    Contact,
    ContactAddress,
    CustomerNote,
    Entry,
    Event,
    HelpSession,
    Lookup,
    Rating,
    SecondaryContact,
    SignInLink,
    Ticket,
)
from madoguchi.people import contact_passwords, help_sessions, holding, links, merging_accounts, merging_contacts
from madoguchi.record import now
from madoguchi.tickets.indexing import index_whole
from tests.cast import Cast, open_one
from tests.people.merged import assert_led, lock_kinds, relations, rows_of

DESK = Actor.desk()


def second(cast: Cast, address: str = "hanako.y@personal.example", name: str = "山田 花子") -> Contact:
    """山田 once more, by another address."""
    return people.identify(address, name, by=DESK)


def again(contact: Contact) -> Contact:
    return Contact.objects.get(pk=contact.pk)


def test_whoever_adds_a_relation_to_a_contact_or_an_account_decides_what_becomes_of_it():
    assert relations(Contact) == merging_contacts.FOLLOW.keys()
    assert relations(Account) == merging_accounts.FOLLOW.keys()


def test_every_kind_of_row_becomes_the_main_ones(cast, ticket):
    main, other = cast.yamada, second(cast)
    mine = ticket
    theirs = open_one(cast, "別件", contact=other)
    binned, spam, away = (open_one(cast, name, contact=other) for name in ("ごみ箱", "迷惑", "統合済み"))
    tickets.trash(binned, by=cast.tanaka)
    tickets.mark_spam(spam, by=cast.sato)
    tickets.merge(theirs, [away], by=cast.sato)
    copied = open_one(cast, "高橋の件", contact=cast.takahashi)
    tickets.set_secondary_contacts(copied, [other], by=cast.sato)
    tickets.set_secondary_contacts(mine, [other], by=cast.sato)
    both = open_one(cast, "両方に写し", contact=cast.takahashi)
    tickets.set_secondary_contacts(both, [main, other], by=cast.sato)
    CustomerNote.objects.create(contact=other, agent=cast.sato.agent, text="電話は午後")
    reply = tickets.reply(theirs, "回答です", by=cast.sato)
    Rating.objects.create(
        entry=reply, ticket=theirs, counts_for=theirs, contact=other, department=cast.support, value="good", via="mail"
    )
    Classification.objects.create(contact=other, source="builtin")
    Lookup.objects.create(contact=other)
    help_sessions.begin(other, by_link=True)
    links.make_link(other.email)
    people.edit_contact(other, {}, phone_numbers=[("mobile", "090-1111-2222"), ("phone", "03-1111-2222")], by=DESK)
    people.edit_contact(main, {}, phone_numbers=[("mobile", "090-1111-2222")], by=DESK)
    before = set(Entry.objects.values_list("pk", "ticket_id"))

    assert people.merge_contacts(main, [other], by=cast.sato) == main

    assert rows_of(other) == {
        "Event.contact": list(Event.objects.filter(verb="contact.merged_away").values_list("pk", flat=True)),
        "SignInLink.contact": list(SignInLink.objects.values_list("pk", flat=True)),
    }
    assert not SignInLink.objects.filter(used_at=None).exists() and not HelpSession.objects.exists()
    assert set(Ticket.objects.filter(contact=main)) == {mine, theirs, binned, spam, away}
    assert set(Entry.objects.values_list("pk", "ticket_id")) == before
    assert not Entry.objects.filter(contact=other).exists() and Entry.objects.filter(contact=main).count() == 5
    copies = SecondaryContact.objects.values_list("ticket_id", "contact_id")
    assert sorted(copies) == [(copied.pk, main.pk), (both.pk, main.pk)]
    assert CustomerNote.objects.get().contact == main and Rating.objects.get().contact == main
    assert [p.number for p in again(main).phones.all()] == ["090-1111-2222", "03-1111-2222"]
    assert [(a.address, a.is_primary) for a in again(main).addresses.all()] == [
        ("hanako@midori.example", True),
        ("hanako.y@personal.example", False),
    ]
    assert not Classification.objects.exists()
    assert Event.objects.filter(ticket=theirs).values_list("contact_id", flat=True).distinct().get() == main.pk
    assert tally.figures() == tally.recount()
    assert_led()


def test_history_has_it_on_both_sides_with_what_was_given_up(cast):
    other = second(cast, name="山田 はな子")
    people.edit_contact(other, {"title": "部長", "city": "札幌市"}, by=DESK)
    open_one(cast, contact=other)
    people.merge_contacts(cast.yamada, [again(other)], picks={"title": other}, by=cast.sato)
    merged = Event.objects.get(verb="contact.merged")
    assert (merged.contact, merged.agent) == (cast.yamada, cast.sato.agent)
    assert merged.after["merged"] == [{"id": str(other.pk), "label": "山田 はな子"}]
    assert (merged.before["title"], merged.after["title"], merged.after["tickets_moved"]) == ("", "部長", 1)
    given_up = {"first_name": "はな子", "city": "札幌市", "email": "hanako.y@personal.example"}
    assert merged.after["given_up"] == {str(other.pk): given_up}
    away = Event.objects.get(verb="contact.merged_away")
    assert (away.contact, away.after["merged_into"]["id"]) == (other, str(cast.yamada.pk))
    assert away.after["given_up"] == given_up
    assert not Event.objects.filter(ticket__isnull=False, verb="ticket.edited").exists()


def test_versions_and_times_of_tickets_stay(cast):
    other = second(cast)
    ticket = open_one(cast, contact=other)
    had = Ticket.objects.values("version", "modified_at", "created_at", "number").get(pk=ticket.pk)
    people.merge_contacts(cast.yamada, [other], by=cast.sato)
    assert Ticket.objects.values("version", "modified_at", "created_at", "number").get(pk=ticket.pk) == had


def test_picks_decide_and_main_keeps_the_rest(cast):
    other = second(cast, "h@midori.example", "Yamada Hanako")
    people.edit_contact(
        other,
        {"title": "部長", "language": "en", "zip": "060-0001"},
        phone_numbers=[("phone", "011-222-3333")],
        by=DESK,
    )
    people.edit_contact(cast.yamada, {"title": "課長"}, phone_numbers=[("phone", "03-1111-2222")], by=DESK)
    picks = dict.fromkeys(("name", "title", "email", "phone"), other)
    main = people.merge_contacts(cast.yamada, [again(other)], picks=picks, by=cast.sato)
    assert (again(main).name, main.title, main.language, main.zip) == (other.name, "部長", "", "")
    assert [a.address for a in again(main).addresses.all()] == ["h@midori.example", "hanako@midori.example"]
    assert [p.number for p in again(main).phones.all()] == ["011-222-3333", "03-1111-2222"]
    assert main.email == "h@midori.example"


@pytest.mark.parametrize("moves", ["", "other", "main"])
def test_tickets_follow_the_account_that_was_chosen(cast, moves):
    """Those under the contact's own account and under none; by hand they may stand elsewhere."""
    kita = people.create_account({"name": "北商店"}, by=DESK)
    elsewhere = people.create_account({"name": "別の会社"}, by=DESK)
    other = second(cast)
    none = open_one(cast, "取引先なし", contact=other)
    people.edit_contact(other, {"account": kita}, moves_tickets=False, by=DESK)
    theirs = open_one(cast, "北の件", contact=other)
    apart = open_one(cast, "別の件", contact=other)
    tickets.edit(apart, {"account": elsewhere}, by=cast.sato)
    mine = open_one(cast)
    picks = {"": {}, "other": {"account": other}, "main": {"account": cast.yamada}}[moves]
    main = people.merge_contacts(cast.yamada, [again(other)], picks=picks, by=cast.sato)
    account = kita if moves == "other" else cast.midori
    assert again(main).account == account
    found = {t.pk: t.account for t in Ticket.objects.all()}
    assert found == {mine.pk: account, none.pk: account, theirs.pk: account, apart.pk: elsewhere}
    assert set(Event.objects.filter(ticket=theirs).values_list("account", flat=True)) == {account.pk}
    assert tally.figures() == tally.recount()


def test_without_an_account_of_its_own_the_main_contact_takes_no_ticket_out_of_one(cast):
    anonymous, other = cast.takahashi, cast.yamada
    ticket = open_one(cast)
    people.merge_contacts(anonymous, [other], by=cast.sato)
    found = Ticket.objects.get(pk=ticket.pk)
    assert (found.contact, found.account, again(anonymous).account) == (anonymous, cast.midori, None)
    assert tally.figures() == tally.recount()


def test_nobody_sees_more_of_an_account_than_before(cast):
    kita = people.create_account({"name": "北商店"}, by=DESK)
    other = second(cast)
    people.edit_contact(other, {"account": kita, "sees_account": True}, by=DESK)
    people.edit_contact(cast.yamada, {"sees_account": True}, by=DESK)
    people.merge_contacts(again(cast.yamada), [again(other)], picks={"account": other}, by=cast.sato)
    assert (again(cast.yamada).account, again(cast.yamada).sees_account) == (kita, False)
    third = second(cast, "h3@midori.example")
    people.edit_contact(third, {"sees_account": True}, by=DESK)
    fourth = second(cast, "h4@midori.example")
    people.merge_contacts(fourth, [again(third)], by=cast.sato)
    assert (again(fourth).account, again(fourth).sees_account) == (cast.midori, False)
    people.edit_contact(fourth, {"sees_account": True}, by=DESK)
    fifth = second(cast, "h5@midori.example")
    people.merge_contacts(again(fourth), [fifth], by=cast.sato)
    assert again(fourth).sees_account


def test_old_ids_lead_to_the_last_of_a_chain(cast):
    a, b, c = cast.yamada, second(cast), second(cast, "c@kita.example")
    people.merge_contacts(b, [c], by=cast.sato)
    people.merge_contacts(a, [b], by=cast.sato)
    assert {x.merged_into_id for x in (again(b), again(c))} == {a.pk}
    d = second(cast, "d@kita.example")
    assert people.merge_contacts(c, [d], by=cast.sato) == a  # the main one of `c`
    assert again(d).merged_into_id == a.pk
    assert again(a).addresses.count() == 4
    assert_led()


def test_mail_of_the_old_address_comes_from_the_main_contact(cast):
    other = second(cast)
    people.merge_contacts(cast.yamada, [other], by=cast.sato)
    assert people.identify("HANAKO.Y@personal.example", by=DESK) == cast.yamada
    assert Contact.objects.filter(trashed_at=None).count() == 2


def test_the_help_center_shows_all_tickets_to_who_signs_in_by_either_address(cast, settings):
    other = second(cast)
    secret = help_sessions.begin(other, by_link=True)
    mine = help_sessions.begin(cast.yamada, by_link=True)
    _row, old_link = links.make_link(other.email)
    session = help_sessions.session_of(secret)
    contact_passwords.set_password(
        other, "correct horse battery", session=session, by=Actor(contact=other, door="help")
    )
    people.merge_contacts(cast.yamada, [again(other)], by=cast.sato)
    assert help_sessions.session_of(secret) is None and not links.works(old_link)
    assert help_sessions.session_of(mine).contact == cast.yamada
    with pytest.raises(Refused) as no:
        contact_passwords.sign_in(other.email, "correct horse battery", place="192.0.2.1")
    assert no.value.code == "WRONG"
    row, link = links.make_link(other.email)
    assert row.contact == cast.yamada
    assert help_sessions.session_of(links.use_link(link)).contact == cast.yamada
    assert again(other).password == ""


def test_spam_only_where_all_were(cast):
    other = second(cast)
    Contact.objects.filter(pk=cast.yamada.pk).update(is_spam=True)
    people.merge_contacts(cast.yamada, [other], by=cast.sato)
    assert not again(cast.yamada).is_spam


def test_the_last_ticket_is_that_of_all(cast):
    other = second(cast)
    open_one(cast)
    Contact.objects.update(last_ticket_at=now() - timedelta(days=3))
    newest = open_one(cast, contact=other)
    Contact.objects.filter(pk=other.pk).update(last_ticket_at=None)  # somebody had the row just then
    people.merge_contacts(cast.yamada, [again(other)], by=cast.sato)
    assert again(cast.yamada).last_ticket_at == newest.created_at


def test_what_cannot_be_merged_is_refused_and_nothing_changes(cast):
    other, third = second(cast), second(cast, "c@kita.example")
    many = [second(cast, f"n{n}@kita.example") for n in range(5)]
    people.merge_contacts(cast.takahashi, [third], by=cast.sato)
    trashed = second(cast, "t@kita.example")
    people.trash_contact(trashed, by=DESK)
    before = list(Contact.objects.order_by("pk").values())
    for main, others, picks, code in [
        (cast.yamada, [], {}, "MERGE_COUNT"),
        (cast.yamada, many, {}, "MERGE_COUNT"),
        (cast.yamada, [cast.yamada], {}, "MERGE_TWICE"),
        (cast.yamada, [other, other], {}, "MERGE_TWICE"),
        (cast.takahashi, [again(third)], {}, "MERGE_TWICE"),
        (cast.yamada, [again(third)], {}, "MERGE_GONE"),
        (cast.yamada, [again(trashed)], {}, "MERGE_TRASHED"),
        (again(trashed), [cast.yamada], {}, "MERGE_TRASHED"),
        (cast.yamada, [other], {"sees_account": other}, "MERGE_FIELD"),
        (cast.yamada, [other], {"title": cast.takahashi}, "MERGE_FIELD"),
    ]:
        with pytest.raises(Refused) as no:
            people.merge_contacts(main, others, picks=picks, by=cast.sato)
        assert no.value.code == code
    ContactAddress.objects.bulk_create(
        ContactAddress(contact=other, address=f"x{n}@kita.example", folded=f"x{n}@kita.example") for n in range(19)
    )
    with pytest.raises(Refused) as no:
        people.merge_contacts(cast.yamada, [other], by=cast.sato)
    assert no.value.code == "ADDRESS_COUNT"
    with pytest.raises(Denied):
        people.merge_contacts(cast.yamada, [other], by=cast.light)
    assert list(Contact.objects.order_by("pk").values()) == before


def test_a_merged_contact_cannot_be_changed_or_taken_out_of_the_bin(cast):
    other = second(cast)
    people.merge_contacts(cast.yamada, [other], by=cast.sato)
    for act in (
        lambda: people.edit_contact(other, {"title": "部長"}, by=cast.sato),
        lambda: people.trash_contact(other, by=cast.sato),
        lambda: people.restore_contact(other, by=cast.tanaka),
    ):
        with pytest.raises(Refused) as no:
            act()
        assert no.value.code == "MERGED"
    assert again(other).title == ""


def test_statements_do_not_grow_with_the_tickets(cast):
    def merged(n: int) -> int:
        main, other = second(cast, f"m{n}@a.example"), second(cast, f"o{n}@b.example")
        made = [open_one(cast, f"{i}", contact=other) for i in range(n)]
        with CaptureQueriesContext(connection) as asked:
            people.merge_contacts(main, [other], by=cast.sato)
        assert Ticket.objects.filter(contact=main).count() == len(made)
        return len([q for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))])

    merged(1)
    few, many = merged(2), merged(30)
    assert few == many <= 60


def test_tickets_are_found_by_the_main_contact(cast):
    from madoguchi.lists.search import Filters, search

    other = second(cast, name="旧姓 さち")
    ticket = open_one(cast, "請求書", contact=other)
    assert search(cast.sato, "旧姓", Filters()).rows
    people.merge_contacts(cast.yamada, [other], by=cast.sato)
    index_whole([ticket.pk])  # the job `index_contact`
    assert not search(cast.sato, "旧姓", Filters()).rows
    assert [hit["id"] for hit in search(cast.sato, "山田 請求書", Filters()).rows] == [ticket.pk]


def test_a_ticket_opened_for_a_contact_read_before_the_merge_is_the_main_ones(cast):
    other = second(cast)
    stale = again(other)
    people.merge_contacts(cast.yamada, [other], by=cast.sato)
    ticket = open_one(cast, contact=stale)
    assert (ticket.contact, ticket.account) == (cast.yamada, cast.midori)
    assert open_one(cast, contact=again(other)).contact == cast.yamada
    tickets.edit(open_one(cast, contact=cast.takahashi), {"contact": stale}, by=cast.sato)
    assert not Ticket.objects.filter(contact=other).exists()
    assert tally.figures() == tally.recount()


def test_what_slipped_in_is_gathered(cast):
    other = second(cast)
    elsewhere = open_one(cast, contact=cast.takahashi)
    people.merge_contacts(cast.yamada, [other], by=cast.sato)
    CustomerNote.objects.create(contact=other, text="間一髪")
    SecondaryContact.objects.create(ticket=elsewhere, contact=other)
    merging_contacts.gather_strays()
    assert CustomerNote.objects.get().contact == cast.yamada
    assert SecondaryContact.objects.get().contact == cast.yamada
    assert Event.objects.get(verb="contact.merged_away").contact == other


def test_a_merge_waits_for_nobody_who_only_points_to_the_contact(cast, ticket):
    """No lock that the foreign key of an event would wait for."""
    other = second(cast)
    with lock_kinds() as found:
        people.merge_contacts(cast.yamada, [other], by=cast.sato)
    assert found and not any("FOR UPDATE" in sql for sql in found)
    assert holding.key_of_contact(1) != holding.key_of_account(1)
