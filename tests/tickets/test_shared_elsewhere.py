"""Shares and everything else that happens to a ticket: merging, assigning, following, mail, people who are two things."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from madoguchi import access, people, tickets
from madoguchi.access import Level
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.kit.addresses import Address
from madoguchi.models import Entry, Follower, Membership, Permission, Share, Ticket
from madoguchi.people import help_sessions
from madoguchi.tickets import Wish, sharing
from madoguchi.tickets.timeline import may_read_file
from tests.cast import Cast, open_one
from tests.mails import mail, take_in


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)


def page(cast: Cast, who: Actor) -> Client:
    client = Client()
    client.force_login(who.agent)
    return client


@pytest.fixture
def pair(cast: Cast) -> tuple[Ticket, Ticket]:
    """One shared with billing, the other with delivery."""
    main, other = open_one(cast, "主"), open_one(cast, "従")
    tickets.share(main, [Wish(cast.billing)], by=cast.sato)
    tickets.share(other, [Wish(cast.delivery, Permission.FULL)], by=cast.sato)
    return main, other


@pytest.mark.parametrize("swap", [False, True])
def test_shares_do_not_travel_in_a_merge_and_are_in_force_again_after_a_restore(
    cast: Cast, pair: tuple[Ticket, Ticket], swap: bool
) -> None:
    main, other = pair
    file = tickets.add_file(other, "秘.txt", "text/plain", b"x", by=cast.sato)
    numbers = (main.number, other.number)
    tickets.merge(main, [other], keep={"number": other} if swap else {}, by=cast.sato)
    assert access.shared_with(again(main)) == {cast.billing.pk: Level.FULL}
    assert [access.level(who, again(main)) for who in (cast.suzuki, cast.ito)] == [Level.FULL, Level.NONE]
    assert access.level(cast.ito, again(other)) == Level.NONE
    for number in numbers:
        assert page(cast, cast.ito).get(f"/tickets/{number}/", follow=True).status_code == 404
        assert page(cast, cast.suzuki).get(f"/tickets/{number}/", follow=True).status_code == 200
    file = type(file).objects.get(pk=file.pk)
    assert not may_read_file(file, by=cast.ito)
    assert may_read_file(file, by=cast.suzuki), "whoever sees main sees what it shows"
    tickets.restore(again(other), by=cast.tanaka)
    assert access.level(cast.ito, again(other)) == Level.FULL
    assert access.level(cast.ito, again(main)) == Level.NONE
    assert may_read_file(type(file).objects.get(pk=file.pk), by=cast.ito)
    assert sharing.differing() == []


def test_what_a_receiver_was_writing_on_a_ticket_merged_away_is_shown_to_nobody(
    cast: Cast, pair: tuple[Ticket, Ticket]
) -> None:
    main, other = pair
    tickets.save_draft(again(other), "reply", {"body": "配送の下書き"}, seen=2**62, by=cast.ito)
    tickets.merge(main, [other], by=cast.sato)
    assert tickets.drafts_of(cast.ito, 10) == []
    for who in (cast.sato, cast.suzuki):
        assert "配送の下書き" not in page(cast, who).get(f"/tickets/{main.number}/").content.decode()
    with pytest.raises(Hidden):
        tickets.carry_draft(again(main), "reply", {"body": "続き"}, by=cast.ito)


def test_expired_shares_of_a_merged_ticket_do_not_come_back(cast: Cast, pair: tuple[Ticket, Ticket]) -> None:
    main, other = pair
    tickets.merge(main, [other], by=cast.sato)
    Share.objects.filter(ticket=other).update(expires_at=timezone.now() - timedelta(seconds=1))
    sharing.mend(other.pk)
    assert sharing.end_expired() == 0, "nothing is written on a ticket that was merged away"
    tickets.restore(again(other), by=cast.tanaka)
    assert access.level(cast.ito, again(other)) == Level.NONE
    assert sharing.end_expired() == 1
    assert sharing.differing() == []


def test_nobody_of_a_receiving_department_becomes_assignee_by_any_way(cast: Cast, pair: tuple[Ticket, Ticket]) -> None:
    main, _other = pair
    for by in (cast.sato, cast.admin):
        with pytest.raises(Refused):
            tickets.assign(again(main), cast.suzuki.agent, by=by)
    for by in (cast.suzuki, cast.ito):
        with pytest.raises((Denied, Hidden)):
            tickets.assign(again(main), by.agent, by=by)
    assert again(main).assignee_id is None


def test_a_receiver_follows_as_long_as_it_is_shared_and_an_outsider_never(
    cast: Cast, pair: tuple[Ticket, Ticket]
) -> None:
    main, _other = pair
    tickets.follow(again(main), [cast.suzuki.agent], by=cast.suzuki)
    with pytest.raises(Refused):
        tickets.follow(again(main), [cast.ito.agent], by=cast.suzuki)
    tickets.unshare(main, [cast.billing], by=cast.sato)
    assert Follower.objects.filter(ticket=main).count() == 1, (
        "kept for when it is shared again; tells nothing meanwhile"
    )
    assert not access.can(cast.suzuki, "read", again(main))


def test_who_works_in_both_departments_stands_by_the_nearer_one(cast: Cast, pair: tuple[Ticket, Ticket]) -> None:
    main, _other = pair
    tickets.share(main, [Wish(cast.billing, Permission.READ), Wish(cast.delivery, Permission.RESTRICTED)], by=cast.sato)
    Membership.objects.create(agent=cast.suzuki.agent, department=cast.delivery)
    assert access.level(cast.actor(cast.suzuki.agent), again(main)) == Level.RESTRICTED, "the better of two shares"
    Membership.objects.create(agent=cast.suzuki.agent, department=cast.support)
    assert access.level(cast.actor(cast.suzuki.agent), again(main)) == Level.OWN
    tickets.unshare(main, [cast.billing, cast.delivery], by=cast.sato)
    assert access.level(cast.actor(cast.suzuki.agent), again(main)) == Level.OWN


def test_mail_from_a_receiving_agent_is_mail_of_a_stranger_and_never_public(cast: Cast) -> None:
    """By mail nobody acts as an agent: what arrives from their address is what any address may send, and private."""
    got = take_in(mail("相談", "返金したい", sender="hanako@midori.example"))
    tickets.share(got.ticket, [Wish(cast.billing, Permission.READ)], by=cast.sato)
    answer = take_in(mail(f"Re: [#{got.ticket.number}] 相談", "完了にします", sender="suzuki@demo.example"))
    assert answer.ticket != got.ticket, "who takes no part in it opens a ticket of their own"
    tickets.forward(again(got.ticket), "確認を", to=[_address("suzuki@demo.example")], by=cast.sato)
    asked = Entry.objects.get(is_forward=True)
    reply = mail("Re: Fwd: 相談", "経理です", sender="suzuki@demo.example", answers=asked.message_id)
    entry = take_in(reply).entry
    assert (entry.ticket, entry.is_public, entry.agent_id) == (got.ticket, False, None)


def _address(text: str) -> Address:
    return Address("", text)


def test_a_customer_who_is_also_an_agent_is_each_by_the_door_they_come_through(cast: Cast) -> None:
    contact = people.identify("suzuki@demo.example", "鈴木 大輔", by=Actor.desk())
    mine = open_one(cast, "鈴木の問い合わせ", contact=contact)
    tickets.comment(mine, "社外秘のメモ", by=cast.sato)
    help_center = Client()
    help_center.cookies["madoguchi_help"] = help_sessions.begin(contact, by_link=True)
    shown = help_center.get(f"/help/tickets/{mine.number}/")
    assert shown.status_code == 200 and "社外秘のメモ" not in shown.content.decode()
    desk = page(cast, cast.suzuki)
    assert desk.get(f"/tickets/{mine.number}/").status_code == 404
    tickets.share(mine, [Wish(cast.billing, Permission.READ)], by=cast.sato)
    assert "社外秘のメモ" in desk.get(f"/tickets/{mine.number}/").content.decode()
    assert "社外秘のメモ" not in help_center.get(f"/help/tickets/{mine.number}/").content.decode()
    with pytest.raises(Denied):
        tickets.forward(again(mine), "自分へ", to=[_address("suzuki@demo.example")], by=cast.suzuki)


def test_restricted_access_does_not_forward_to_itself_where_it_is_the_requester(cast: Cast) -> None:
    contact = people.identify("suzuki@demo.example", "鈴木 大輔", by=Actor.desk())
    mine = open_one(cast, "鈴木の問い合わせ", contact=contact)
    tickets.share(mine, [Wish(cast.billing, Permission.RESTRICTED)], by=cast.sato)
    with pytest.raises(Refused) as refusal:
        tickets.forward(again(mine), "自分へ", to=[_address("suzuki@demo.example")], by=cast.suzuki)
    assert refusal.value.code == "FORWARD_TO_REQUESTER"


def test_a_receiving_supervisor_light_agent_and_administrator_have_what_their_role_leaves(
    cast: Cast, pair: tuple[Ticket, Ticket]
) -> None:
    main, _other = pair
    Membership.objects.filter(agent=cast.light.agent).update(department=cast.billing)
    Membership.objects.filter(agent=cast.tanaka.agent).update(department=cast.billing)
    light, supervisor = cast.actor(cast.light.agent), cast.actor(cast.tanaka.agent)
    note = tickets.comment(again(main), "佐藤のメモ", by=cast.sato)
    tickets.comment(again(main), "森の所見", by=light)
    for act in (
        lambda: tickets.reply(again(main), "返信", by=light),
        lambda: tickets.delete_comment(note, by=supervisor),
        lambda: tickets.restore(again(main), by=supervisor),
        lambda: tickets.close(again(main), by=supervisor),
        lambda: tickets.reopen(again(main), by=supervisor),
    ):
        with pytest.raises(Denied):
            act()
    tickets.close(again(main), by=cast.admin)
