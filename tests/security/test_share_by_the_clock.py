"""A share that ends by the clock ends at that moment, also for what has begun (SPEC S6, S10)."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi import access, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden
from madoguchi.models import Permission, Ticket
from tests.cast import Cast, open_one

SOON_S = 0.35
VERBS: dict[str, Callable[[Ticket, Actor], object]] = {
    "reply": lambda ticket, by: tickets.reply(ticket, "まだ見えます", by=by),
    "comment": lambda ticket, by: tickets.comment(ticket, "まだ見えます", by=by),
    "edit": lambda ticket, by: tickets.edit(ticket, {"priority": "High"}, by=by),
}


@pytest.mark.parametrize(
    ("verb", "then", "raised"),
    [*((verb, None, Hidden) for verb in VERBS), ("reply", Permission.READ, Denied), ("edit", Permission.READ, Denied)],
)
def test_a_share_that_ends_between_the_question_and_the_lock(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, verb: str, then: Permission | None, raised: type[Exception]
) -> None:
    ticket = open_one(cast)
    until = timezone.now() + timedelta(seconds=SOON_S)
    wishes = [tickets.Wish(cast.billing, Permission.FULL, until)]
    by = cast.suzuki
    if then is not None:  # another department of the same agent keeps a lesser share
        by.agent.memberships.create(department=cast.delivery)
        by = cast.actor(by.agent)
        wishes.append(tickets.Wish(cast.delivery, then))
    tickets.share(ticket, wishes, by=cast.sato)
    ticket = Ticket.objects.with_people().get(pk=ticket.pk)
    ask = access.can

    def slow(actor: Actor, verb: str, asked: Ticket | None = None) -> bool:
        found = ask(actor, verb, asked)
        if time.monotonic() < begun + SOON_S:
            time.sleep(SOON_S + 0.1)
        return found

    begun = time.monotonic()
    monkeypatch.setattr(access, "can", slow)
    with pytest.raises(raised):
        VERBS[verb](ticket, by)
    assert ticket.entries.count() == 1
    assert Ticket.objects.get(pk=ticket.pk).priority != "High"
