"""The bell on every page, what it holds, the page of all notifications, and whom one can mention."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi import tickets
from madoguchi.access import Level
from madoguchi.actor import Actor
from madoguchi.lists.unread import MOST
from madoguchi.models import Agent, Event, Notification, Ticket
from madoguchi.people import agents
from madoguchi.tickets import Wish
from tests.cast import Cast, open_one
from tests.doors.agent.conftest import text


def tell(actor: Actor, ticket: Ticket, kind: str = "customer_replied", **more: Any) -> Notification:
    """As the worker does."""
    assert actor.agent is not None
    event = Event.objects.filter(ticket=ticket).latest("pk")
    values = {"agent_id": actor.agent.pk, "ticket": ticket, "event": event, "kind": kind, **more}
    return Notification.objects.create(**values)


def events(ticket: Ticket, by: Actor, n: int) -> None:
    for turn in range(n):
        tickets.comment(ticket, f"{turn} つ目のコメント", by=by)


def bell(client: Client, path: str = "/") -> tuple[str, bool]:
    """(what the bell is called, whether its dot shows)"""
    found = re.search(r'aria-label="([^"]+)" title="通知".*?icon-button__dot"( hidden)?', text(client.get(path)), re.S)
    assert found is not None
    return found[1], found[2] is None


def test_the_bell_says_how_much_is_unread(cast, ticket, sato):
    assert bell(sato) == ("通知", False)
    for turn in range(3):
        tickets.comment(ticket, f"{turn}", by=cast.tanaka)
        tell(cast.sato, ticket)
    assert bell(sato) == ("通知（未読 3 件）", True)
    assert bell(sato, "/tickets/") == ("通知（未読 3 件）", True)
    Agent.objects.filter(pk=cast.sato.agent.pk).update(language="en")
    assert "Notifications (3 unread)" in text(sato.get("/"))


def test_from_a_hundred_on_the_bell_says_99_and_more(cast, ticket, sato):
    event = Event.objects.filter(ticket=ticket).latest("pk")
    more = [Event(ticket=ticket, verb=event.verb, at=event.at, door="desk") for _ in range(MOST + 5)]
    rows = [
        Notification(agent=cast.sato.agent, ticket=ticket, event=e, kind="created")
        for e in Event.objects.bulk_create(more)
    ]
    Notification.objects.bulk_create(rows)
    assert bell(sato) == ("通知（未読 99+ 件）", True)


@pytest.mark.parametrize("path", ["/", "/tickets/", "/contacts/", "/settings/responses", "ticket"])
def test_the_bell_costs_no_statement(cast, ticket, sato, statements, path):
    other = open_one(cast, "別件")
    path = reverse("ticket", kwargs={"number": ticket.number}) if path == "ticket" else path
    quiet = statements(sato, path)
    for _turn in range(3):
        tickets.comment(other, "x", by=cast.tanaka)
        tell(cast.sato, other)
    assert statements(sato, path) == quiet and bell(sato, path)[1]


def test_opening_a_ticket_marks_what_was_said_about_it_as_read(cast, ticket, sato):
    other = open_one(cast, "別件")
    here, there, by_mail = tell(cast.sato, ticket), tell(cast.sato, other), None
    tickets.comment(ticket, "x", by=cast.tanaka)
    by_mail = tell(cast.sato, ticket, in_app=False)
    foreign = tell(cast.tanaka, ticket)
    assert bell(sato) == ("通知（未読 2 件）", True)
    assert bell(sato, reverse("ticket", kwargs={"number": ticket.number})) == ("通知（未読 1 件）", True)
    for row in (here, there, by_mail, foreign):
        row.refresh_from_db()
    assert here.read_at and by_mail.read_at and there.read_at is None and foreign.read_at is None


def test_what_one_may_no_longer_see_is_in_neither_bell_nor_list(cast, ticket, sign_in):
    tickets.share(ticket, [Wish(cast.billing, Level.READ)], by=cast.sato)
    tell(cast.suzuki, ticket, "mentioned")
    suzuki = sign_in(cast.suzuki)
    assert bell(suzuki)[1] and ticket.subject in text(suzuki.get(reverse("notifications")))
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    assert bell(suzuki) == ("通知", False)
    for name in ("notifications", "newest_notifications"):
        assert ticket.subject not in text(suzuki.get(reverse(name)))
    tickets.share(ticket, [Wish(cast.billing, Level.READ)], by=cast.sato)
    assert bell(suzuki)[1]
    tickets.mark_spam(ticket, by=cast.sato)
    assert not bell(suzuki)[1]


def test_the_page_lists_by_day_and_leads_to_the_entry(cast, ticket, sato):
    comment = tickets.comment(ticket, "@佐藤 健 確認をお願いします", by=cast.tanaka)
    tell(cast.sato, ticket, "mentioned")
    page = text(sato.get(reverse("notifications")))
    assert f'href="/tickets/{ticket.number}/#entry-{comment.pk}"' in page
    assert "田中 美咲" in page and ticket.subject in page and "今日" in page and "確認をお願いします" in page
    assert "すべて既読にする" in page
    tickets.delete_comment(comment, by=cast.tanaka)
    assert f'href="/tickets/{ticket.number}/"' in text(sato.get(reverse("notifications")))


def test_all_are_marked_as_read_at_once_and_only_ones_own(cast, ticket, sato):
    row, foreign = tell(cast.sato, ticket), tell(cast.tanaka, ticket)
    answer = sato.post(reverse("read_notifications"), {"all": "1", "next": "/notifications/?show=unread"})
    assert (answer.status_code, answer["Location"]) == (303, "/notifications/?show=unread")
    row.refresh_from_db(), foreign.refresh_from_db()
    assert row.read_at and foreign.read_at is None
    page = text(sato.get("/notifications/?show=unread"))
    assert "未読の通知はありません" in page and "すべて既読にする" not in page
    assert ticket.subject in text(sato.get(reverse("notifications")))


def test_single_ones_are_marked_as_read_and_those_of_others_are_not(cast, ticket, sato):
    row, foreign = tell(cast.sato, ticket), tell(cast.tanaka, ticket)
    sato.post(reverse("read_notifications"), {"ids": [row.pk, foreign.pk, "x", "9" * 30]})
    row.refresh_from_db(), foreign.refresh_from_db()
    assert row.read_at and foreign.read_at is None


def test_reading_a_ticket_of_others_is_hidden(cast, ticket, sign_in):
    assert sign_in(cast.suzuki).post(reverse("read_notifications"), {"ticket": ticket.number}).status_code == 404


def test_the_bell_groups_by_ticket_and_answers_a_mark_with_itself(cast, ticket, sato):
    for turn in range(5):
        tickets.comment(ticket, f"{turn}", by=cast.tanaka)
        tell(cast.sato, ticket, "mentioned")
    newest = Notification.objects.latest("pk")
    piece = text(sato.get(reverse("newest_notifications")))
    assert piece.count(f">#{ticket.number}</span>") == 1 and "ほか 2 件" in piece and "<html" not in piece
    assert f'data-n="5" data-label="通知（未読 5 件）" data-newest="{newest.pk}"' in piece
    piece = sato.post(reverse("read_notifications"), {"ticket": ticket.number}, headers={"Live": "1"})
    assert piece.status_code == 200 and 'data-n="0" data-label="通知" data-newest="0"' in text(piece)


def test_pages_of_thirty_by_keyset_at_the_same_cost(cast, ticket, sato, statements):
    def some(n: int) -> None:
        for _turn in range(n):
            tickets.comment(ticket, "x", by=cast.tanaka)
            tell(cast.sato, ticket)

    some(3)
    few = statements(sato, "/notifications/"), statements(sato, "/notifications/newest")
    some(30)
    assert (statements(sato, "/notifications/"), statements(sato, "/notifications/newest")) == few
    assert few[0] <= 5 and few[1] <= 5
    page = text(sato.get("/notifications/"))
    older = re.search(r'href="([^"]+cursor=[^"]+)"[^>]*rel="next"', page)
    assert older and page.count('class="notification ') == 30
    assert text(sato.get(older[1].replace("&amp;", "&"))).count('class="notification ') == 3
    assert sato.get("/notifications/?cursor=nonsense").status_code == 200


def mentionable(client: Client, ticket: Ticket) -> list[str]:
    return [
        one["name"]
        for one in json.loads(client.get(reverse("ticket_mentions", kwargs={"number": ticket.number})).content)[
            "agents"
        ]
    ]


def test_whoever_sees_the_ticket_can_be_mentioned(cast: Cast, ticket, sato, sign_in):
    assert mentionable(sato, ticket) == ["森 葵", "田中 美咲", "管理 一郎"]
    tickets.share(ticket, [Wish(cast.billing, Level.READ)], by=cast.sato)
    assert mentionable(sato, ticket) == ["森 葵", "田中 美咲", "鈴木 大輔", "管理 一郎"]
    assert mentionable(sign_in(cast.suzuki), ticket) == ["佐藤 健", "森 葵", "田中 美咲", "管理 一郎"]
    agents.deactivate_agent(cast.tanaka.agent, by=cast.admin)
    assert mentionable(sato, ticket) == ["森 葵", "鈴木 大輔", "管理 一郎"]
    tickets.unshare(ticket, [cast.billing], by=cast.sato)
    assert mentionable(sato, ticket) == ["森 葵", "管理 一郎"]
    assert sign_in(cast.suzuki).get(reverse("ticket_mentions", kwargs={"number": ticket.number})).status_code == 404
