"""Two records of one organisation made one (SPEC I1)."""

import pytest

from madoguchi import people, tally, tickets
from madoguchi.access import can
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Refused
from madoguchi.models import Account, Contact, CustomerNote, Event, Rating, Ticket
from madoguchi.people import merging_accounts
from tests.cast import open_one
from tests.people.merged import assert_led, rows_of

DESK = Actor.desk()


def double(name: str = "㈱みどり商事", *domains: str, **values: str) -> Account:
    return people.create_account({"name": name, **values}, domains=list(domains), by=DESK)


def again(row):
    return type(row).objects.get(pk=row.pk)


def test_every_kind_of_row_becomes_the_main_ones(cast):
    other = double("みどり商事", "midori2.example")
    people.edit_contact(cast.takahashi, {"account": other}, by=DESK)
    takahashi = again(cast.takahashi)
    live, binned = open_one(cast, contact=takahashi), open_one(cast, contact=takahashi)
    tickets.trash(binned, by=cast.tanaka)
    by_hand = open_one(cast)
    tickets.edit(by_hand, {"account": other}, by=cast.sato)
    reply = tickets.reply(live, "回答", by=cast.sato)
    Rating.objects.create(
        entry=reply,
        ticket=live,
        counts_for=live,
        contact=takahashi,
        account=other,
        department=cast.support,
        value="ok",
        via="mail",
    )
    CustomerNote.objects.create(account=other, text="締め日は 20 日")
    assert people.merge_accounts(cast.midori, [again(other)], by=cast.sato) == cast.midori
    assert rows_of(again(other)) == {
        "Event.account": list(Event.objects.filter(verb="account.merged_away").values_list("pk", flat=True))
    }
    assert set(Ticket.objects.filter(account=cast.midori)) == {live, binned, by_hand}
    assert set(Contact.objects.filter(account=cast.midori)) == {cast.yamada, cast.takahashi}
    assert Rating.objects.get().account == CustomerNote.objects.get().account == cast.midori
    assert people.identify("new@midori2.example", by=DESK).account == cast.midori
    assert tally.figures() == tally.recount()
    assert_led()


def test_history_has_it_on_both_sides_with_what_was_given_up(cast):
    other = double(phone="011-222-3333", industry="小売")
    people.merge_accounts(cast.midori, [other], picks={"industry": other}, by=cast.sato)
    merged, away = Event.objects.get(verb="account.merged"), Event.objects.get(verb="account.merged_away")
    assert (merged.account, merged.after["industry"], away.account) == (cast.midori, "小売", other)
    given_up = {"name": "㈱みどり商事", "phone": "011-222-3333"}
    assert (merged.after["given_up"], away.after["given_up"]) == ({str(other.pk): given_up}, given_up)
    assert (again(cast.midori).industry, again(cast.midori).phone) == ("小売", "")


def test_who_sees_all_tickets_of_one_sees_those_of_both(cast):
    other = double()
    people.edit_contact(cast.takahashi, {"account": other, "sees_account": True}, by=DESK)
    ticket = open_one(cast)
    comparison = merging_accounts.compare([cast.midori, other], main=cast.midori, by=cast.sato)
    assert (comparison.seeing_n, comparison.contacts_n, comparison.tickets_n) == (1, 1, 0)
    people.merge_accounts(cast.midori, [again(other)], by=cast.sato)
    assert can(Actor(contact=again(cast.takahashi), door="help"), "read", Ticket.objects.get(pk=ticket.pk))


def test_old_ids_lead_to_the_last_of_a_chain(cast):
    b, c = double("乙"), double("丙", "hei.example")
    people.merge_accounts(b, [c], by=cast.sato)
    people.merge_accounts(cast.midori, [again(b)], by=cast.sato)
    assert {again(b).merged_into_id, again(c).merged_into_id} == {cast.midori.pk}
    assert again(cast.midori).domains.count() == 2
    assert people.merge_accounts(c, [double("丁")], by=cast.sato) == cast.midori


def test_what_cannot_be_merged_is_refused_and_nothing_changes(cast):
    other, gone = double("乙"), double("丙")
    people.merge_accounts(other, [gone], by=cast.sato)
    before = list(Account.objects.order_by("pk").values())
    for others, picks, code in [
        ([], {}, "MERGE_COUNT"),
        ([cast.midori], {}, "MERGE_TWICE"),
        ([again(gone)], {}, "MERGE_GONE"),
        ([other], {"domains": other}, "MERGE_FIELD"),
    ]:
        with pytest.raises(Refused) as no:
            people.merge_accounts(cast.midori, others, picks=picks, by=cast.sato)
        assert no.value.code == code
    with pytest.raises(Denied):
        people.merge_accounts(cast.midori, [other], by=cast.light)
    with pytest.raises(Refused) as no:
        people.edit_account(gone, {"phone": "1"}, by=cast.sato)
    assert no.value.code == "MERGED"
    assert list(Account.objects.order_by("pk").values()) == before


def test_what_slipped_in_is_gathered(cast):
    other = double()
    people.merge_accounts(cast.midori, [other], by=cast.sato)
    CustomerNote.objects.create(account=other, text="間一髪")
    merging_accounts.gather_strays()
    assert CustomerNote.objects.get().account == cast.midori


@pytest.mark.parametrize("moves", [True, False])
def test_a_contact_takes_the_tickets_along_to_another_account(cast, moves):
    kita, apart = double("北商店"), double("別の会社")
    binned, mine, elsewhere = open_one(cast), open_one(cast), open_one(cast)
    tickets.trash(binned, by=cast.tanaka)
    tickets.edit(elsewhere, {"account": apart}, by=cast.sato)
    people.edit_contact(cast.yamada, {"account": kita}, moves_tickets=moves, by=cast.sato)
    there = kita if moves else cast.midori
    assert dict(Ticket.objects.values_list("pk", "account")) == {
        binned.pk: there.pk, mine.pk: there.pk, elsewhere.pk: apart.pk,
    }  # fmt: skip
    told = Event.objects.filter(verb="contact.edited").latest("pk")
    assert told.after.get("tickets_moved") == (2 if moves else None)
    assert set(Event.objects.filter(ticket=mine).values_list("account", flat=True)) == {there.pk}
    assert tally.figures() == tally.recount()
    people.edit_contact(cast.yamada, {"account": None}, moves_tickets=moves, by=cast.sato)
    assert Ticket.objects.get(pk=mine.pk).account == (None if moves else cast.midori)
    assert tally.figures() == tally.recount()


def test_tickets_without_an_account_go_along_as_well(cast):
    ticket = open_one(cast, contact=cast.takahashi)
    people.edit_contact(cast.takahashi, {"account": cast.midori}, by=cast.sato)
    assert Ticket.objects.get(pk=ticket.pk).account == cast.midori
    assert tally.figures() == tally.recount()
