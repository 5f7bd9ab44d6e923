"""One reply to all children, each in its own thread (SPEC F8)."""

import pytest

from madoguchi import tickets
from madoguchi.errors import Denied
from madoguchi.models import Entry, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import default_status
from madoguchi.tickets import family
from madoguchi.tickets.family_replying import letters
from tests.cast import Cast, open_one
from tests.tickets.test_family import again, code, states, switch

GREETING = "{{contact.name}} 様\n\n#{{ticket.number}} の件、本日発送しました。"


@pytest.fixture
def matter(cast: Cast) -> list[Ticket]:
    """A parent and two children, one of 山田 and one of 高橋."""
    switch(cast.support)
    parent, one = again(open_one(cast)), again(open_one(cast))
    message = {"text": "まだですか。", "from_name": "高橋 誠", "from_address": "makoto@kita.example"}
    two = again(open_one(cast, "配送", contact=cast.takahashi, message=message))
    family.relate(parent, [one, two], by=cast.sato)
    return [again(parent), again(one), again(two)]


def replies(ticket: Ticket) -> list[Entry]:
    return list(ticket.entries.filter(direction="out").order_by("pk"))


def test_each_customer_gets_it_in_their_own_thread_with_their_own_name(cast: Cast, matter: list[Ticket]) -> None:
    parent, one, two = matter
    outcomes = tickets.reply_to_children(parent, [one, two], GREETING, by=cast.sato)
    assert [outcome.is_done for outcome in outcomes] == [True, True]
    assert [entry.text for entry in replies(two)] == [f"高橋 誠 様\n\n#{two.number} の件、本日発送しました。"]
    assert [person["address"] for person in replies(one)[0].to] == ["hanako@midori.example"]
    assert replies(one)[0].outbound.message_id != replies(two)[0].outbound.message_id
    assert replies(parent) == []


def test_only_the_chosen_ones_get_it(cast: Cast, matter: list[Ticket]) -> None:
    tickets.reply_to_children(matter[0], [matter[2]], "発送しました。", by=cast.sato)
    assert (len(replies(matter[1])), len(replies(matter[2]))) == (0, 1)


def test_what_is_refused_for_one_does_not_stop_the_others(cast: Cast, matter: list[Ticket]) -> None:
    parent, one, two = matter
    text = "{{account.name}} ご担当者様\n\n発送しました。"  # 高橋 has no account
    outcomes = tickets.reply_to_children(parent, [one, two], text, by=cast.sato)
    assert [getattr(outcome.refusal, "code", "") for outcome in outcomes] == ["", "PLACEHOLDER"]
    assert (len(replies(one)), len(replies(two))) == (1, 0)


def test_a_child_that_was_written_to_meanwhile_is_left_out(cast: Cast, matter: list[Ticket]) -> None:
    parent, one, two = matter
    seen = Entry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    tickets.comment(two, "確認中です。", by=cast.tanaka)
    outcomes = tickets.reply_to_children(parent, [one, two], "発送", seen={one.pk: seen, two.pk: seen}, by=cast.sato)
    assert [getattr(outcome.refusal, "code", "") for outcome in outcomes] == ["", "NEWER"]


def test_sending_and_closing_the_last_children_closes_the_parent(cast: Cast, matter: list[Ticket]) -> None:
    switch(cast.support, waits_for_children=True, closes_parent=True)
    parent, one, two = matter
    tickets.reply_to_children(parent, [one, two], "発送しました。", then=default_status(State.CLOSED), by=cast.sato)
    assert states(parent, one, two) == ["Closed"] * 3


def test_one_must_be_allowed_to_reply(cast: Cast, matter: list[Ticket]) -> None:
    outcomes = tickets.reply_to_children(matter[0], matter[1:], "発送しました。", by=cast.light)
    assert all(isinstance(outcome.refusal, Denied) for outcome in outcomes)
    assert not Entry.objects.filter(direction="out").exists()


def test_a_child_one_may_not_see_gets_nothing(cast: Cast, matter: list[Ticket]) -> None:
    switch(cast.delivery)
    foreign = again(open_one(cast, "配送", department=cast.delivery, mailbox=None, by=cast.admin))
    family.relate(matter[0], [foreign], by=cast.admin)
    assert len(tickets.reply_to_children(matter[0], [matter[1], foreign], "発送", by=cast.sato)) == 1
    assert replies(foreign) == []


def test_nothing_chosen_or_nothing_written_is_refused(cast: Cast, matter: list[Ticket]) -> None:
    parent, one, _two = matter
    stranger = again(open_one(cast, "別件"))
    assert code(lambda: tickets.reply_to_children(parent, [stranger], "発送", by=cast.sato)) == "NOTHING_CHOSEN"
    assert code(lambda: tickets.reply_to_children(parent, [one], "  ", by=cast.sato)) == "EMPTY"
    assert replies(one) == []


def test_what_people_typed_stays_text_in_html(cast: Cast, matter: list[Ticket]) -> None:
    tickets.edit(matter[1], {"subject": "<b>太字</b>"}, by=cast.sato)
    made = letters([again(matter[1])], "", "<p>{{ticket.subject}}</p>", by=cast.sato)
    assert "&lt;b&gt;太字" in made[0].html and "<b>" not in made[0].html
