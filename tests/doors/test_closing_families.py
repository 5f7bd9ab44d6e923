"""Every door that closes × every setting of the three switches (SPEC F2, F5): the parent of two open children, and the last
open child. The rules themselves: tests/tickets/test_family.py.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.models import Event, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation.current import default_status
from madoguchi.people import help_sessions
from madoguchi.tickets import family, family_replying
from tests.cast import Cast, open_one
from tests.doors.api.conftest import Caller
from tests.doors.api.conftest import caller as caller  # the fixture
from tests.reactions.ruled import rule, settle
from tests.tickets.test_family import again, states, switch

SETTINGS: dict[str, dict[str, bool]] = {
    "none": {},
    "a": {"closes_children": True},
    "b": {"waits_for_children": True},
    "c": {"closes_parent": True},
    "a+c": {"closes_children": True, "closes_parent": True},
    "b+c": {"waits_for_children": True, "closes_parent": True},
}
Do = Callable[["Desk", Ticket], Any]


class Desk:
    """佐藤 in a browser and at the API, and 山田 in the help center."""

    def __init__(self, cast: Cast, api: Caller) -> None:
        self.cast, self.api = cast, api
        self.page, self.help = Client(), Client()
        assert cast.sato.agent is not None
        self.page.force_login(cast.sato.agent)
        self.help.cookies["madoguchi_help"] = help_sessions.begin(cast.yamada, by_link=True)
        self.closed = default_status(State.CLOSED)

    def post(self, name: str, ticket: Ticket, **form: Any) -> Any:
        """As one who was asked whether the children are to be closed, too, and said yes."""
        return self.page.post(reverse(name, kwargs={"number": ticket.number}), {"sure": "1", **form})

    def many(self, ticket: Ticket, do: str) -> Any:
        return self.page.post(reverse("bulk"), {"do": do, "ids": [ticket.pk], "sure": "1"})


def by_command(desk: Desk, ticket: Ticket) -> None:
    found = desk.page.get(reverse("commands"), {"ticket": ticket.number}).json()["commands"]
    command = next(each for each in found if each.get("words") == "close" or each.get("post", "").endswith("/closure"))
    desk.page.post(command["post"], {**command.get("fields", {}), "sure": "1"})


def by_merge(desk: Desk, ticket: Ticket) -> None:
    done = again(open_one(desk.cast, "済んだもの"))
    tickets.close(done, by=desk.cast.sato)
    with suppress(Refused), transaction.atomic():
        tickets.merge(ticket, [again(done)], keep={"status": again(done)}, by=desk.cast.sato)


def by_rule(desk: Desk, ticket: Ticket) -> None:
    rule(desk.cast, "解決タグ", "ticket.tagged", {"verb": "close"})
    tickets.tag(ticket, ["解決"], by=desk.cast.sato)
    settle()


DOORS: dict[str, Do] = {
    "page": lambda desk, t: desk.post("ticket_closure", t),
    "status": lambda desk, t: desk.post("ticket_status", t, value=desk.closed.pk, seen=t.status_id),
    "reply": lambda desk, t: desk.post("ticket_replies", t, body="完了です", then=desk.closed.pk),
    "bulk": lambda desk, t: desk.many(t, "close"),
    "bulk status": lambda desk, t: desk.many(t, f"status:{desk.closed.pk}"),
    "palette": by_command,
    "API": lambda desk, t: desk.api.patch(f"/tickets/{t.pk}", {"status": "Closed"}),
    "API reply": lambda desk, t: desk.api.post(
        f"/tickets/{t.pk}/sendReply",
        {"channel": "EMAIL", "content": "完", "fromEmailAddress": "support@demo.example", "ticketStatus": "Closed"},
    ),
    "API many": lambda desk, t: desk.api.post("/closeTickets", {"ids": [t.pk]}),
    "API field of many": lambda desk, t: desk.api.post(
        "/tickets/updateMany", {"ids": [t.pk], "fieldName": "status", "fieldValue": "Closed"}
    ),
    "rule": by_rule,
    "merge": by_merge,
    "help center": lambda desk, t: desk.help.post(reverse("help_closure", kwargs={"number": t.number})),
}


@pytest.fixture
def desk(cast: Cast, caller: Callable[..., Caller]) -> Desk:
    return Desk(cast, caller(cast.sato))


@pytest.fixture
def order(cast: Cast) -> list[Ticket]:
    """A parent and its two children."""
    switch(cast.support)
    made = [again(open_one(cast, f"注文番号12345 {n}")) for n in range(3)]
    family.relate(made[0], made[1:], by=cast.sato)
    return [again(ticket) for ticket in made]


def closings(*of: Ticket) -> list[int]:
    """How often each was closed."""
    return [Event.objects.filter(ticket=ticket, verb="ticket.closed").count() for ticket in of]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_parent_with_open_children_is_closed(desk: Desk, order: list[Ticket], setting: str, door: str) -> None:
    switch(desk.cast.support, **SETTINGS[setting])
    DOORS[door](desk, again(order[0]))
    parent = "Open" if "b" in setting else "Closed"
    child = "Closed" if "a" in setting else "Open"
    assert states(*order) == [parent, child, child]
    once = 1 if "a" in setting else 0
    assert closings(*order)[1:] == [once, once]
    if "b" in setting:
        assert closings(order[0]) == [0] and again(order[0]).thread_n == 1


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_the_last_open_child_is_closed(desk: Desk, order: list[Ticket], setting: str, door: str) -> None:
    parent, first, last = order
    switch(desk.cast.support, **SETTINGS[setting])
    tickets.close(again(first), by=desk.cast.sato)
    assert states(parent) == ["Open"]
    DOORS[door](desk, again(last))
    assert states(*order) == ["Closed" if "c" in setting else "Open", "Closed", "Closed"]
    assert closings(parent) == [1 if "c" in setting else 0]
    if "c" in setting:
        event = Event.objects.get(ticket=parent, verb="ticket.closed")
        assert event.agent is None and event.cause is not None and event.cause.ticket_id == last.pk


@pytest.mark.parametrize("first", ["parent first", "parent last"])
@pytest.mark.parametrize("door", ["bulk", "API many", "API field of many"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_whole_family_is_closed_in_one_go(cast: Cast, desk: Desk, setting: str, door: str, first: str) -> None:
    """Under (b) too, wherever the parent stands in the list and whether it is older or younger than its children."""
    switch(cast.support, **SETTINGS[setting])
    made = [again(open_one(cast, f"注文番号12345 {n}")) for n in range(3)]
    parent = made[0 if first == "parent first" else 2]
    family.relate(parent, [each for each in made if each != parent], by=cast.sato)
    ids = [ticket.pk for ticket in (made if first == "parent first" else reversed(made))]
    if door == "bulk":
        assert desk.page.post(reverse("bulk"), {"do": "close", "ids": ids}).status_code == 303
    elif door == "API many":
        results = desk.api.post("/closeTickets", {"ids": ids}).json()["results"]
        assert [row["success"] for row in results] == [True] * 3
    else:
        body = {"ids": ids, "fieldName": "status", "fieldValue": "Closed"}
        assert desk.api.post("/tickets/updateMany", body).status_code == 204
    assert (states(*made), closings(*made)) == (["Closed"] * 3, [1] * 3)


@pytest.mark.parametrize("setting", SETTINGS)
def test_one_reply_that_closes_all_children(cast: Cast, desk: Desk, order: list[Ticket], setting: str) -> None:
    switch(cast.support, **SETTINGS[setting])
    outcomes = family_replying.reply_to_children(
        again(order[0]), order[1:], "発送済みです", then=desk.closed, by=cast.sato
    )
    assert all(outcome.is_done for outcome in outcomes)
    assert states(*order) == ["Closed" if "c" in setting else "Open", "Closed", "Closed"]
    assert closings(*order) == [1 if "c" in setting else 0, 1, 1]


@pytest.mark.parametrize("leave", ["trash", "spam", "detach", "merge", "move"])
def test_a_child_that_leaves_counts_no_longer_and_closes_nothing(cast: Cast, order: list[Ticket], leave: str) -> None:
    """(b) no longer waits for it, (c) is not fired by it."""
    switch(cast.support, waits_for_children=True, closes_parent=True)
    parent, first, last = map(again, order)
    tickets.close(first, by=cast.sato)
    match leave:
        case "trash":
            tickets.trash(last, by=cast.sato)
        case "spam":
            tickets.mark_spam(last, by=cast.sato)
        case "detach":
            family.detach([last], by=cast.sato)
        case "merge":
            tickets.merge(again(first), [last], by=cast.sato)
        case "move":
            tickets.move(last, cast.billing, by=cast.admin)
    assert states(parent) == ["Open"] and closings(parent) == [0]
    tickets.close(again(parent), by=cast.sato)
    assert states(parent) == ["Closed"]


def test_a_message_of_the_customer_reopens_a_child_and_not_its_parent(cast: Cast, order: list[Ticket]) -> None:
    switch(cast.support, closes_children=True, closes_parent=True)
    tickets.close(again(order[0]), by=cast.sato)
    tickets.answer(again(order[1]), "まだ届きません", by=Actor(contact=cast.yamada, door="help"))
    assert states(*order) == ["Closed", "Open", "Closed"]
    tickets.close(again(order[1]), by=cast.sato)
    assert states(*order) == ["Closed"] * 3 and closings(order[0]) == [1]
