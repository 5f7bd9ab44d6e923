"""Merging contacts and accounts while others write (real threads, real commits)."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from madoguchi import people, tally, tickets
from madoguchi.actor import Actor
from madoguchi.doors.mailbox import intake, store
from madoguchi.errors import Refused
from madoguchi.jobs.reader import reader
from madoguchi.models import Account, Contact, Entry, InboundMail, Ticket
from madoguchi.people import holding, merging_contacts
from tests.cast import Cast, gather, open_one
from tests.mails import mail
from tests.people.merged import assert_led
from tests.security.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
DESK = Actor.desk()


def person(cast: Cast, n: Any, domain: str = "kita.example") -> Contact:
    return people.identify(f"p{n}@{domain}", f"山田 {n}", by=DESK)


def again(contact: Contact) -> Contact:
    return Contact.objects.get(pk=contact.pk)


def row(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)


def errors(found: list[Any]) -> list[Any]:
    return [each for each in found if isinstance(each, Exception)]


def assert_sound() -> None:
    assert tally.figures() == tally.recount()
    assert_led()
    for ticket in Ticket.objects.select_related("contact", "account"):
        assert ticket.contact.merged_into_id is None, ticket
        assert ticket.account is None or ticket.account.merged_into_id is None, ticket


def test_each_into_the_other_at_once_one_wins():
    cast = gather()
    for n in range(10):
        a, b = person(cast, f"a{n}"), person(cast, f"b{n}")
        for contact in (a, b):
            open_one(cast, contact=contact)
        found = at_once(
            lambda a=a, b=b: people.merge_contacts(a, [b], by=cast.sato),
            lambda a=a, b=b: people.merge_contacts(b, [a], by=cast.tanaka),
        )
        told = [each for each in found if isinstance(each, Refused)]
        assert [each.code for each in told] == ["MERGE_TWICE"] and len(errors(found)) == 1, found
        main = next(each for each in found if isinstance(each, Contact))
        assert Ticket.objects.filter(contact=main).count() == 2
    assert_sound()


def test_a_chain_grown_at_both_ends_leads_to_its_last():
    cast = gather()
    for n in range(10):
        a, b, c = (person(cast, f"{name}{n}") for name in "abc")
        open_one(cast, contact=c)
        found = at_once(
            lambda a=a, b=b: people.merge_contacts(a, [b], by=cast.sato),
            lambda b=b, c=c: people.merge_contacts(b, [c], by=cast.tanaka),
        )
        assert not errors(found), found
        assert {again(b).merged_into_id, again(c).merged_into_id} == {a.pk}
    assert_sound()


def test_merging_while_tickets_are_opened_answered_merged_and_given_away():
    cast = gather()
    for n in range(8):
        main, other = person(cast, f"m{n}"), person(cast, f"o{n}")
        mine = [open_one(cast, f"{i}", contact=other) for i in range(4)]
        guest = open_one(cast, "高橋の件", contact=cast.takahashi)
        found = at_once(
            lambda main=main, other=other: people.merge_contacts(main, [other], by=cast.sato),
            lambda other=other: open_one(cast, "新規", contact=other),
            lambda mine=mine: tickets.reply(row(mine[0]), "返信", by=cast.tanaka),
            lambda mine=mine: tickets.merge(row(mine[1]), [row(mine[2])], by=cast.tanaka),
            lambda guest=guest, other=other: tickets.edit(row(guest), {"contact": other}, by=cast.admin),
            lambda mine=mine, other=other: tickets.receive(
                row(mine[3]), {"text": "追伸"}, contact=other, channel="Email", by=Actor(contact=other, door="mail")
            ),
        )
        assert not errors(found), found
        assert Ticket.objects.filter(contact=main).count() == 6
        merging_contacts.gather_strays()
        assert not Entry.objects.filter(contact=other).exists()
    assert_sound()


def test_an_answer_begun_before_the_merge_goes_to_an_address_of_the_main_contact():
    cast = gather()
    main, other, third = person(cast, "m"), person(cast, "o"), person(cast, "t")
    ticket = open_one(cast, contact=other)
    tickets.add_secondary_contacts(ticket, [third], by=cast.sato)
    read_before = Ticket.objects.select_related("contact").get(pk=ticket.pk)
    people.merge_contacts(main, [other], by=cast.sato)
    people.merge_contacts(cast.takahashi, [third], by=cast.sato)
    entry = tickets.reply(read_before, "返信", by=cast.tanaka)
    assert [each["address"] for each in (*entry.to, *entry.cc)] == [main.email, cast.takahashi.email]
    assert entry.is_public


def test_a_mail_taken_in_during_the_merge_lands_with_the_main_contact():
    cast = gather()
    for n in range(8):
        main, other = person(cast, f"m{n}"), person(cast, f"o{n}")
        stored = [
            store.store(cast.support_box, mail(f"件 {n} {i}", sender=f"p o{n} <po{n}@kita.example>")) for i in range(2)
        ]
        found = at_once(
            lambda main=main, other=other: people.merge_contacts(main, [other], by=cast.sato),
            *(lambda each=each: intake.take_in(each.pk, reader()) for each in stored),
        )
        assert not errors(found), found
        assert {each.ticket.contact for each in InboundMail.objects.filter(pk__in=[s.pk for s in stored])} == {main}
    assert not InboundMail.objects.exclude(decision="entry").exists()
    assert_sound()


def while_held(merge: Callable[[], Any], deed: Callable[[], Any], monkeypatch: Any, step: tuple[Any, str]) -> list[Any]:
    """The deed begins while the merge has done all but commit, and waits for it, or does not."""
    reached, found = threading.Event(), [None, None]
    module, name = step
    real = getattr(module, name)

    def slowly(*args: Any, **named: Any) -> Any:
        result = real(*args, **named)
        reached.set()
        time.sleep(0.4)
        return result

    monkeypatch.setattr(module, name, slowly)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            if place:
                assert reached.wait(10)
            found[place] = act()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate((merge, deed))]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    monkeypatch.setattr(module, name, real)
    return found


def test_whoever_identified_the_contact_before_opens_the_ticket_of_the_main_one(monkeypatch):
    """The insert waits for the merge, and is done again: figures, search and entry are the main one's."""
    cast = gather()
    main, other = cast.yamada, person(cast, "o")
    stale = again(other)
    found = while_held(
        lambda: people.merge_contacts(main, [other], by=cast.sato),
        lambda: open_one(cast, "間一髪", contact=stale),
        monkeypatch,
        (merging_contacts, "move_rest"),
    )
    assert not errors(found), found
    ticket = Ticket.objects.get(subject="間一髪")
    assert (ticket.contact, ticket.account, ticket.entries.get().contact) == (main, cast.midori, main)
    assert_sound()


def test_a_mail_that_was_identified_before_is_begun_again(monkeypatch):
    cast = gather()
    main, other = cast.yamada, person(cast, "o")
    stored = store.store(cast.support_box, mail("間一髪", sender="po@kita.example"))
    found = while_held(
        lambda: people.merge_contacts(main, [other], by=cast.sato),
        lambda: intake.take_in(stored.pk, reader()),
        monkeypatch,
        (merging_contacts, "move_rest"),
    )
    assert not errors(found) and found[1] is True, found
    row = InboundMail.objects.get()
    assert (row.decision, row.ticket.contact) == ("entry", main)
    assert_sound()


def test_who_writes_on_a_ticket_meanwhile_is_waited_for_and_never_waits_for_the_contact(monkeypatch):
    """A lock on the contact's row that its events would wait for would be a deadlock here."""
    cast = gather()
    main, other = cast.yamada, person(cast, "o")
    ticket = open_one(cast, contact=other)
    locked, done = threading.Event(), []

    def answer() -> None:
        try:
            with transaction.atomic():
                fresh = Ticket.objects.with_people().get(pk=ticket.pk)
                Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
                locked.set()
                time.sleep(0.4)  # the merge has the contact by now, and waits for the ticket
                tickets.reply(fresh, "返信", by=cast.tanaka)
                done.append(time.monotonic())
        finally:
            connection.close()

    writer = threading.Thread(target=answer)
    writer.start()
    assert locked.wait(10)
    people.merge_contacts(main, [other], by=cast.sato)
    writer.join(10)
    assert done and done[0] < time.monotonic()
    assert Ticket.objects.get(pk=ticket.pk).contact == main
    assert set(Ticket.objects.get(pk=ticket.pk).events.values_list("contact", flat=True)) == {main.pk}
    assert_sound()


def test_accounts_each_into_the_other_while_contacts_and_tickets_come_in():
    cast = gather()
    for n in range(8):
        a, b = (people.create_account({"name": f"{name}{n}"}, domains=[f"{name}{n}.example"], by=DESK) for name in "ab")
        contact = person(cast, n, f"b{n}.example")
        ticket = open_one(cast, contact=contact)
        loner = person(cast, f"x{n}")
        stored = store.store(cast.support_box, mail(f"件{n}", sender=f"new@b{n}.example"))
        guest = open_one(cast, contact=cast.takahashi)
        found = at_once(
            lambda a=a, b=b: people.merge_accounts(a, [b], by=cast.sato),
            lambda a=a, b=b: people.merge_accounts(b, [a], by=cast.tanaka),
            lambda contact=contact: open_one(cast, contact=contact),
            lambda ticket=ticket: tickets.reply(Ticket.objects.with_people().get(pk=ticket.pk), "返信", by=cast.sato),
            lambda loner=loner, b=b: people.edit_contact(loner, {"account": b}, by=cast.admin),
            lambda stored=stored: intake.take_in(stored.pk, reader()),
            lambda guest=guest, b=b: tickets.edit(
                Ticket.objects.with_people().get(pk=guest.pk), {"account": b}, by=cast.admin
            ),
        )
        assert [each.code for each in errors(found)] == ["MERGE_TWICE"], found
        main = next(each for each in found[:2] if isinstance(each, Account))
        assert {again(contact).account, again(loner).account} == {main}
        assert Ticket.objects.filter(account=main).count() == 4
    assert_sound()


def test_a_ticket_opened_while_its_contact_changes_the_account_goes_along(monkeypatch):
    cast = gather()
    kita = people.create_account({"name": "北商店"}, by=DESK)
    stale = again(cast.yamada)
    found = while_held(
        lambda: people.edit_contact(cast.yamada, {"account": kita}, by=cast.sato),
        lambda: open_one(cast, "間一髪", contact=stale),
        monkeypatch,
        (people.contacts, "take_tickets_along"),
    )
    assert not errors(found), found
    assert Ticket.objects.get(subject="間一髪").account == kita
    assert_sound()


def test_moving_to_another_account_while_its_tickets_are_answered_and_opened():
    cast = gather()
    kita = people.create_account({"name": "北商店"}, by=DESK)
    made = [open_one(cast, f"{n}") for n in range(3)]
    for account in (kita, cast.midori) * 4:
        found = at_once(
            lambda account=account: people.edit_contact(cast.yamada, {"account": account}, by=cast.sato),
            *(
                lambda t=t: tickets.reply(Ticket.objects.with_people().get(pk=t.pk), "返信", by=cast.tanaka)
                for t in made
            ),
            lambda: open_one(cast, contact=again(cast.yamada)),
        )
        assert not errors(found), found
        assert set(Ticket.objects.values_list("account", flat=True)) == {account.pk}
    assert_sound()


def test_opening_waits_for_nobody_who_opens():
    cast = gather()
    with transaction.atomic():
        open_one(cast, "一件目")
        (found,) = at_once(lambda: open_one(cast, "二件目", contact=again(cast.yamada)))
        assert isinstance(found, Ticket)
    assert holding.ROUNDS > 1
