import pytest

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.errors import Newer
from madoguchi.kit.addresses import Address
from madoguchi.models import Entry, OutboundMail

TO = [Address("", "partner@else.example")]


def newest(ticket) -> int:
    return Entry.objects.filter(ticket=ticket).order_by("-pk").first().pk


def customer_writes(cast, ticket) -> Entry:
    customer = Actor(contact=cast.yamada, door="mail")
    message = {"text": "追伸です", "from_name": "山田 花子", "from_address": "hanako@midori.example"}
    return tickets.receive(ticket, message, contact=cast.yamada, channel="Email", by=customer)


WRITE = {
    "reply": lambda ticket, by, seen: tickets.reply(ticket, "はい", seen=seen, by=by),
    "forward": lambda ticket, by, seen: tickets.forward(ticket, "はい", to=TO, seen=seen, by=by),
    "public comment": lambda ticket, by, seen: tickets.comment(ticket, "はい", public=True, seen=seen, by=by),
}


@pytest.mark.parametrize("what", WRITE)
def test_writing_over_a_newer_message_is_warned_of_and_nothing_is_sent(cast, ticket, what):
    seen = newest(ticket)
    newer = customer_writes(cast, ticket)
    before = Entry.objects.count(), OutboundMail.objects.count()
    with pytest.raises(Newer) as refusal:
        WRITE[what](ticket, cast.sato, seen)
    assert refusal.value.entries == [newer]
    assert (Entry.objects.count(), OutboundMail.objects.count()) == before
    WRITE[what](ticket, cast.sato, newer.pk)
    assert Entry.objects.count() == before[0] + 1


def test_ones_own_newer_entries_and_deleted_ones_warn_of_nothing(cast, ticket):
    seen = newest(ticket)
    tickets.comment(ticket, "自分のメモ", by=cast.sato)
    tickets.delete_comment(tickets.comment(ticket, "消したメモ", by=cast.tanaka), by=cast.tanaka)
    tickets.reply(ticket, "はい", seen=seen, by=cast.sato)


def test_a_colleagues_private_comment_warns_and_a_private_comment_is_never_warned(cast, ticket):
    seen = newest(ticket)
    tickets.comment(ticket, "返信は待ってください", by=cast.tanaka)
    with pytest.raises(Newer):
        tickets.reply(ticket, "はい", seen=seen, by=cast.sato)
    tickets.comment(ticket, "了解", seen=seen, by=cast.sato)


def test_who_says_nothing_about_what_they_saw_is_not_asked(cast, ticket):
    tickets.reply(ticket, "API から", by=cast.sato)
    tickets.reply(ticket, "API から", by=cast.tanaka)
