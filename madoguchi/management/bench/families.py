"""How long it takes to close a parent with its hundred children, and what its page asks of the database (SPEC F)."""

import time
from functools import partial
from typing import Any

from django.conf import settings
from django.test import Client

from madoguchi import tickets
from madoguchi.actor import Actor
from madoguchi.management.bench.merging import AGENT, opened, statements, timed
from madoguchi.management.bench.progress import Bar
from madoguchi.management.bench.statistics import mark, percentile
from madoguchi.models import Agent, Contact, Department, Ticket
from madoguchi.tickets import family

CHILDREN = 100
CLOSING_S, PAGE_MS = 2.0, 12.0


def families(rounds: int = 3, views: int = 60) -> dict[str, Any]:
    """`close_max` in s; `page_p50` in ms of the parent's page in this process; statements of it and of an ordinary one."""
    by = Actor(agent=Agent.objects.for_request().get(email=AGENT), door="page")
    assert by.agent is not None
    department = Department.objects.get(pk=by.agent.own_department_ids[0])
    contact = Contact.objects.order_by("pk").first()
    assert contact is not None
    was = (
        Department.objects.filter(pk=department.pk)
        .values("has_families", "closes_children", "waits_for_children")
        .get()
    )
    Department.objects.filter(pk=department.pk).update(
        has_families=True, closes_children=True, waits_for_children=False
    )
    department.refresh_from_db()
    try:
        with Bar("Families", rounds + 1) as bar:
            closing = []
            for n in range(rounds):
                bar.to(n)
                parent = with_children(department, contact, by)
                if n == rounds - 1:
                    plain = opened(department, contact, "子のない問い合わせ", by)
                    asked = [statements(by.agent, ticket) for ticket in (plain, parent)]
                    pages = seen(by.agent, parent, views)
                closing.append(timed(partial(tickets.close, parent, by=by)) / 1000)
    finally:
        Department.objects.filter(pk=department.pk).update(**was)
    return {
        "close_max": round(max(closing), 2),
        "page_p50": round(percentile(pages, 0.5), 1),
        "plain_sql": asked[0],
        "parent_sql": asked[1],
    }


def with_children(department: Department, contact: Contact, by: Actor) -> Ticket:
    parent = opened(department, contact, "注文番号 12345 のステータス", by)
    made = [opened(department, contact, f"注文番号 12345 の件 {n}", by) for n in range(CHILDREN)]
    rows = Ticket.objects.with_people().in_bulk([parent.pk, *(ticket.pk for ticket in made)])
    family.relate(rows[parent.pk], [rows[ticket.pk] for ticket in made], by=by)
    return rows[parent.pk]


def seen(agent: Agent, ticket: Ticket, views: int) -> list[float]:
    """The times of the page, after a few to warm up."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(agent, backend=settings.AUTHENTICATION_BACKENDS[0])
    times = []
    for n in range(views + 10):
        started = time.perf_counter()
        client.get(f"/tickets/{ticket.number}/")
        if n >= 10:
            times.append((time.perf_counter() - started) * 1000)
    return times


def words(found: dict[str, Any]) -> str:
    return (
        f"Closing a parent with {CHILDREN} children {found['close_max']:.2f} s {mark(found['close_max'] < CLOSING_S)} (< {CLOSING_S:g});"
        f" its page {found['page_p50']:.1f} ms {mark(found['page_p50'] < PAGE_MS)} (< {PAGE_MS:g}), {found['parent_sql']} statements,"
        f" {found['plain_sql']} without children {mark(found['parent_sql'] <= found['plain_sql'])}."
    )
