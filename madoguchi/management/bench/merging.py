"""How long merging takes, what the page of a merged ticket asks of the database, how fast likely doubles are found (SPEC M)."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.management.bench.progress import Bar
from madoguchi.management.bench.statistics import mark, percentile
from madoguchi.models import Agent, Contact, Department, Entry, Ticket, TicketNumber
from madoguchi.tickets import indexing
from madoguchi.tickets.likeness import similar

AGENT = "agent1@bench.example"
ENTRIES = 200
TWO_MS, FIVE_MS, SIMILAR_MS = 30.0, 100.0, 30.0
SUBJECTS = [
    "返金はいつになりますか",
    "{n}号機の定期点検",
    "請求書 INV-{n} の再発行",
    "新しいデバイスでメールを同期できない",
    "Where is order {n}?",
]


def merging(pairs: int = 40, fives: int = 5, open_n: int = 1_000) -> dict[str, Any]:
    """p50 and the slowest in milliseconds; statements of the page of an ordinary and of a merged ticket."""
    by = Actor(agent=Agent.objects.for_request().get(email=AGENT), door="page")
    department = Department.objects.get(pk=by.agent.own_department_ids[0])  # type: ignore[union-attr]
    contact = Contact.objects.order_by("pk").first()
    assert contact is not None
    with Bar("Merging", pairs + fives + 1) as bar:
        two, merged = [], None
        for n in range(pairs):
            bar.to(n)
            main, other = (opened(department, contact, f"{word} {n}", by) for word in ("甲", "乙"))
            two.append(timed(partial(tickets.merge, main, [other], by=by)))
            merged = main
        five = []
        for n in range(fives):
            bar.to(pairs + n)
            main, *others = [long_one(department, contact, f"長い {n}", by) for _k in range(5)]
            five.append(timed(partial(tickets.merge, main, others, by=by)))
        bar.to(pairs + fives)
        assert merged is not None and by.agent is not None
        plain = opened(department, contact, "丙", by)
        tickets.receive(plain, {"text": "まだです"}, contact=contact, channel="Email", by=Actor(contact=contact))
        asked = [statements(by.agent, ticket) for ticket in (plain, merged)]
        alike = similar_ms(department, contact, open_n, by)
    found = {"two": two, "five": five, "similar": alike}
    return {
        **{f"{name}_p50": round(percentile(times, 0.5), 1) for name, times in found.items()},
        **{f"{name}_max": round(max(times), 1) for name, times in found.items()},
        "plain_sql": asked[0],
        "merged_sql": asked[1],
    }


def timed(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def opened(department: Department, contact: Contact, subject: str, by: Actor) -> Ticket:
    """A ticket with three entries."""
    ticket = tickets.open_ticket(department=department, contact=contact, subject=subject, text="本文です。", by=by)
    tickets.comment(ticket, "調べます。", by=by)
    return ticket


def long_one(department: Department, contact: Contact, subject: str, by: Actor) -> Ticket:
    """A ticket with two hundred entries."""
    ticket = opened(department, contact, subject, by)
    with transaction.atomic():
        more = [Entry(ticket=ticket, kind="comment", channel="Email", agent=by.agent, is_public=False, text=f"{n} 行目です。") for n in range(ENTRIES - 2)]  # fmt: skip
        Entry.objects.bulk_create(more)
        Ticket.objects.filter(pk=ticket.pk).update(comment_n=ENTRIES - 1)
        indexing.index_whole([ticket.pk])
    return ticket


def statements(agent: Agent, ticket: Ticket) -> int:
    """How many the ticket's page takes for someone who has been here a moment before."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(agent, backend=settings.AUTHENTICATION_BACKENDS[0])
    path = f"/tickets/{ticket.number}/"
    taken = []
    for _time in range(4):
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        assert answer.status_code == 200, answer
        taken.append(len(asked))
    return min(taken)


class _Enough(Exception):
    pass


def similar_ms(department: Department, contact: Contact, n: int, by: Actor, rounds: int = 15) -> list[float]:
    """The times of as many questions, each about another ticket of a contact with `n` open ones; nothing of them stays."""
    times: list[float] = []
    try:
        with transaction.atomic():
            new = Contact.objects.create(last_name="多件", first_name="花子")
            status = Ticket.objects.filter(state="Open").select_related("status").first()
            assert status is not None
            rows = [
                Ticket(
                    subject=SUBJECTS[k % len(SUBJECTS)].format(n=90_000 + k),
                    department=department,
                    contact=new,
                    status=status.status,
                    state="Open",
                    channel="Email",
                    created_at=timezone.now(),
                )
                for k in range(n)
            ]
            Ticket.objects.bulk_create(rows)
            TicketNumber.objects.bulk_create(TicketNumber(number=row.number, ticket=row) for row in rows)
            Entry.objects.bulk_create(
                Entry(ticket=row, kind="thread", direction="in", channel="Email", contact=new, is_description=True,
                      text=f"いつもお世話になっております。{row.subject}の件でご連絡しました。注文番号は {70_000 + k} です。" * 2)
                for k, row in enumerate(rows)
            )  # fmt: skip
            for start in range(0, n, 200):
                indexing.index_whole([row.pk for row in rows[start : start + 200]])
            for k in range(rounds):
                times.append(timed(partial(similar, rows[-1 - 7 * k], by=by)))
            raise _Enough
    except _Enough:
        return times


def words(found: dict[str, Any]) -> str:
    return (
        f"Merging two tickets {found['two_p50']:.1f} ms {mark(found['two_p50'] < TWO_MS)} (< {TWO_MS:g}), five of {ENTRIES}"
        f" entries each {found['five_p50']:.1f} ms {mark(found['five_p50'] < FIVE_MS)} (< {FIVE_MS:g}); statements of the page"
        f" {found['plain_sql']} before, {found['merged_sql']} after {mark(found['plain_sql'] == found['merged_sql'])};"
        f" likely doubles among 1,000 {found['similar_p50']:.1f} ms {mark(found['similar_p50'] < SIMILAR_MS)} (< {SIMILAR_MS:g})."
    )
