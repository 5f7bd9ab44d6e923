from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import record, tally, tickets
from madoguchi.errors import Denied, Hidden, Refused
from madoguchi.models import Entry, Event, OutboundMail, Status
from tests.cast import open_one


def test_a_reply_is_queued_to_the_customer_from_the_address_they_wrote_to(cast, ticket):
    entry = tickets.reply(ticket, "返金処理は完了しています。", by=cast.sato)
    mail = OutboundMail.objects.get(entry=entry)
    assert (mail.state, mail.recipients, mail.mailbox.address) == (
        "QUEUED",
        ["hanako@midori.example"],
        "support@demo.example",
    )
    assert mail.message_id == entry.message_id


def test_the_first_response_counts_from_the_opening_and_every_waiting_message_counts_a_response(cast):
    start = timezone.now() - timedelta(hours=3)
    with record.at(start):
        ticket = open_one(cast)
    with record.at(start + timedelta(minutes=30)):
        tickets.receive(ticket, {"text": "まだでしょうか。"}, contact=cast.yamada, channel="Email", by=cast.sato)
    with record.at(start + timedelta(hours=1)):
        tickets.reply(ticket, "お待たせしました。", by=cast.sato)
    ticket.refresh_from_db()
    assert (ticket.first_response_s, ticket.response_n, ticket.response_s) == (3600, 2, 3600 + 1800)
    assert ticket.waiting == []


def test_a_reply_may_set_the_status_and_the_figures_follow(cast, ticket):
    tickets.reply(ticket, "解決しました。", then=Status.objects.get(name="Closed"), by=cast.sato)
    assert ticket.state == "Closed" and ticket.closed_at is not None
    assert [e.verb for e in Event.objects.filter(ticket=ticket)] == ["ticket.opened", "ticket.replied", "ticket.closed"]
    assert tally.figures() == tally.recount()
    tally.fold()
    assert tally.figures() == tally.recount()


def test_an_agent_of_another_department_cannot_see_the_ticket_and_nothing_changes(cast, ticket):
    with pytest.raises(Hidden):
        tickets.reply(ticket, "見えないはず", by=cast.suzuki)
    with pytest.raises(Denied):
        tickets.reply(ticket, "書けないはず", by=cast.light)
    assert Entry.objects.count() == 1 and not OutboundMail.objects.exists()


def test_an_empty_reply_is_refused_by_name_of_the_field(cast, ticket):
    with pytest.raises(Refused) as refusal:
        tickets.reply(ticket, "  ", by=cast.sato)
    assert (refusal.value.code, refusal.value.field) == ("EMPTY", "content")
