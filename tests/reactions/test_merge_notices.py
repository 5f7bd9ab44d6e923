"""The other assignees are told that their tickets were merged away (SPEC M8)."""

from madoguchi import tickets
from madoguchi.models import Event, OutboundMail
from madoguchi.reactions.notices import tell_of_merge
from tests.cast import Cast, open_one


def merge(cast: Cast, assignee) -> Event:
    first, second = open_one(cast, "甲"), open_one(cast, "乙")
    tickets.assign(second, assignee, by=cast.sato)
    tickets.merge(first, [second], by=cast.sato)
    return Event.objects.get(verb="ticket.merged", ticket=first)


def test_the_assignee_is_told_once_in_their_language(cast):
    cast.tanaka.agent.language = "en"
    cast.tanaka.agent.save()
    event = merge(cast, cast.tanaka.agent)
    assert tell_of_merge(event) == 1
    assert tell_of_merge(event) == 0
    (mail,) = OutboundMail.objects.all()
    merged = event.after["merged"][0]["label"].split()[0]
    assert mail.recipients == ["tanaka@demo.example"] and mail.entry is None
    assert mail.subject == f"{merged} was merged into #{event.ticket.number}"
    cast.tanaka.agent.language = "ja"
    cast.tanaka.agent.save()
    assert tell_of_merge(merge(cast, cast.tanaka.agent)) == 1
    assert "に統合されました" in OutboundMail.objects.first().subject


def test_who_merged_them_and_who_left_are_not(cast):
    assert tell_of_merge(merge(cast, cast.sato.agent)) == 0
    event = merge(cast, cast.tanaka.agent)
    cast.tanaka.agent.is_active = False
    cast.tanaka.agent.save()
    assert tell_of_merge(event) == 0
