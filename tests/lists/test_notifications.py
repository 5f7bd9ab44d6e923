"""The list of what an agent was told, and the number on the bell (SPEC D9, S6)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.lists import unread
from madoguchi.lists.notifications import MOST_UNREAD, page, unread_count
from madoguchi.models import Agent, Event, Membership, Notification, Permission, Share, Ticket
from madoguchi.people.notifications import KEPT_DAYS, forget_old, mark_read
from madoguchi.record import now
from madoguchi.tickets import Wish
from tests.cast import Cast, open_one
from tests.reactions.telling import forget, fresh, tell, told


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """One nobody is told of any more."""
    found = open_one(cast)
    forget()
    return found


def call_suzuki(cast: Cast, ticket: Ticket, level: Permission = Permission.READ) -> None:
    tickets.share(ticket, [Wish(cast.billing, level)], by=cast.sato)
    tickets.comment(ticket, "@鈴木 大輔 請求を確認してください。", by=cast.sato)
    tell()


AT_THE_BELL = f"SELECT {unread.COUNT} FROM madoguchi_agent a JOIN madoguchi_role r ON r.id = a.role_id WHERE a.id = %s"


def seen(actor: Actor) -> tuple[list[str], int]:
    """The list, and the number, which is the same at the bell."""
    assert actor.agent is not None
    number = unread_count(fresh(actor))
    with connection.cursor() as cursor:
        cursor.execute(AT_THE_BELL.replace("%", "%%").replace("%%s", "%s"), [actor.agent.pk])
        ((at_the_bell, _newest),) = cursor.fetchone()
    assert at_the_bell == number
    return told(actor), number


def many(cast: Cast, ticket: Ticket, n: int) -> None:
    event = Event.objects.filter(ticket=ticket).first()
    assert event is not None
    copies = Event.objects.bulk_create(
        Event(ticket=ticket, verb=event.verb, door="page", entry=event.entry, by_contact=event.by_contact)
        for _n in range(n)
    )
    Notification.objects.bulk_create(
        Notification(agent=cast.sato.agent, kind="created", ticket=ticket, event=event) for event in copies
    )


def test_a_line_says_who_did_what_on_which_ticket_and_how_it_begins(cast, ticket):
    call_suzuki(cast, ticket)
    with translation.override("ja"):
        (row,) = page(fresh(cast.suzuki)).rows
    assert (row.kind, row.who, row.text) == ("mentioned", "佐藤 健", "佐藤 健がコメントであなたをメンションしました")
    assert (row.excerpt, row.number, row.subject) == (
        "@鈴木 大輔 請求を確認してください。",
        ticket.number,
        ticket.subject,
    )
    assert row.read_at is None and row.at <= now()
    with translation.override("en"):
        assert page(fresh(cast.suzuki)).rows[0].text == "佐藤 健 mentioned you in a comment"


def test_what_was_deleted_is_not_quoted(cast, ticket):
    call_suzuki(cast, ticket)
    tickets.delete_comment(ticket.entries.last(), by=cast.sato)
    assert page(fresh(cast.suzuki)).rows[0].excerpt == ""


def test_unshared_it_is_gone_at_once_and_shared_again_it_is_back(cast, ticket):
    call_suzuki(cast, ticket)
    assert seen(cast.suzuki) == (["mentioned"], 1)
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    assert seen(cast.suzuki) == ([], 0)
    tickets.share(ticket, [Wish(cast.billing)], by=cast.sato)
    assert seen(cast.suzuki) == (["mentioned"], 1)
    over = now() - timedelta(hours=1)
    Share.objects.update(expires_at=over)
    Ticket.objects.update(shared={str(cast.billing.pk): [3, over.timestamp()]})
    assert seen(cast.suzuki) == ([], 0)


def test_a_ticket_that_left_the_department_is_gone_from_the_list(cast, ticket):
    tickets.comment(ticket, "@田中 美咲", by=cast.sato)
    tell()
    assert seen(cast.tanaka) == (["mentioned"], 1)
    tickets.move(ticket, cast.billing, by=cast.sato)
    assert seen(cast.tanaka) == ([], 0)


def test_who_left_the_department_sees_none_of_its_any_more(cast, ticket):
    open_one(cast)
    tell()
    assert seen(cast.sato) == (["created"], 1)
    Membership.objects.filter(agent=cast.sato.agent).delete()
    assert seen(cast.sato) == ([], 0)


def test_in_the_bin_the_owners_still_see_it_and_receivers_do_not(cast, ticket):
    call_suzuki(cast, ticket)
    tickets.comment(ticket, "@田中 美咲", by=cast.sato)
    tell()
    tickets.trash(ticket, by=cast.sato)
    assert (seen(cast.suzuki), seen(cast.tanaka)) == (([], 0), (["mentioned"], 1))
    tickets.purge(ticket, by=cast.tanaka)
    assert not Notification.objects.exists()


def test_what_another_ticket_still_shows_is_gone_once_it_is_purged(cast, ticket):
    other = open_one(cast, "乙")
    tickets.assign(other, cast.tanaka.agent, by=cast.sato)
    forget()
    tickets.comment(other, "@田中 美咲", by=cast.sato)
    tell()
    tickets.merge(ticket, [other], by=cast.sato)
    other.refresh_from_db()
    tickets.purge(other, by=cast.tanaka)
    assert Ticket.objects.filter(pk=other.pk).exists()
    assert seen(cast.tanaka) == ([], 0)


def test_an_administrator_sees_their_own_and_no_one_elses(cast, ticket):
    tickets.comment(ticket, "@管理 一郎", by=cast.sato)
    tell()
    assert (seen(cast.admin), seen(cast.sato), seen(cast.tanaka)) == ((["mentioned"], 1), ([], 0), ([], 0))
    assert unread_count(Actor(contact=cast.yamada)) == 0


def test_reading(cast, ticket):
    for _n in range(3):
        tickets.comment(ticket, "@田中 美咲 @森 葵", by=cast.sato)
    other = open_one(cast)
    forget_created = Notification.objects.filter(kind="created")
    tickets.comment(other, "@田中 美咲", by=cast.sato)
    tell()
    forget_created.delete()
    newest = page(fresh(cast.tanaka)).rows[0]
    assert mark_read([newest.id], by=cast.light) == 0
    assert mark_read([newest.id], by=cast.tanaka) == mark_read([newest.id], by=cast.tanaka) + 1
    assert unread_count(fresh(cast.tanaka)) == 3
    assert [row.number for row in page(fresh(cast.tanaka), unread_only=True).rows] == [ticket.number] * 3
    assert mark_read(ticket=ticket, by=cast.tanaka) == 3
    assert (unread_count(fresh(cast.tanaka)), unread_count(fresh(cast.light))) == (0, 3)
    assert mark_read(everything=True, by=cast.light) == 3
    assert len(page(fresh(cast.light)).rows) == 3 and not page(fresh(cast.light), unread_only=True).rows


def test_pages_follow_each_other_without_gap_whatever_comes_meanwhile(cast, ticket):
    many(cast, ticket, 70)
    found, cursor = [], ""
    while True:
        one = page(fresh(cast.sato), cursor)
        found += [row.id for row in one.rows]
        many(cast, ticket, 1)
        if not (cursor := one.older):
            break
    assert len(found) == 70 and found == sorted(found, reverse=True)
    assert [row.id for row in page(fresh(cast.sato), "rubbish").rows][-1] > found[-1]


def test_the_count_ends_at_a_hundred(cast, ticket):
    many(cast, ticket, MOST_UNREAD + 20)
    assert unread_count(fresh(cast.sato)) == MOST_UNREAD


def test_a_few_that_are_seen_are_found_behind_many_that_are_not(cast, ticket):
    many(cast, ticket, 3)
    other = open_one(cast, department=cast.delivery, mailbox=None)
    many(cast, other, MOST_UNREAD + 1)
    assert unread_count(fresh(cast.sato)) == 3


def test_the_number_costs_one_statement_and_the_list_as_many_for_three_as_for_thirty(cast, ticket):
    def cost(act):
        actor = fresh(cast.sato)
        assert actor.agent is not None and actor.agent.own_department_ids
        with CaptureQueriesContext(connection) as asked:
            act(actor)
        return len(asked)

    many(cast, ticket, 3)
    few = cost(page)
    assert (cost(unread_count), few) == (1, 1)
    many(cast, ticket, 30)
    assert (cost(unread_count), cost(page)) == (1, few)


def test_old_ones_are_forgotten(cast, ticket):
    many(cast, ticket, 3)
    first, second, _third = Notification.objects.order_by("pk")
    long_ago = now() - timedelta(days=KEPT_DAYS, seconds=1)
    Notification.objects.filter(pk__in=[first.pk, second.pk]).update(created_at=long_ago)
    assert forget_old() == 2
    assert Notification.objects.count() == 1


def test_an_agent_who_is_deleted_takes_theirs_along(cast, ticket):
    tickets.comment(ticket, "@森 葵", by=cast.sato)
    tell()
    Agent.objects.filter(pk=cast.light.agent.pk).delete()
    assert not Notification.objects.exists()


def test_what_was_read_is_taken_off_the_bell_but_not_off_more_than_it_counts():
    few, most = unread.Unread(3, 9), unread.Unread(unread.MOST, 200)
    few.less(2)
    most.less(2)
    assert (few.n, most.n) == (1, unread.MOST)
    few.less(2)
    assert few.n == 0
