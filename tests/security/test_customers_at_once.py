"""Customers merged, moved and thrown away while their tickets are rated, deleted, merged and counted (real threads, real commits)."""

from typing import Any

import pytest
from django.db import transaction

from madoguchi import people, tally, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Contact, Entry, Rating, Ticket
from madoguchi.people import merging_contacts
from madoguchi.sla import recounting
from madoguchi.tickets.rating import counted
from tests.cast import gather, open_one
from tests.people.merged import assert_led
from tests.security.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
DESK = Actor.desk()


def unexpected(found: list[Any]) -> list[Any]:
    """What nobody may ever see; that a rule refused is fine."""
    return [each for each in found if isinstance(each, Exception) and not isinstance(each, Refused)]


def count_again(these: list[Ticket]) -> None:
    with transaction.atomic():
        recounting.count_again([ticket.pk for ticket in these])


def assert_sound() -> None:
    merging_contacts.gather_strays()
    assert tally.figures() == tally.recount()
    assert_led()
    for ticket in Ticket.objects.select_related("contact", "account"):
        assert ticket.contact.merged_into_id is None, ticket
        assert ticket.account is None or ticket.account.merged_into_id is None, ticket
        assert ticket.ratings == counted(ticket)
    for rating in Rating.objects.select_related("counts_for"):
        told = rating.counts_for
        assert (rating.contact_id, rating.account_id) == (told.contact_id, told.account_id)


def test_everything_that_moves_tickets_at_the_same_moment():
    cast = gather()
    for n in range(6):
        one, two = (people.create_account({"name": f"{name}{n}"}, by=DESK) for name in ("甲", "乙"))
        main, other, third = (people.identify(f"{name}{n}@kita.example", name, by=DESK) for name in "abc")
        for contact, account in ((main, one), (other, two), (third, two)):
            people.edit_contact(contact, {"account": account}, by=DESK)
        fresh = {pk: Contact.objects.get(pk=pk) for pk in (main.pk, other.pk, third.pk)}
        mine = [open_one(cast, f"{n} {i}", contact=fresh[other.pk]) for i in range(4)]
        more = open_one(cast, f"{n} c", contact=fresh[third.pk])
        answers = [tickets.reply(ticket, "はい", by=cast.sato) for ticket in (mine[0], mine[1], more)]
        tickets.trash(mine[3], by=cast.admin)

        def row(ticket: Ticket) -> Ticket:
            return Ticket.objects.with_people().get(pk=ticket.pk)

        found = at_once(
            lambda main=fresh[main.pk], other=fresh[other.pk]: people.merge_contacts(main, [other], by=cast.sato),
            lambda one=one, two=two: people.merge_accounts(one, [two], by=cast.tanaka),
            lambda third=fresh[third.pk], one=one: people.edit_contact(third, {"account": one}, by=cast.admin),
            lambda answer=answers[0]: tickets.rate_by_link(Entry.objects.get(pk=answer.pk), "bad", "x"),
            lambda answer=answers[2]: tickets.rate_by_link(Entry.objects.get(pk=answer.pk), "good"),
            lambda mine=mine: tickets.merge(row(mine[1]), [row(mine[0])], by=cast.tanaka),
            lambda mine=mine: tickets.purge(row(mine[3]), by=cast.admin),
            lambda mine=mine: tickets.move(row(mine[2]), cast.billing, by=cast.admin),
            lambda mine=mine: count_again(mine),
            lambda n=n: open_one(cast, "新規", contact=Contact.objects.get(addresses__folded=f"b{n}@kita.example")),
        )
        assert not unexpected(found), found
        tally.fold()
    assert_sound()


def test_merging_who_is_just_thrown_away_or_brought_back():
    cast = gather()
    for n in range(8):
        main, other = (people.identify(f"{name}{n}@kita.example", name, by=DESK) for name in "ab")
        found = at_once(
            lambda main=main, other=other: people.merge_contacts(main, [other], by=cast.sato),
            lambda other=other: people.trash_contact(other, by=cast.tanaka),
            lambda other=other: people.restore_contact(other, by=cast.admin),
            lambda other=other, n=n: people.edit_contact(
                other, {"title": "長"}, emails=[f"neu{n}@kita.example"], by=cast.admin
            ),
        )
        assert not unexpected(found), found
        other.refresh_from_db()
        assert other.merged_into_id is None or other.trashed_at is not None
        owner = Contact.objects.filter(addresses__folded__in=[f"b{n}@kita.example", f"neu{n}@kita.example"])
        assert [each.pk for each in owner] == [main.pk if other.merged_into_id else other.pk]
    assert_sound()
