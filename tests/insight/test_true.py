"""The figures are true: after any story they are what the ledger says, what counting the tickets gives, and what somebody
finds who reads the entries and the history and knows nothing but the definitions (docs/glossary.md)."""

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from madoguchi import people, record, tally, tickets
from madoguchi.actor import Actor
from madoguchi.errors import Denied, Hidden, Merged, Refused
from madoguchi.insight import figures, trend
from madoguchi.models import Account, Contact, Department, Entry, Event, Hours, Rating, Status, Tally, Ticket
from madoguchi.organisation import current
from madoguchi.sla.overdue import mark_overdue
from tests.cast import Cast, open_one

TOKYO = ZoneInfo("Asia/Tokyo")
OPENS, CLOSES = 9 * 60, 18 * 60  # the billing department, every day of the week; the others work round the clock
MINUTES = [0, 1, 7, 45, 240, 1500, 6000]


# ── The story ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Story:
    """A desk with a few customers and tickets, and what may happen on it."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.by = cast.admin
        self.kita = people.create_account({"name": "北商店"}, by=Actor.desk())
        week = [[[OPENS, CLOSES]] for _day in range(7)]
        cast.billing.hours = Hours.objects.create(name="毎日", time_zone="Asia/Tokyo", week=week)
        cast.billing.save()
        current.forget()
        self.jiro = people.identify("jiro@midori.example", "次郎", by=Actor.desk())
        self.contacts = [cast.yamada, self.jiro, cast.takahashi]
        self.departments = [cast.support, cast.billing]
        self.at = (timezone.now() - timedelta(days=60)).replace(microsecond=0)
        self.tickets: list[int] = []
        self.due_at_opening: dict[int, datetime | None] = {}
        with record.at(self.at):
            self.open(1, 0)

    def play(self, steps: list[tuple[str, int, int, int]]) -> None:
        for verb, which, other, minutes in steps:
            self.at += timedelta(minutes=minutes)
            with record.at(self.at):
                mark_overdue()
                with suppress(Denied, Hidden, Merged, Refused), transaction.atomic():
                    getattr(self, verb)(which, other)
        with record.at(self.at):
            mark_overdue()

    def ticket(self, which: int) -> Ticket:
        return Ticket.objects.get(pk=self.tickets[which % len(self.tickets)])

    def contact(self, which: int) -> Contact:
        return Contact.objects.get(pk=self.contacts[which % len(self.contacts)].pk)

    def open(self, which: int, other: int) -> None:
        contact = self.contact(which)
        channel = ["Email", "Web", "Chat", "Phone"][other % 4]
        department = self.departments[other % 2]
        box = department.mailboxes.get() if channel == "Email" else None
        due = self.at + timedelta(minutes=MINUTES[other % 7]) if which % 3 == 0 else None
        made = open_one(
            self.cast,
            contact=contact,
            channel=channel,
            department=department,
            mailbox=box,
            more={"due_at": due} if due else None,
        )
        self.tickets.append(made.pk)
        self.due_at_opening[made.pk] = due

    def reply(self, which: int, other: int) -> None:
        then = Status.objects.get(name="Closed") if other % 4 == 0 else None
        tickets.reply(self.ticket(which), "承知しました", then=then, by=self.by)

    def ask(self, which: int, other: int) -> None:
        ticket = self.ticket(which)
        tickets.receive(
            ticket,
            {"text": "?"},
            contact=ticket.contact,
            channel="Email",
            by=Actor(contact=ticket.contact, door="mail"),
        )

    def comment(self, which: int, other: int) -> None:
        tickets.comment(self.ticket(which), "社内メモ", by=self.by)

    def hold(self, which: int, other: int) -> None:
        tickets.hold(self.ticket(which), by=self.by)

    def close(self, which: int, other: int) -> None:
        tickets.close(self.ticket(which), by=self.by)

    def reopen(self, which: int, other: int) -> None:
        tickets.reopen(self.ticket(which), by=self.by)

    def merge(self, which: int, other: int) -> None:
        keep = {"status": self.ticket(other)} if (which + other) % 3 == 0 else None
        tickets.merge(self.ticket(which), [self.ticket(other)], keep=keep, by=self.by)

    def restore(self, which: int, other: int) -> None:
        tickets.restore(self.ticket(which), by=self.by)

    def trash(self, which: int, other: int) -> None:
        tickets.trash(self.ticket(which), by=self.by)

    def spam(self, which: int, other: int) -> None:
        tickets.mark_spam(self.ticket(which), by=self.by)

    def ham(self, which: int, other: int) -> None:
        tickets.unmark_spam(self.ticket(which), by=self.by)

    def move(self, which: int, other: int) -> None:
        tickets.move(self.ticket(which), self.departments[other % 2], by=self.by)

    def give(self, which: int, other: int) -> None:
        """The ticket was another contact's."""
        tickets.edit(self.ticket(which), {"contact": self.contact(other)}, by=self.by)

    def due(self, which: int, other: int) -> None:
        due = [None, self.at - timedelta(hours=1), self.at + timedelta(hours=5)][other % 3]
        tickets.edit(self.ticket(which), {"due_at": due}, by=self.by)

    def prioritise(self, which: int, other: int) -> None:
        tickets.edit(self.ticket(which), {"priority": ["Low", "High", ""][other % 3]}, by=self.by)

    def rate(self, which: int, other: int) -> None:
        """Any answer of the ticket, also one rated before: then the customer changes their mind."""
        answers = Entry.objects.filter(ticket=self.ticket(which), direction="out", agent__isnull=False).order_by("id")
        if found := list(answers):
            tickets.rate_by_link(found[other % len(found)], ["good", "ok", "bad"][other % 3])

    def change_account(self, which: int, other: int) -> None:
        account = [self.cast.midori, self.kita, None][other % 3]
        people.edit_contact(self.contact(which), {"account": account}, by=self.by)

    def merge_contacts(self, which: int, other: int) -> None:
        people.merge_contacts(self.contact(which), [self.contact(other)], by=self.by)

    def merge_accounts(self, which: int, other: int) -> None:
        pair = [self.cast.midori, self.kita]
        main, gone = (Account.objects.get(pk=account.pk) for account in (pair if which % 2 else pair[::-1]))
        people.merge_accounts(main, [gone], by=self.by)


PHASES = [Phase.explicit, Phase.generate] + (
    [Phase.shrink] if "STORIES" in os.environ else []
)  # shrinking takes minutes
VERBS = [name for name in vars(Story) if not name.startswith("_") and name not in ("play", "ticket", "contact")]
STEPS = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 5), st.integers(0, 11), st.sampled_from(MINUTES)),
    min_size=6, max_size=26,
)  # fmt: skip


# ── The third count ───────────────────────────────────────────────────────────────────────────────────────────────────


class Found:
    """What is read off the entries and the history of one ticket. A time is (seconds by the clock, in business hours)."""

    def __init__(self, ticket: Ticket, due: datetime | None) -> None:
        self.ticket = ticket
        self.department = 0
        self.due = due
        self.first: tuple[int, int] | None = None
        self.waits: list[tuple[int, int]] = []
        self.waiting: list[datetime] = []
        self.closed: datetime | None = None
        self.resolution: tuple[int, int] | None = None
        self.main: Found | None = None  # what it was merged straight into
        self.was_late_when_merged = False

    def between(self, start: datetime, end: datetime) -> tuple[int, int]:
        """As the department worked that the ticket was in at the end of it."""
        by_clock = int((end - start).total_seconds())
        return by_clock, worked(start, end) if Department.objects.get(pk=self.department).hours_id else by_clock

    @property
    def leads_to(self) -> "Found":
        return self if self.main is None else self.main.leads_to

    def is_late(self, at: datetime, all_of_them: Iterable["Found"]) -> bool:
        """Not resolved by its due date, or something that was merged into it was not."""
        if self.due is not None and (self.closed or at) > self.due:
            return True
        return any(each.was_late_when_merged for each in all_of_them if each is not self and each.leads_to is self)


def worked(start: datetime, end: datetime) -> int:
    """Seconds between 9:00 and 18:00 of every day in Tokyo, day by day."""
    total, day = 0.0, start.astimezone(TOKYO).replace(hour=0, minute=0, second=0, microsecond=0)
    while day < end:
        opens, closes = day + timedelta(minutes=OPENS), day + timedelta(minutes=CLOSES)
        total += max(0.0, (min(end, closes) - max(start, opens)).total_seconds())
        day += timedelta(days=1)
    return int(total)


def read_history(story: Story) -> list[Found]:
    """All tickets, replayed from what was written down, in its order."""
    found = {ticket.pk: Found(ticket, story.due_at_opening[ticket.pk]) for ticket in Ticket.objects.all()}
    states = {str(status.pk): status.state for status in Status.objects.all()}
    for event in Event.objects.filter(ticket__isnull=False).select_related("entry").order_by("id"):
        each = found[event.ticket_id]
        if "department" in event.after:
            each.department = int(event.after["department"]["id"])
        if "due_at" in event.after:
            each.due = datetime.fromisoformat(event.after["due_at"]) if event.after["due_at"] else None
        if event.entry is not None and event.verb in ("ticket.opened", "ticket.received", "ticket.replied"):
            hear(each, event)
        if event.verb == "ticket.merged":
            others = [found[int(told["id"])] for told in event.after["merged"]]
            for other in others:
                other.was_late_when_merged = other.is_late(event.at, found.values())
                each.waiting += other.waiting
            for other in others:
                other.main = each
        if event.verb == "ticket.restored":
            each.main = None
        if "status" in event.after:
            is_closed = states[event.after["status"]["id"]] == "Closed"
            if is_closed and each.closed is None:
                each.closed, each.resolution = event.at, each.between(each.ticket.created_at, event.at)
            elif not is_closed:
                each.closed = each.resolution = None
    return list(found.values())


def hear(each: Found, event: Event) -> None:
    """A message of the customer waits for the next answer of an agent."""
    if event.entry.direction == "in":
        each.waiting.append(event.at)
    elif event.entry.agent_id is not None:
        each.first = each.first or each.between(each.ticket.created_at, event.at)
        each.waits += [each.between(since, event.at) for since in each.waiting]
        each.waiting = []


def by_hand(found: list[Found], at: datetime, mine: Any, days: int | None) -> dict[str, Any]:
    """The figures of those tickets `mine` is true of, word by word as the glossary defines them."""
    first = figures.first_day(days) if days else None

    def counts(moment: datetime) -> bool:
        return first is None or moment.astimezone(TOKYO).date() >= first

    live = [each for each in found if each.main is None and each.ticket.trashed_at is None and mine(each.ticket)]
    opened = [each for each in live if not each.ticket.is_spam and counts(each.ticket.created_at)]
    closed = [each for each in live if not each.ticket.is_spam and each.closed and counts(each.closed)]
    ratings = [
        rating.value
        for rating in Rating.objects.all()
        if counts(rating.rated_at)
        and next(each for each in found if each.ticket.pk == rating.entry.ticket_id).leads_to in live
        and not next(each for each in found if each.ticket.pk == rating.entry.ticket_id).leads_to.ticket.is_spam
    ]
    return {
        "total": len(opened),
        "open": len([each for each in opened if each.ticket.state == "Open"]),
        "on_hold": len([each for each in opened if each.ticket.state == "On Hold"]),
        "closed": len([each for each in opened if each.closed]),
        "overdue": len([each for each in opened if each.is_late(at, found)]),
        "spam": len([each for each in live if each.ticket.is_spam and counts(each.ticket.created_at)]),
        "by_channel": {
            channel: len([each for each in opened if each.ticket.channel == channel])
            for channel in ("Email", "Web", "Chat", "Phone")
        },
        "ratings": (ratings.count("good"), ratings.count("ok"), ratings.count("bad")),
        "first_response": means([each.first for each in opened if each.first]),
        "response": means([wait for each in opened for wait in each.waits]),
        "resolution": means([each.resolution for each in closed if each.resolution]),
    }


def means(times: list[tuple[int, int]]) -> list[tuple[int, int | None]]:
    """How many, and their mean: by the clock and in business hours."""
    n = len(times)
    return [(n, int(sum(time[which] for time in times) / n + 0.5) if n else None) for which in (0, 1)]


def as_read(found: figures.Figures) -> dict[str, Any]:
    plain = {
        name: getattr(found, name) for name in ("total", "open", "on_hold", "closed", "overdue", "spam", "by_channel")
    }
    times = {
        name: [(times.count, times.mean_s) for times in (spans.clock, spans.business)]
        for name, spans in found.times().items()
    }
    return {**plain, "ratings": (found.good, found.okay, found.bad), **times}


# ── What is to hold ───────────────────────────────────────────────────────────────────────────────────────────────────


def hold(story: Story) -> None:
    """Ledger = tickets counted = history read, for every customer, department and time."""
    assert tally.figures() == tally.recount()
    found = read_history(story)
    customers: list[Contact | Account] = [*Contact.objects.all(), *Account.objects.all()]
    for customer in customers:
        for departments in ([story.cast.support.pk], [story.cast.support.pk, story.cast.billing.pk]):

            def mine(ticket: Ticket, customer: Any = customer, departments: Any = departments) -> bool:
                whose = ticket.contact_id if isinstance(customer, Contact) else ticket.account_id
                return whose == customer.pk and ticket.department_id in departments

            for days in (None, 30):
                read = as_read(figures.read(customer, departments, days))
                assert read == by_hand(found, story.at, mine, days), (customer, departments, days)
            per_month = trend.months(customer, departments)
            assert sum(month.tickets for month in per_month) == by_hand(found, story.at, mine, None)["total"]
            assert sum(month.closed for month in per_month) == by_hand(found, story.at, mine, None)["resolution"][0][0]


@settings(
    phases=PHASES,
    max_examples=int(os.environ.get("STORIES", "40")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(STEPS, st.booleans())
def test_after_any_story_the_figures_are_what_somebody_counts_by_hand(cast, steps, folds_in_between):
    with transaction.atomic():
        story = Story(cast)
        half = len(steps) // 2 if folds_in_between else len(steps)
        story.play(steps[:half])
        tally.fold()
        story.play(steps[half:])
        hold(story)
        tally.fold()
        hold(story)
        rows = Tally.objects.values(*"subject subject_id department_id measure day bucket business_bucket".split())
        assert rows.count() == rows.distinct().count()
        call_command("recount", "--check", stdout=StringIO())
        transaction.set_rollback(True)
    current.forget()
