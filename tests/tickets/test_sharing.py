"""Sharing with other departments (SPEC S): what is written, what is refused, what ends it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import access, tickets
from madoguchi.access import Level
from madoguchi.errors import Denied, Hidden, Refused, Stale
from madoguchi.models import Department, Event, Permission, Share, Ticket
from madoguchi.tickets import Wish, sharing
from tests.cast import Cast, open_one


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return open_one(cast)


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)


def test_a_share_gives_its_department_what_its_level_says_and_no_new_ticket(cast: Cast, ticket: Ticket) -> None:
    tickets.share(ticket, [Wish(cast.billing), Wish(cast.delivery, Permission.READ)], by=cast.sato)
    found = again(ticket)
    assert access.level(cast.suzuki, found) == Level.FULL
    assert access.level(cast.ito, found) == Level.READ
    assert access.level(cast.sato, found) == Level.OWN
    assert Ticket.objects.count() == 1
    assert not sharing.differing()


def test_what_is_wrong_with_a_share_is_said_and_nothing_is_shared(cast: Cast, ticket: Ticket) -> None:
    off = Department.objects.create(name="休止中", is_enabled=False)
    past = timezone.now() - timedelta(minutes=1)
    many = [Wish(Department.objects.create(name=f"部門{n}")) for n in range(11)]
    wrong = {
        "SHARE_OWNER": [Wish(cast.billing), Wish(cast.support)],
        "SHARE_TWICE": [Wish(cast.billing), Wish(cast.billing, Permission.READ)],
        "SHARE_DISABLED": [Wish(cast.billing), Wish(off)],
        "SHARE_EXPIRY": [Wish(cast.billing), Wish(cast.delivery, expires_at=past)],
        "SHARE_REASON": [Wish(cast.billing), Wish(cast.delivery, reason="長" * 501)],
        "SHARE_COUNT": many,
    }
    for code, wishes in wrong.items():
        for verb in (tickets.share, tickets.set_shares):
            with pytest.raises(Refused) as refusal:
                verb(ticket, wishes, by=cast.sato)
            assert refusal.value.code == code
    assert not Share.objects.exists()
    assert again(ticket).shared == {}
    assert not Event.objects.filter(verb__startswith="ticket.share").exists()


def test_a_list_replaces_all_and_each_kind_of_change_is_one_event(cast: Cast, ticket: Ticket) -> None:
    tickets.share(ticket, [Wish(cast.billing), Wish(cast.delivery)], by=cast.sato)
    third = Department.objects.create(name="技術")
    tickets.set_shares(ticket, [Wish(cast.billing, Permission.READ), Wish(third)], by=cast.sato)
    events = Event.objects.filter(ticket=ticket, verb__contains="share").order_by("id")
    told = [(e.verb, [s["department"]["label"] for s in e.after["shares"]]) for e in events]
    assert told == [
        ("ticket.shared", ["経理", "配送"]),
        ("ticket.unshared", ["配送"]),
        ("ticket.share_changed", ["経理"]),
        ("ticket.shared", ["技術"]),
    ]
    assert again(ticket).shared == {str(cast.billing.pk): [1, None], str(third.pk): [3, None]}
    assert not sharing.differing()
    tickets.set_shares(ticket, [Wish(cast.billing, Permission.READ), Wish(third)], by=cast.sato)
    assert Event.objects.filter(ticket=ticket, verb__contains="share").count() == 4


def test_what_someone_else_changed_meanwhile_is_not_overwritten(cast: Cast, ticket: Ticket) -> None:
    tickets.share(ticket, [Wish(cast.billing), Wish(cast.delivery)], by=cast.sato)
    seen: dict[int, Wish | None] = {cast.billing.pk: Wish(cast.billing), cast.delivery.pk: Wish(cast.delivery)}
    tickets.share(again(ticket), [Wish(cast.billing, Permission.READ)], by=cast.tanaka)
    wishes = [Wish(cast.billing, Permission.RESTRICTED), Wish(cast.delivery, Permission.READ)]
    with pytest.raises(Stale) as stale:
        tickets.share(ticket, wishes, expected=seen, by=cast.sato)
    assert [change["field"] for change in stale.value.changes] == [cast.billing.pk]
    assert {s.department_id: s.level for s in Share.objects.all()} == {cast.billing.pk: 1, cast.delivery.pk: 3}
    tickets.share(ticket, wishes[1:], expected=seen, by=cast.sato)
    tickets.unshare(again(ticket), [cast.billing], by=cast.tanaka)
    with pytest.raises(Stale):
        tickets.share(ticket, wishes[:1], expected=seen, by=cast.sato)
    with pytest.raises(Stale):
        tickets.share(ticket, [Wish(cast.delivery)], expected={cast.delivery.pk: None}, by=cast.sato)


def test_receivers_may_not_share_change_or_end_it(cast: Cast, ticket: Ticket) -> None:
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    for act in (
        lambda: tickets.share(again(ticket), [Wish(cast.delivery)], by=cast.suzuki),
        lambda: tickets.set_shares(again(ticket), [], by=cast.suzuki),
        lambda: tickets.unshare(again(ticket), [cast.billing], by=cast.suzuki),
    ):
        with pytest.raises(Denied):
            act()
    with pytest.raises(Hidden):
        tickets.unshare(again(ticket), [cast.billing], by=cast.ito)
    assert Share.objects.count() == 1


def test_a_share_that_ended_while_someone_wrote_lets_nothing_through(cast: Cast, ticket: Ticket) -> None:
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    mine = again(ticket)
    tickets.set_shares(ticket, [Wish(cast.billing, Permission.READ)], by=cast.sato)
    with pytest.raises(Denied):
        tickets.comment(mine, "公開", public=True, by=cast.suzuki)
    mine = again(ticket)
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    with pytest.raises(Hidden):
        tickets.comment(mine, "メモ", by=cast.suzuki)


def test_a_share_whose_time_is_over_has_no_effect_and_is_swept(cast: Cast, ticket: Ticket) -> None:
    until = timezone.now() + timedelta(hours=1)
    tickets.share(ticket, [Wish(cast.billing, expires_at=until), Wish(cast.delivery)], by=cast.sato)
    Share.objects.filter(department=cast.billing).update(expires_at=timezone.now() - timedelta(seconds=1))
    sharing.mend(ticket.pk)
    assert access.level(cast.suzuki, again(ticket)) == Level.NONE
    assert sharing.end_expired() == 1
    assert [share.department_id for share in Share.objects.all()] == [cast.delivery.pk]
    event = Event.objects.get(verb="ticket.unshared")
    assert event.agent is None
    assert event.after["because"] == "expired"
    assert sharing.end_expired() == 0


def test_shares_of_a_trashed_ticket_lie_without_effect_until_it_comes_back(cast: Cast, ticket: Ticket) -> None:
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    tickets.trash(ticket, by=cast.sato)
    assert access.level(cast.suzuki, again(ticket)) == Level.NONE
    tickets.restore(ticket, by=cast.tanaka)
    assert access.level(cast.suzuki, again(ticket)) == Level.FULL


def test_moved_to_a_department_it_was_shared_with_the_share_is_over(cast: Cast, ticket: Ticket) -> None:
    tickets.share(ticket, [Wish(cast.billing), Wish(cast.delivery, Permission.READ)], by=cast.sato)
    tickets.move(ticket, cast.billing, by=cast.sato)
    found = again(ticket)
    assert access.level(cast.suzuki, found) == Level.OWN
    assert access.level(cast.ito, found) == Level.READ
    assert access.level(cast.sato, found) == Level.NONE
    assert not sharing.differing()


def test_the_order_of_the_shared_view_follows_the_ticket(cast: Cast, ticket: Ticket) -> None:
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    tickets.comment(ticket, "見てください", by=cast.sato)
    assert Share.objects.get().changed_at == again(ticket).modified_at
