"""One ticket of the bench as the verbs would have left it: its row, entries, events, mails sent, tags. Plain tuples.

Clocks and figures follow `tickets.clocks` and `tally`; tests/management/test_bench.py compares them with a recount.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from madoguchi.management.bench.people import PLANS, Person, World
from madoguchi.management.bench.plan import FIRST_NUMBER, LONG, Plan
from madoguchi.management.bench.sentences import (
    EN,
    JA,
    Tongue,
    has_rare_word,
    is_japanese,
    often,
    order_number,
    rare_word,
)
from madoguchi.tally import bucket_of

HOUR, DAY = 3600, 86400
SHARES = [45, 60, 70, 78, 84, 89, 93, 96, 98, 100]
PRIORITIES = [("", 30), ("Low", 45), ("Medium", 80), ("High", 95), ("Urgent", 100)]
CHANNELS = [("Email", 70), ("Web", 88), ("Phone", 97), ("Chat", 100)]
Kinds = tuple[str, ...]
CLOSED: dict[int, list[Kinds]] = {3: [("in", "note", "out"), ("in", "out", "in"), ("in", "out", "note"), ("in", "out", "out")],
          4: [("in", "out", "in", "out"), ("in", "note", "out", "in"), ("in", "out", "note", "out")]}  # fmt: skip
OPEN: dict[int, list[Kinds]] = {3: [("in", "in", "note"), ("in", "out", "in"), ("in", "note", "out")],
        4: [("in", "out", "in", "in"), ("in", "note", "out", "in"), ("in", "out", "in", "note")]}  # fmt: skip


@dataclass(slots=True)
class Entry:
    kind: str
    at: int
    sentences: list[str]
    text: str
    agent: Person | None = None
    respond_s: int | None = None
    number: int = 0


@dataclass(slots=True)
class Event:
    verb: str
    at: int
    agent: Person | None = None
    entry: Entry | None = None
    before: str = "{}"
    after: str = "{}"
    door: str = "page"


@dataclass(slots=True)
class Story:
    """`waiting` and all names in `_s` as on the ticket."""

    n: int
    number: int
    subject: str
    department: int
    contact: Person
    assignee: Person | None
    priority: str
    channel: str
    custom: str
    created: int
    state: str = "Open"
    status: str = "Open"
    due: int | None = None
    closed: int | None = None
    held: int | None = None
    modified: int = 0
    modified_by: Person | None = None
    is_overdue: bool = False
    is_spam: bool = False
    trashed: int | None = None
    waiting: list[int] = field(default_factory=list)
    buckets: dict[int, list[int]] = field(default_factory=dict)
    last_customer: int = 0
    last_thread: tuple[str, str, int] = ("", "", 0)
    first_response_s: int | None = None
    response_s: int = 0
    response_n: int = 0
    thread_n: int = 0
    comment_n: int = 0
    entries: list[Entry] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)


def pick(table: list[tuple[str, int]], chance: random.Random) -> str:
    roll = chance.random() * 100
    return next(name for name, upto in table if roll < upto)


def tell(n: int, plan: Plan, world: World, chance: random.Random) -> Story:
    """Ticket n from its first message to what it is now."""
    until = int(plan.until.timestamp())
    span = 3 * 365 * DAY
    created = until - span + int(span * (n + chance.random()) / plan.tickets) - HOUR // 12
    tongue = JA if is_japanese(n) else EN
    topic = tongue.topic(chance)
    is_long, roll = plan.is_long(n), chance.random() * 100
    department = world.departments[0 if is_long else next(k for k, upto in enumerate(SHARES) if roll < upto)]
    agents = world.agents[department]
    story = Story(
        n=n,
        number=FIRST_NUMBER + n,
        subject=chance.choice(tongue.subjects[topic]) + f" ({order_number(n)})" * (n % 4 == 0),
        department=department,
        contact=world.contacts[int(len(world.contacts) * chance.random() ** 2)],
        assignee=chance.choice(agents) if chance.random() < 0.9 else None,
        priority=pick(PRIORITIES, chance),
        channel=pick(CHANNELS, chance),
        custom=custom_of(n, department == world.departments[0], chance),
        created=created,
    )
    end = ending(n / plan.tickets, chance)
    endings = CLOSED if end == "Closed" else OPEN
    kinds = long_kinds() if is_long else chance.choice(endings[plan.entries_n(n)])
    moments = moments_of(len(kinds) + 1, created, until, chance)
    story.due = due_of(end, created, until, chance)
    story.is_spam = chance.random() < 0.005 and not is_long
    for kind, at in zip(kinds, moments, strict=False):
        write(
            story, kind, at, tongue, topic, chance.choice(agents) if story.assignee is None else story.assignee, chance
        )
    settle(story, end, moments[-1], until, world, chance)
    return story


def custom_of(n: int, has_fields: bool, chance: random.Random) -> str:
    if not has_fields:
        return "{}"
    again = "true" if chance.random() < 0.2 else "false"
    return f'{{"cf_plan": "{PLANS[int(4 * chance.random() ** 2)]}", "cf_serial": "SN{n * 31 % 999_983:06d}", "cf_again": {again}}}'


def ending(age: float, chance: random.Random) -> str:
    """How it stands now; `age` 0 is the oldest ticket. Of all tickets 85 % are closed, of the newest a fifth."""
    open_share = 0.004 if age < 0.8 else 0.55 + (age - 0.8) * 1.8
    if chance.random() >= open_share:
        return "Closed"
    return pick([("Open", 40), ("In Progress", 68), ("Escalated", 75), ("On Hold", 100)], chance)


def long_kinds() -> tuple[str, ...]:
    return tuple("note" if k % 10 == 5 else "out" if k % 2 else "in" for k in range(LONG))


def moments_of(n: int, created: int, until: int, chance: random.Random) -> list[int]:
    """Hours lie between the messages, less where the present is near."""
    found, at = [created], created
    for left in range(n - 1, 0, -1):
        at += max(1, min(int(chance.expovariate(1 / (9 * HOUR))), (until - at) // (left + 1)))
        found.append(at)
    return found


def due_of(end: str, created: int, until: int, chance: random.Random) -> int | None:
    if chance.random() < 0.4:
        return None
    if end == "Closed" or chance.random() < 0.15:
        return created + int((1 + chance.random() * 6) * DAY)
    return until + int((0.1 + chance.random() * 30) * DAY)


def write(story: Story, kind: str, at: int, tongue: Tongue, topic: int, agent: Person, chance: random.Random) -> None:
    """One more entry, and the clocks it moves."""
    first = not story.entries
    told = sentences_of(story.n, kind, first, tongue, topic, chance)
    entry = Entry(kind, at, told, tongue.joint.join(told))
    story.entries.append(entry)
    if kind == "note":
        entry.agent = agent
        story.comment_n += 1
        story.events.append(Event("ticket.commented", at, agent, entry, after='{"public": false}'))
        return
    story.thread_n += 1
    story.last_thread = (story.channel if first else "Email", kind, at)
    if kind == "in":
        story.waiting.append(at)
        story.last_customer = at
        if not first:
            story.events.append(Event("ticket.received", at, None, entry, door="mail"))
        return
    entry.agent = agent
    replied = Event("ticket.replied", at, agent, entry)
    if story.first_response_s is None:
        story.first_response_s = at - story.created
        replied.before, replied.after = '{"first_response_s": null}', f'{{"first_response_s": {at - story.created}}}'
    if story.waiting:
        entry.respond_s = at - story.waiting[0]
        for since in story.waiting:
            figure = story.buckets.setdefault(bucket_of(at - since), [0, 0])
            figure[0] += 1
            figure[1] += at - since
            story.response_s += at - since
        story.response_n += len(story.waiting)
        story.waiting.clear()
    story.events.append(replied)


def sentences_of(n: int, kind: str, first: bool, tongue: Tongue, topic: int, chance: random.Random) -> list[str]:
    if kind == "note":
        return [often(tongue.notes, chance)]
    if kind == "out":
        told = [often(tongue.answers, chance), often(tongue.told[topic], chance), chance.choice(tongue.answers)]
        return told
    told = [often(tongue.general, chance), often(tongue.told[topic], chance)]
    if first:
        told += [often(tongue.told[topic], chance), own_sentence(n, tongue), chance.choice(tongue.general)]
    return told


def own_sentence(n: int, tongue: Tongue) -> str:
    """What no other ticket says."""
    if tongue is JA:
        return f"注文番号は{order_number(n)}です。" + (f"品名は「{rare_word(n)}」です。" if has_rare_word(n) else "")
    return f"The order number is {order_number(n)}." + (f" The model is {rare_word(n)}." if has_rare_word(n) else "")


def settle(story: Story, end: str, at: int, until: int, world: World, chance: random.Random) -> None:
    """Assignee, tags, status, overdue; then everything in the order of time."""
    who = story.assignee or world.agents[story.department][0]
    if story.assignee is not None:
        after = f'{{"assignee": {{"id": "{who.id}", "label": "{who.name}"}}}}'
        story.events.append(Event("ticket.assigned", story.created + 1, who, None, '{"assignee": null}', after))
    if chance.random() < 0.3:
        story.tags = sorted({world.tags[int(len(world.tags) * chance.random() ** 3)] for _tag in range(2)})
    if end != "Open":
        story.status = end
        story.state = end if end in ("Closed", "On Hold") else "Open"
        verb = {"Closed": "ticket.closed", "On Hold": "ticket.held"}.get(end, "ticket.status_changed")
        before, after = (f'"status": {{"id": "{world.statuses[name]}", "label": "{name}"}}' for name in ("Open", end))
        if end == "Closed":
            story.closed = at
            before, after = (
                f'{before}, "closed_at": null, "resolution_s": null',
                f'{after}, "closed_at": "{moment(at)}", "resolution_s": {at - story.created}',
            )
        story.held = at if end == "On Hold" else None
        story.events.append(Event(verb, at, who, None, f"{{{before}}}", f"{{{after}}}"))
    if story.due is not None and (story.closed or until) > story.due:
        story.is_overdue = True
        if story.closed is None:
            changed = ('{"is_overdue": false}', '{"is_overdue": true}')
            story.events.append(Event("ticket.overdue", max(at, story.due), None, None, *changed, door="desk"))
    if story.closed is not None and chance.random() < 0.005 and len(story.entries) < LONG:
        story.trashed = min(until - 1, at + DAY)
        story.events.append(Event("ticket.trashed", story.trashed, who, None, '{"trashed_at": null}', f'{{"trashed_at": "{moment(story.trashed)}"}}'))  # fmt: skip
    story.events.sort(key=lambda event: event.at)
    opened = f'{{"number": {story.number}, "subject": "{story.subject}", "department": {{"id": "{story.department}", "label": "{world.department_names[story.department]}"}}}}'
    door = "mail" if story.channel == "Email" else "page"
    story.events.insert(0, Event("ticket.opened", story.created, None, story.entries[0], after=opened, door=door))
    story.modified = story.events[-1].at
    story.modified_by = next((e.agent for e in reversed(story.events) if e.agent is not None), None)


def moment(at: int | None) -> str:
    """A time as PostgreSQL reads it; a time that is not there as COPY writes it."""
    return "\\N" if at is None else datetime.fromtimestamp(at, UTC).isoformat()


def stretch(plan: Plan, world: World, number: int) -> Iterator[Story]:
    """The tickets of one stretch; each stretch has a chance of its own."""
    chance = random.Random(f"bench {number}")
    for n in plan.numbers(number):
        yield tell(n, plan, world, chance)
