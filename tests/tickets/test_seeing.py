"""Who can see a ticket, and why (SPEC S10): the same answer as `access`, turned round."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from madoguchi import access, people, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Hidden
from madoguchi.models import Agent, Contact, Permission, Role, Ticket
from madoguchi.organisation.founding import add_agent
from madoguchi.tickets import Wish
from madoguchi.tickets.seeing import MOST_NAMES, Sight, who_sees
from tests.cast import Cast, open_one


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return open_one(cast)


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.with_people().get(pk=ticket.pk)


def told(sight: Sight) -> list[tuple[str, str, list[str]]]:
    return [(g.why, g.department.name if g.department else "", [p.name for p in g.people]) for g in sight.agents]


def test_owners_administrators_and_each_share_are_named_with_their_reason(cast: Cast, ticket: Ticket) -> None:
    until = timezone.now() + timedelta(days=3)
    wish = Wish(cast.billing, Permission.RESTRICTED, until, "決済エラーの調査")
    tickets.share(ticket, [wish, Wish(cast.delivery)], by=cast.sato)
    sight = who_sees(again(ticket), by=cast.suzuki)
    assert told(sight) == [
        ("department", "サポート", ["佐藤 健", "森 葵", "田中 美咲"]),
        ("administrator", "", ["管理 一郎"]),
        ("share", "経理", ["鈴木 大輔"]),
        ("share", "配送", ["伊藤 玲"]),
    ]
    assert [(g.level, g.n, g.light_n) for g in sight.agents] == [(4, 3, 1), (4, 1, 0), (2, 1, 0), (3, 1, 0)]
    share = sight.agents[2].share
    assert share is not None
    assert (share.expires_at, share.reason, share.by) == (until, "決済エラーの調査", cast.sato.agent)
    assert [p.name for p in sight.agents[0].people if p.is_light] == ["森 葵"]


def test_it_says_of_every_agent_what_access_says(cast: Cast, ticket: Ticket) -> None:
    tickets.share(ticket, [Wish(cast.billing, Permission.READ)], by=cast.sato)
    cast.billing.memberships.create(agent=cast.tanaka.agent)
    Agent.objects.filter(pk=cast.light.agent.pk).update(is_active=False)
    found = again(ticket)
    sight = who_sees(found, by=cast.sato)
    named = {person.id for group in sight.agents for person in group.people}
    everybody = Agent.objects.for_request().filter(is_active=True)
    may = {a.pk for a in everybody if access.can(Actor(agent=a, door="page"), "read", found)}
    assert named == may
    assert sight.agents_n == len(may)


def test_what_has_no_effect_is_not_told(cast: Cast, ticket: Ticket) -> None:
    tickets.share(ticket, [Wish(cast.billing), Wish(cast.delivery)], by=cast.sato)
    cast.delivery.is_enabled = False
    cast.delivery.save()
    assert [g.why for g in who_sees(again(ticket), by=cast.sato).agents] == ["department", "administrator", "share"]
    tickets.trash(ticket, by=cast.sato)
    sight = who_sees(again(ticket), by=cast.sato)
    assert [g.why for g in sight.agents] == ["department", "administrator"]
    assert sight.customers == []


def test_customers_are_told_with_what_they_see(cast: Cast, ticket: Ticket) -> None:
    colleague = people.identify("boss@midori.example", "部長 一", by=Actor.desk())
    people.identify("other@midori.example", "同僚 二", by=Actor.desk())
    Contact.objects.filter(pk=colleague.pk).update(sees_account=True)
    tickets.add_secondary_contacts(ticket, [cast.takahashi], by=cast.sato)
    sight = who_sees(again(ticket), by=cast.sato)
    assert [(g.why, [p.name for p in g.people]) for g in sight.customers] == [
        ("requester", ["山田 花子"]),
        ("account", ["部長 一"]),
        ("copies", ["高橋 誠"]),
    ]


def test_hundreds_of_agents_cost_what_one_costs(cast: Cast, ticket: Ticket) -> None:
    tickets.share(ticket, [Wish(cast.billing), Wish(cast.delivery)], by=cast.sato)

    def statements() -> int:
        found = again(ticket)
        with CaptureQueriesContext(connection) as asked:
            who_sees(found, by=cast.sato)
        return len(asked)

    few = statements()
    for n in range(40):
        add_agent(
            f"a{n}@demo.example", f"担当{n:02}", "", base=Role.Base.AGENT, departments=[cast.billing], password=""
        )
    assert statements() == few <= 8
    group = who_sees(again(ticket), by=cast.sato).agents[2]
    assert (group.n, len(group.people)) == (41, MOST_NAMES)


def test_who_does_not_see_the_ticket_is_told_nothing(cast: Cast, ticket: Ticket) -> None:
    with pytest.raises(Hidden):
        who_sees(ticket, by=cast.suzuki)
