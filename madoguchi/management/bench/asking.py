"""What is asked of the desk: for each measure, requests that differ, with what must stand in their answers."""

import random
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import cycle
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import NoReverseMatch, reverse

from madoguchi.actor import Actor
from madoguchi.kit import paging
from madoguchi.lists.saving import create_view
from madoguchi.management.bench import customers
from madoguchi.management.bench.http import Request, get, post
from madoguchi.management.bench.people import PLANS
from madoguchi.management.bench.plan import LONG
from madoguchi.management.bench.sentences import EN, JA, has_rare_word, is_japanese, order_number, rare_word
from madoguchi.management.bench.sharing import receiver
from madoguchi.management.bench.signing_in import CSRF, SignedIn, sign_in
from madoguchi.models import Agent, Contact, CrmClass, CustomView, Department, Share, Ticket
from madoguchi.models.organisation import State

READS, WRITES = 300, 3_000


class NotThere(Exception):
    """The desk has no such page."""


class Asking:
    """Requests about the tickets of the largest department, by its agents. The same ones each time, but for what is written.

    Tickets beyond the `loaded` ones were made by measuring and are left aside.
    """

    def __init__(self, agents: Sequence[SignedIn], loaded: int) -> None:
        self.agents, self.chance = agents, random.Random(11)
        self.department = Department.objects.order_by("pk")[0]
        self.tickets = Ticket.objects.filter(Ticket.LIVE, department=self.department)
        self.last, self.loaded = loaded, self.tickets.filter(pk__lte=loaded)

    def of(self, name: str) -> list[Request]:
        made: Callable[[], Iterator[Request]] = getattr(self, name.replace("-", "_"))
        found = list(made())
        if not found:
            raise NotThere(f"nothing to ask for {name}")
        return found

    def by(self, n: int) -> SignedIn:
        return self.agents[n % len(self.agents)]

    def get(self, n: int, path: str, expected: str) -> Request:
        return get(path, self.by(n).headers, expected)

    def some(self, tickets: Any, most: int = READS) -> list[Any]:
        """Tickets of a query from all over the desk: those next to ids by chance. Few of an empty stretch."""
        ids = {self.chance.randrange(1, self.last + 1) for _n in range(most)}
        found = {}
        for pk in sorted(ids):
            for ticket in tickets.filter(pk__gte=pk).order_by("pk")[:1]:
                found[ticket.pk] = ticket
        rows = list(found.values())
        self.chance.shuffle(rows)
        return rows

    # -- pages

    def home(self) -> Iterator[Request]:
        return (self.get(n, reverse("home"), "</html>") for n in range(READS))

    def list(self) -> Iterator[Request]:
        """The open tickets; the newest of them stands on the page."""
        newest = self.tickets.filter(state=State.OPEN).order_by("-modified_at", "-pk")[0]
        return (self.get(n, reverse("tickets"), f"/tickets/{newest.number}/") for n in range(READS))

    def deep(self) -> Iterator[Request]:
        """All tickets, from somewhere in the older half on; the one that follows the cursor stands on the page."""
        below = self.loaded.filter(pk__lt=max(2, self.last // 2))
        for n, ticket in enumerate(self.some(below)):
            older = Q(modified_at__lt=ticket.modified_at) | Q(modified_at=ticket.modified_at, pk__lt=ticket.pk)
            following = (
                self.tickets.filter(older, modified_at__lte=ticket.modified_at).order_by("-modified_at", "-pk").first()
            )
            if following is not None:
                cursor = paging.encode(False, ticket.modified_at, ticket.pk)
                yield self.get(n, f"{reverse('tickets')}?view=all&after={cursor}", f"/tickets/{following.number}/")

    def view(self) -> Iterator[Request]:
        """Open, High and tagged VIP: a sub-query for each row that is open and High."""
        return self.viewed("VIP", {"field": "tags", "operator": "is", "value": "VIP"}, Q(ticket_tags__tag__name="VIP"))

    def view_cf(self) -> Iterator[Request]:
        """Open, High and of one plan, which is a custom field."""
        plan = {"field": "cf/cf_plan", "operator": "is", "value": PLANS[1]}
        return self.viewed(PLANS[1], plan, Q(custom__cf_plan=PLANS[1]))

    def viewed(self, name: str, condition: dict[str, str], means: Q) -> Iterator[Request]:
        view = custom_view(f"Bench {name}", condition, self.department, Agent.objects.get(pk=self.by(0).agent))
        newest = self.tickets.filter(means, state=State.OPEN, priority="High").order_by("-modified_at", "-pk").first()
        expected = [view.name] + ([f"/tickets/{newest.number}/"] if newest else [])
        path = f"{reverse('tickets')}?view=c{view.pk}"
        return (get(path, self.by(0).headers, *expected) for _n in range(READS))

    def ticket3(self) -> Iterator[Request]:
        return self.pages(self.some(self.loaded.filter(thread_n__lte=4, comment_n__lte=1)))

    def ticket100(self) -> Iterator[Request]:
        return self.pages(list(self.loaded.filter(pk__in=long_ones())))

    def pages(self, tickets: Sequence[Any]) -> Iterator[Request]:
        for n, ticket in enumerate(tickets):
            yield self.get(n, reverse("ticket", args=[ticket.number]), ticket.subject)

    # -- boards

    def board(self) -> Iterator[Request]:
        return self.boards("crm", crm_class=CrmClass.CUSTOMER)

    def board_status(self) -> Iterator[Request]:
        return self.boards("status", status__name="Open")

    def board_priority(self) -> Iterator[Request]:
        return self.boards("priority", priority="Urgent")

    def board_due(self) -> Iterator[Request]:
        return self.boards("due", due_at__lt=Now())

    def board_assignee(self) -> Iterator[Request]:
        return self.boards("assignee", assignee=None)

    def boards(self, mode: str, **column: Any) -> Iterator[Request]:
        """The first card of a column stands on the page."""
        first = by_due(self.tickets.filter(state=State.OPEN, **column)).first()
        expected = f"/tickets/{first.number}/" if first is not None else "</html>"
        return (self.get(n, reverse("work_mode", args=[mode]), expected) for n in range(READS))

    def board_deep(self) -> Iterator[Request]:
        """The column of the unknown from somewhere in its second half on; the card that follows the cursor stands there."""
        column = by_due(self.tickets.filter(state=State.OPEN, crm_class=CrmClass.NEW))
        rows = list(column.values_list("due_at", "pk", "number"))
        path = reverse("work_mode", args=["crm"])
        for n in range(READS if len(rows) > 1 else 0):
            place = self.chance.randrange((len(rows) - 1) // 2, len(rows) - 1)
            cursor = paging.encode("due", *rows[place][:2])
            yield self.get(n, f"{path}?column=unmapped&after={cursor}", f"/tickets/{rows[place + 1][2]}/")

    # -- what is shared with another department, asked for by one of its agents

    def shared(self) -> Iterator[Request]:
        newest = self.shares[0]
        return self.received([(f"{reverse('tickets')}?view=shared", f"/tickets/{newest.ticket.number}/")] * READS)

    def shared_deep(self) -> Iterator[Request]:
        """From somewhere in the older half on; the one that follows the cursor stands on the page."""
        rows = list(self.shares[len(self.shares) // 2 :])
        places = [self.chance.randrange(len(rows) - 1) for _n in range(READS)]
        return self.received(
            (f"{reverse('tickets')}?view=shared&after={paging.encode(False, rows[n].changed_at, rows[n].ticket_id)}", f"/tickets/{rows[n + 1].ticket.number}/")
            for n in places
        )  # fmt: skip

    def shared_ticket(self) -> Iterator[Request]:
        rows = [share.ticket for share in self.shares if share.ticket.thread_n <= 4 and share.ticket.comment_n <= 1]
        some = self.chance.sample(rows, min(READS, len(rows)))
        return self.received((reverse("ticket", args=[ticket.number]), ticket.subject) for ticket in some)

    def shared_rare(self) -> Iterator[Request]:
        loaded = (share.ticket for share in self.shares if share.ticket_id <= self.last)
        rows = [ticket for ticket in loaded if has_rare_word(ticket.pk - 1)]
        some = self.chance.sample(rows, min(READS, len(rows)))
        return self.received(
            (f"{there('search')}?q={quote(rare_word(ticket.pk - 1))}", f"/tickets/{ticket.number}/") for ticket in some
        )

    def shared_common(self) -> Iterator[Request]:
        return self.received([(f"{there('search')}?q={quote('返金')}", "<mark>返金</mark>")] * READS)

    def received(self, asked: Iterable[tuple[str, str]]) -> Iterator[Request]:
        agent = Agent.objects.filter(memberships__department=receiver()).order_by("pk")[0]
        reader = sign_in(agent.email)
        return (get(path, reader.headers, expected) for path, expected in asked)

    @cached_property
    def shares(self) -> Any:
        """As the view has them: the last changed first."""
        rows = Share.objects.filter(department=receiver(), ticket__trashed_at=None, ticket__is_spam=False)
        return rows.select_related("ticket").order_by("-changed_at", "-ticket")

    # -- customers: what a page of figures costs must not grow with the tickets

    def contact(self) -> Iterator[Request]:
        rows = customers.with_one_ticket(self.department)
        return (
            self.get(n, reverse("contact", args=[c.pk]), c.last_name)
            for n, c in zip(range(READS), cycle(rows), strict=False)
        )

    def account_10(self) -> Iterator[Request]:
        rows = customers.with_ten_tickets(self.department)
        return (
            self.get(n, reverse("account", args=[a.pk]), a.name)
            for n, a in zip(range(READS), cycle(rows), strict=False)
        )

    def account(self, query: str = "") -> Iterator[Request]:
        largest = customers.largest_account()
        return (self.get(n, reverse("account", args=[largest.pk]) + query, largest.name) for n in range(READS))

    def account_90(self) -> Iterator[Request]:
        return self.account("?days=90")

    def statistics(self) -> Iterator[Request]:
        path = f"/api/v1/accounts/{customers.largest_account().pk}/statistics"
        for n in range(READS):
            yield get(path, f"Authorization: Bearer {self.by(n).token}\r\n", '"totalTickets"')

    # -- search

    def rare(self, japanese: bool) -> Iterator[Request]:
        own = [
            t
            for t in self.some(self.loaded, READS * 6)
            if has_rare_word(t.pk - 1) and is_japanese(t.pk - 1) == japanese
        ]
        for n, ticket in enumerate(own[:READS]):
            yield self.searched(n, rare_word(ticket.pk - 1), f"/tickets/{ticket.number}/")

    def rare_ja(self) -> Iterator[Request]:
        return self.rare(True)

    def rare_en(self) -> Iterator[Request]:
        return self.rare(False)

    def common_ja(self) -> Iterator[Request]:
        return (self.searched(n, "返金", "<mark>返金</mark>") for n in range(READS))

    def common_en(self) -> Iterator[Request]:
        return (self.searched(n, "refund", "<mark>refund</mark>") for n in range(READS))

    def third_ja(self) -> Iterator[Request]:
        return (self.searched(n, JA.topics[0], f"<mark>{JA.topics[0]}</mark>") for n in range(READS))

    def searched(self, n: int, words: str, expected: str) -> Request:
        return self.get(n, f"{there('search')}?q={quote(words)}", expected)

    def quick(self) -> Iterator[Request]:
        """Numbers of tickets, and words."""
        path = there("suggestions")
        for n, ticket in enumerate(self.some(self.loaded)):
            topic = next(topic for topic in (*JA.topics, *EN.topics) if topic in ticket.subject)
            words, expected = [(str(ticket.number), f"/tickets/{ticket.number}/"), (topic, "/tickets/")][n % 2]
            yield self.get(n, f"{path}?q={quote(words)}", expected)

    # -- writing

    def create(self) -> Iterator[Request]:
        contacts = list(Contact.objects.order_by("?").values_list("pk", flat=True)[:WRITES])
        for n in range(WRITES):
            fields = {
                "csrfmiddlewaretoken": CSRF, "once": secrets.token_urlsafe(12), "contact": str(contacts[n % len(contacts)]),
                "department": str(self.department.pk), "channel": "Phone", "priority": "Medium", "subject": f"電話での問い合わせ {n}",
                "body": f"{JA.told[n % 12][n % 50]}\n注文番号は{order_number(n + 5)}です。", "assignee": str(self.by(n).agent),
            }  # fmt: skip
            yield post(reverse("new_ticket"), self.by(n).headers, fields, "/tickets/")

    def reply(self) -> Iterator[Request]:
        open_ones = self.some(self.loaded.filter(state=State.OPEN), 1_000)
        for n, ticket in zip(range(WRITES), cycle(open_ones), strict=False):
            fields = {
                "csrfmiddlewaretoken": CSRF, "once": secrets.token_urlsafe(12), "to": ticket.email,
                "body": f"{JA.answers[n % 8]}\n{JA.told[n % 12][n % 50]}",
            }  # fmt: skip
            path = reverse("ticket_replies", args=[ticket.number])
            yield post(path, self.by(n).headers, fields, f"/tickets/{ticket.number}/")

    # -- API

    def api(self) -> Iterator[Request]:
        reach = min(900, self.loaded.count() // 2)
        for n in range(READS):
            headers = f"Authorization: Bearer {self.by(n).token}\r\n"
            yield get(f"/api/v1/tickets?limit=50&from={1 + n * 7 % reach}", headers, '"ticketNumber"')


def there(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        raise NotThere(f"no page {name}") from None


def by_due(tickets: Any) -> Any:
    """As boards are sorted."""
    return tickets.order_by(F("due_at").asc(nulls_last=True), "pk")


def long_ones() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM madoguchi_ticket WHERE thread_n + comment_n >= %s ORDER BY id LIMIT 100", [LONG])
        return [row[0] for row in cursor.fetchall()]


def custom_view(name: str, condition: dict[str, str], department: Department, agent: Agent) -> CustomView:
    """A private view of the agent's: open tickets of high priority that fit one more condition."""
    known = CustomView.objects.filter(name=name, owner=agent).first()
    conditions = [
        {"field": "state", "operator": "is", "value": "Open"},
        {"field": "priority", "operator": "is", "value": "High"},
        condition,
    ]
    criteria = {"match": "all", "groups": [{"match": "all", "conditions": conditions}]}
    return known or create_view(department, {"name": name, "criteria": criteria}, by=Actor(agent=agent, door="page"))
