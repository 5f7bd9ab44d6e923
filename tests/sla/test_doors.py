"""Due times and business times as agents and clients see them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.board import modes, moving
from madoguchi.models import Ticket
from madoguchi.people.tokens import make_token
from tests.cast import open_one
from tests.doors.api.conftest import Caller
from tests.sla.conftest import aim, at, due, when


@pytest.fixture
def sato(cast) -> Caller:
    return Caller(make_token(cast.sato.agent, "test", by=Actor.desk())[1])


@pytest.fixture
def client_of_sato(cast) -> Client:
    client = Client()
    client.force_login(cast.sato.agent)
    return client


def shown(client: Client, ticket: Ticket) -> str:
    response = client.get(f"/tickets/{ticket.number}/")
    assert response.status_code == 200, response.headers
    return response.content.decode()


def test_the_ticket_says_by_when_it_is_to_be_answered_and_that_it_is_late(cast, client_of_sato):
    aim(cast.support, response=4, resolution=30)
    ticket = when(timezone.now() - timedelta(hours=5), open_one, cast)
    text = shown(client_of_sato, ticket)
    assert "一次返信：1時間 超過" in text and "返信期限" in text and "残り 24時間" in text
    tickets.reply(ticket, "はい", by=cast.sato)
    text = shown(client_of_sato, ticket)
    assert "期限後に返信" in text and "一次返信：" not in text


def test_answered_in_time_it_says_so(cast, client_of_sato):
    aim(cast.support, response=4)
    ticket = open_one(cast)
    tickets.reply(ticket, "はい", by=cast.sato)
    assert "期限内に返信" in shown(client_of_sato, ticket)


def test_clocks_that_rest_say_so(cast, client_of_sato):
    aim(cast.support, response=4, resolution=10)
    ticket = open_one(cast)
    tickets.hold(ticket, by=cast.sato)
    text = shown(client_of_sato, ticket)
    assert "保留中のため一時停止しています" in text
    assert "一時停止中（残り 10時間）" in text or "一時停止中（残り 9時間）" in text
    assert "一時停止中" in client_of_sato.get("/tickets/?view=all").content.decode()


def test_without_a_target_no_clock_rests(cast, client_of_sato):
    ticket = open_one(cast)
    tickets.hold(ticket, by=cast.sato)
    for page in (client_of_sato.get("/tickets/?view=all").content.decode(), shown(client_of_sato, ticket)):
        assert "一時停止中" not in page


def test_a_chosen_date_is_shown_on_hold_as_well(cast, client_of_sato):
    ticket = open_one(cast, more={"due_at": timezone.now() + timedelta(hours=5, minutes=30)}, by=cast.sato)
    tickets.hold(ticket, by=cast.sato)
    assert "残り 5時間" in shown(client_of_sato, ticket)
    assert "残り 5時間" in client_of_sato.get("/tickets/?view=all").content.decode()


def test_a_client_that_sets_the_due_date_chooses_it_and_one_that_sends_the_priority_renews_it(cast, office, sato):
    now = timezone.now()
    made = sato.post(
        "/tickets",
        {
            "subject": "電話",
            "departmentId": str(cast.support.pk),
            "contactId": str(cast.yamada.pk),
            "channel": "Phone",
            "priority": "Urgent",
        },
    ).json()
    ticket = Ticket.objects.get(pk=made["id"])
    assert made["dueDate"] is not None and made["responseDueDate"] is not None and ticket.due_by_target
    sato.patch(f"/tickets/{made['id']}", {"dueDate": "2030-01-02T03:04:05.000Z"})
    ticket.refresh_from_db()
    assert not ticket.due_by_target and ticket.due_at is not None and ticket.due_at.year == 2030
    sato.patch(f"/tickets/{made['id']}", {"priority": "Low"})
    ticket.refresh_from_db()
    assert ticket.due_at.year == 2030 and ticket.response_due_at is None and ticket.created_at >= now


def test_metrics_have_the_business_times_beside(cast, office, sato):
    ticket = when(at(2, 17), open_one, cast)
    when(at(4, 10), tickets.reply, ticket, "はい", by=cast.sato)
    when(at(4, 11), tickets.hold, ticket, by=cast.sato)
    when(at(5, 9), tickets.close, ticket, by=cast.sato)
    found = sato.get(f"/tickets/{ticket.pk}/metrics").json()
    assert (found["firstResponseTime"], found["onHoldTime"], found["resolutionTime"]) == (
        "41:00 hrs",
        "22:00 hrs",
        "64:00 hrs",
    )
    assert found["business"] == {
        "firstResponseTime": "02:00 hrs",
        "totalResponseTime": "02:00 hrs",
        "onHoldTime": "06:00 hrs",
        "resolutionTime": "09:00 hrs",
    }
    Ticket.objects.filter(pk=ticket.pk).update(
        first_response_business_s=None, resolution_business_s=None, on_hold_business_s=None
    )
    never = sato.get(f"/tickets/{ticket.pk}/metrics").json()["business"]
    assert never == {
        **found["business"],
        "firstResponseTime": "41:00 hrs",
        "onHoldTime": "22:00 hrs",
        "resolutionTime": "64:00 hrs",
    }


def test_dropping_a_card_on_a_day_chooses_that_day(cast, office):
    ticket = when(at(2, 9), open_one, cast)
    with timezone.override("Asia/Tokyo"):
        when(
            at(2, 11),
            moving.move,
            Ticket.objects.with_people().get(pk=ticket.pk),
            modes.find("due"),
            "later",
            by=cast.sato,
        )
    assert due(ticket)[1] == at(3, 18) and not ticket.due_by_target
