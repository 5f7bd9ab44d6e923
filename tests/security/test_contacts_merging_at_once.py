"""Merges at the same moment as each other and as everything else: one wins, the other is told, nothing is halved (SPEC M11)."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.doors.mailbox import intake, store
from madoguchi.errors import Refused
from madoguchi.jobs.reader import reader
from madoguchi.models import Entry, InboundMail, Merge, Ticket
from madoguchi.people.tokens import make_token
from madoguchi.tickets.timeline import shown
from tests.cast import gather, open_one
from tests.mails import mail
from tests.security.test_two_at_once import at_once
from tests.tickets.merged import assert_sound, pairs

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def fresh(*those: Ticket) -> list[Ticket]:
    return [Ticket.objects.get(pk=ticket.pk) for ticket in those]


def merge(main: Ticket, *others: Ticket, by: Actor) -> Any:
    row, *rest = fresh(main, *others)
    return tickets.merge(row, rest, by=by)


def now(verb: Callable[..., Any], ticket: Ticket, *what: Any, by: Actor) -> Any:
    return verb(*fresh(ticket), *what, by=by)


def only_refusals(found: list[Any]) -> None:
    assert [error for error in found if isinstance(error, Exception) and not isinstance(error, Refused)] == []


def test_two_merge_each_other_in_both_directions():
    cast = gather()
    for _round in range(ROUNDS):
        a, b = open_one(cast), open_one(cast)
        before = pairs()
        found = at_once(partial(merge, a, b, by=cast.sato), partial(merge, b, a, by=cast.tanaka))
        only_refusals(found)
        assert sum(isinstance(each, Ticket) for each in found) == 1
        assert Ticket.objects.filter(pk__in=[a.pk, b.pk], trashed_at=None).count() == 1
        assert_sound(before)


def test_overlapping_sets():
    cast = gather()
    for _round in range(ROUNDS):
        five = [open_one(cast, f"{n}") for n in range(5)]
        a, b, c, d, e = five
        before = pairs()
        found = at_once(
            partial(merge, a, b, c, by=cast.sato),
            partial(merge, d, c, b, by=cast.tanaka),
            partial(merge, b, e, by=cast.admin),
            partial(merge, e, a, by=cast.admin),
        )
        only_refusals(found)
        assert any(isinstance(each, Ticket) for each in found)
        left = Ticket.objects.filter(pk__in=[t.pk for t in five], trashed_at=None)
        reached = {entry for ticket in left for entry in shown(ticket).values_list("pk", flat=True)}
        assert reached == set(Entry.objects.filter(ticket__in=five).values_list("pk", flat=True))
        assert_sound(before)


def test_chains_grow_from_both_ends_at_once():
    cast = gather()
    for _round in range(ROUNDS):
        a, b, c, d = (open_one(cast, f"{n}") for n in range(4))
        merge(b, c, by=cast.sato)
        before = pairs()
        found = at_once(
            partial(merge, a, b, by=cast.sato),
            partial(merge, c, d, by=cast.tanaka),  # c leads to b, then perhaps to a
            partial(now, tickets.restore, c, by=cast.tanaka),
        )
        only_refusals(found)
        assert isinstance(found[0], Ticket) and isinstance(found[2], Ticket)
        assert_sound(before)


def test_a_mail_is_taken_in_while_its_ticket_is_merged():
    cast = gather()
    for n in range(ROUNDS):
        a, b = open_one(cast, f"甲{n}"), open_one(cast, f"乙{n}")
        stored = [
            store.store(
                cast.support_box,
                mail(f"Re: [#{t.number}] {n}", f"{n} {t.pk}", sender="山田 花子 <hanako@midori.example>"),
            )
            for t in (b, b, a)
        ]
        before = pairs()
        found = at_once(
            *(partial(intake.take_in, one.pk, reader()) for one in stored),
            partial(merge, a, b, by=cast.sato),
        )
        only_refusals(found)
        decided = InboundMail.objects.filter(pk__in=[one.pk for one in stored])
        assert [d.decision for d in decided] == ["entry"] * 3
        main = Ticket.objects.get(pk=a.pk)
        assert {d.entry_id for d in decided} <= set(shown(main).values_list("pk", flat=True))
        assert main.thread_n == 5
        assert_sound(before)


def test_everything_happens_to_it_while_it_is_merged():
    cast = gather()
    for _round in range(ROUNDS):
        a, b, c = (open_one(cast, f"{n}") for n in range(3))
        note = tickets.comment(b, "消えるメモ", by=cast.sato)
        tickets.merge(c, [b], by=cast.sato)
        tickets.restore(Ticket.objects.get(pk=b.pk), by=cast.tanaka)
        before = pairs()
        found = at_once(
            partial(merge, a, b, c, by=cast.sato),
            partial(now, tickets.reply, b, "はい", by=cast.tanaka),
            partial(now, tickets.close, c, by=cast.tanaka),
            partial(tickets.delete_comment, Entry.objects.get(pk=note.pk), by=cast.tanaka),
            partial(now, tickets.trash, c, by=cast.admin),
            partial(now, tickets.tag, b, ["札"], by=cast.tanaka),
        )
        only_refusals([each for each in found if type(each).__name__ not in ("Denied",)])
        assert_sound(before)


def test_purge_while_the_ticket_that_shows_it_is_merged():
    cast = gather()
    for _round in range(ROUNDS):
        a, b, c = (open_one(cast, f"{n}") for n in range(3))
        merge(b, c, by=cast.sato)
        found = at_once(
            partial(merge, a, b, by=cast.sato),
            partial(now, tickets.purge, c, by=cast.tanaka),
            partial(now, tickets.restore, c, by=cast.tanaka),
        )
        only_refusals([each for each in found if type(each).__name__ not in ("Hidden", "Denied")])
        assert isinstance(found[0], Ticket)
        assert_sound(set())


def test_the_same_key_at_once_merges_once():
    cast = gather()
    a, b = open_one(cast), open_one(cast)
    headers = {"Authorization": f"Bearer {make_token(cast.sato.agent, 't', by=cast.sato)[1]}", "Idempotency-Key": "k"}

    def send() -> int:
        path = f"/api/v1/tickets/{a.pk}/merge"
        client = Client(headers=headers, raise_request_exception=False)
        return client.post(path, json.dumps({"ids": [b.pk]}), "application/json").status_code

    assert set(at_once(*[send] * 6)) <= {200, 409}
    assert Merge.objects.count() == 1


def test_the_same_merge_six_times_without_a_key():
    cast = gather()
    numbers = count()
    a, b = open_one(cast, str(next(numbers))), open_one(cast, str(next(numbers)))
    found = at_once(*[partial(merge, a, b, by=cast.sato)] * 6)
    only_refusals(found)
    assert sum(isinstance(each, Ticket) for each in found) == 1
    assert sorted({error.code for error in found if isinstance(error, Refused)}) == ["MERGE_TWICE"]
    assert_sound(set())


def is_free(ticket: Ticket) -> bool:
    """Whether someone else could lock the ticket now."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM madoguchi_ticket WHERE id = %s FOR UPDATE NOWAIT", [ticket.pk])
        return True
    except OperationalError:
        return False
    finally:
        connection.close()


def test_a_mail_that_went_on_to_the_main_ticket_holds_only_that_one():
    """Else it would hold a later ticket while it waits for an earlier one: a deadlock with the next merge."""
    cast = gather()
    main, other = open_one(cast), open_one(cast)
    merge(main, other, by=cast.sato)
    contact = Actor(contact=cast.yamada, door="mail")
    with transaction.atomic(), ThreadPoolExecutor(1) as someone_else:
        entry = tickets.receive(other, {"text": "続き"}, contact=cast.yamada, channel="Email", by=contact)
        assert entry.ticket_id == main.pk
        assert someone_else.submit(is_free, other).result() and not someone_else.submit(is_free, main).result()
