"""Two at the same moment around a share: one order wins, and what is left fits together (real threads, real commits)."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from madoguchi import access, tally, tickets
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.kit.addresses import Address
from madoguchi.models import Entry, Event, OutboundMail, Permission, Share, Ticket
from madoguchi.tickets import Wish, sharing
from tests.cast import gather, open_one
from tests.security.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)


def test_two_agents_share_and_unshare_the_same_ticket() -> None:
    cast = gather()
    ticket = open_one(cast)
    for _round in range(ROUNDS):
        found = at_once(
            lambda: tickets.share(fresh(ticket), [Wish(cast.billing), Wish(cast.delivery)], by=cast.sato),
            lambda: tickets.set_shares(fresh(ticket), [Wish(cast.billing, Permission.READ)], by=cast.tanaka),
            lambda: tickets.unshare(fresh(ticket), [cast.billing, cast.delivery], by=cast.admin),
            lambda: tickets.share(fresh(ticket), [Wish(cast.delivery, Permission.RESTRICTED)], by=cast.tanaka),
        )
        assert [error for error in found if isinstance(error, Exception)] == []
        assert sharing.differing() == []
    assert replayed(ticket) == {row.department_id: Permission(row.level).name for row in Share.objects.all()}


def replayed(ticket: Ticket) -> dict[int, str]:
    """What the history says is shared."""
    there: dict[int, str] = {}
    for event in Event.objects.filter(ticket=ticket, verb__contains="share").order_by("id"):
        for one in event.after["shares"]:
            pk = int(one["department"]["id"])
            if event.verb == "ticket.unshared":
                assert there.pop(pk, None), "ended what was not there"
            else:
                assert (pk in there) == (event.verb == "ticket.share_changed")
                there[pk] = one["level"]
    return there


def test_unshared_while_the_receiver_replies_only_one_order_wins() -> None:
    """The reply is whole and before the end of the share, or there is none of it."""
    cast = gather()
    orders = set()
    for n in range(ROUNDS * 2):
        ticket = open_one(cast)
        tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
        level = Permission.RESTRICTED if n % 2 else None

        def narrow(ticket: Ticket = ticket, level: Permission | None = level) -> Any:
            if level is None:
                return tickets.unshare(fresh(ticket), [cast.billing], by=cast.sato)
            return tickets.share(fresh(ticket), [Wish(cast.billing, level)], by=cast.sato)

        replied, narrowed = at_once(lambda ticket=ticket: tickets.reply(fresh(ticket), "返信", by=cast.suzuki), narrow)
        assert not isinstance(narrowed, Exception), narrowed
        entries = Entry.objects.filter(ticket=ticket, direction="out")
        mails = OutboundMail.objects.filter(ticket=ticket)
        verbs = list(Event.objects.filter(ticket=ticket).order_by("id").values_list("verb", flat=True))
        if isinstance(replied, Exception):
            assert isinstance(replied, (Hidden, Denied)), replied
            assert (entries.count(), mails.count(), "ticket.replied" in verbs) == (0, 0, False)
        else:
            assert (entries.count(), mails.count()) == (1, 1)
            assert verbs[-2:] in (["ticket.replied", "ticket.unshared"], ["ticket.replied", "ticket.share_changed"])
        orders.add(type(replied).__name__)
    assert tally.figures() == tally.recount()


def held(ticket: Ticket, act: Callable[[], Any], meanwhile: Callable[[], Any]) -> Any:
    """`act` reads the ticket, then waits at its lock while `meanwhile` is done and committed: the losing order, for certain."""
    locked, found = threading.Event(), []

    def other() -> None:
        try:
            with transaction.atomic():
                meanwhile()
                locked.set()
                threading.Event().wait(0.4)
        finally:
            connection.close()

    def own() -> None:
        try:
            found.append(act())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    first = threading.Thread(target=other)
    first.start()
    assert locked.wait(20)
    second = threading.Thread(target=own)
    second.start()
    first.join(30)
    second.join(30)
    return found[0]


WRITES: dict[str, Callable[[Any, Ticket], Any]] = {
    "reply": lambda cast, t: tickets.reply(t, "返信", by=cast.suzuki),
    "forward": lambda cast, t: tickets.forward(t, "転送", to=[Address("", "hanako@midori.example")], by=cast.suzuki),
    "public comment": lambda cast, t: tickets.comment(t, "公開", public=True, by=cast.suzuki),
    "edit": lambda cast, t: tickets.edit(t, {"subject": "改"}, by=cast.suzuki),
    "tag": lambda cast, t: tickets.tag(t, ["札"], by=cast.suzuki),
    "file": lambda cast, t: tickets.add_file(t, "a.txt", "text/plain", b"x", by=cast.suzuki),
    "follow": lambda cast, t: tickets.follow(t, [cast.suzuki.agent], by=cast.suzuki),
}


@pytest.mark.parametrize("level", [None, Permission.READ, Permission.RESTRICTED])
def test_who_waited_at_the_lock_while_the_share_was_narrowed_writes_nothing(level: Permission | None) -> None:
    cast = gather()
    for name, write in WRITES.items():
        ticket = open_one(cast)
        tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)

        def narrow(ticket: Ticket = ticket) -> None:
            if level is None:
                tickets.unshare(fresh(ticket), [cast.billing], by=cast.sato)
            else:
                tickets.share(fresh(ticket), [Wish(cast.billing, level)], by=cast.sato)

        count = Event.objects.filter(ticket=ticket).count()
        outcome = held(ticket, lambda write=write, ticket=ticket: write(cast, fresh(ticket)), narrow)
        assert isinstance(outcome, Hidden if level is None else Denied), (name, outcome)
        assert Event.objects.filter(ticket=ticket).count() == count + 1, name
        assert not OutboundMail.objects.filter(ticket=ticket).exists(), name


def test_a_ticket_is_moved_while_it_is_shared_with_where_it_goes() -> None:
    cast = gather()
    for _round in range(ROUNDS):
        ticket = open_one(cast)
        found = at_once(
            lambda ticket=ticket: tickets.move(fresh(ticket), cast.billing, by=cast.admin),
            lambda ticket=ticket: tickets.share(fresh(ticket), [Wish(cast.billing)], by=cast.admin),
        )
        assert all(not isinstance(one, Exception) or isinstance(one, Refused) for one in found), found
        assert not Share.objects.filter(ticket=ticket).exists(), "no department shares with itself"
        assert access.level(cast.suzuki, fresh(ticket)) == access.Level.OWN
    assert sharing.differing() == []


def test_shared_while_it_is_merged_away_the_share_lies_without_effect() -> None:
    cast = gather()
    for _round in range(ROUNDS):
        main, other = open_one(cast), open_one(cast)
        at_once(
            lambda main=main, other=other: tickets.merge(fresh(main), [fresh(other)], by=cast.sato),
            lambda other=other: tickets.share(fresh(other), [Wish(cast.billing)], by=cast.tanaka),
        )
        for ticket in (fresh(main), fresh(other)):
            assert access.level(cast.suzuki, ticket) == access.Level.NONE
    assert sharing.differing() == []


def test_swept_at_once_with_a_renewal_the_renewal_stands_or_the_share_is_over() -> None:
    cast = gather()
    for _round in range(ROUNDS):
        ticket = open_one(cast)
        tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
        with transaction.atomic():
            Share.objects.filter(ticket=ticket).update(expires_at=timezone.now() - timedelta(seconds=1))
            sharing.mend(ticket.pk)
        found = at_once(
            sharing.end_expired,
            sharing.end_expired,
            lambda ticket=ticket: tickets.share(fresh(ticket), [Wish(cast.billing, expires_at=None)], by=cast.sato),
        )
        assert [one for one in found if isinstance(one, Exception)] == []
        assert access.level(cast.suzuki, fresh(ticket)) == access.Level.FULL
    assert sharing.differing() == []
