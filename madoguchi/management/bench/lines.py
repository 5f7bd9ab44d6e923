"""Stories as lines of COPY, table by table."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from madoguchi.management.bench.people import World
from madoguchi.management.bench.plan import ENTRIES_A_STRETCH, EVENTS_A_STRETCH, Plan
from madoguchi.management.bench.stories import Story, moment, stretch

NULL = "\\N"

# Columns in the order of the lines, then those that have one value in every row.
COLUMNS = {
    "ticket": (
        "id number subject department_id contact_id account_id assignee_id status_id state priority channel custom mailbox_id"
        " created_at modified_at modified_by_id due_at closed_at is_overdue last_message_at last_customer_message_at waiting"
        " waiting_since hold_since first_response_s response_s response_n response_buckets resolution_s thread_n comment_n"
        " last_thread is_spam trashed_at trashed_by_id version email",
        {
            "category": "", "sub_category": "", "classification": "", "language": "", "phone": "", "resolution": "",
            "on_hold_s": "0", "reopened_n": "0", "attachment_n": "0", "trashed_because": "", "merged_n": "0",
        },
    ),
    "ticketnumber": ("number ticket_id", {}),
    "entry": (
        'id ticket_id kind direction is_public is_description channel agent_id contact_id from_name from_address "to"'
        " subject text respond_s message_id created_at",
        {"is_forward": "f", "cc": "[]", "bcc": "[]", "reply_to": "[]", "quoted": "", "html": ""},
    ),
    "event": (
        "id ticket_id contact_id account_id department_id entry_id verb agent_id by_contact_id door before after at",
        {},
    ),
    "outboundmail": (
        "entry_id ticket_id mailbox_id message_id recipients subject created_at next_attempt_at sending_at sent_at",
        {"state": "SENT", "attempts": "1", "error": "", "bounce": "", "to_outbox": "f"},
    ),
    "tickettag": ("ticket_id tag_id", {}),
    "searchdocument": ("id ticket_id entry_id department_id is_public vector", {}),
}  # fmt: skip
NAMES = {table: f"{names} {' '.join(same)}".split() for table, (names, same) in COLUMNS.items()}
SAME = {table: "".join(f"\t{value}" for value in same.values()) + "\n" for table, (_names, same) in COLUMNS.items()}


@dataclass
class Lines:
    """What one stretch adds to each table, and its tickets for whoever reads them next (search)."""

    of: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in COLUMNS})
    stories: list[Story] = field(default_factory=list)


def lines(plan: Plan, world: World, number: int) -> Lines:
    found = Lines()
    entry, event = number * ENTRIES_A_STRETCH, number * EVENTS_A_STRETCH
    for story in stretch(plan, world, number):
        for each in story.entries:
            entry += 1
            each.number = entry
        add(found.of, story, world, event)
        event += len(story.events)
        found.stories.append(story)
    assert entry <= (number + 1) * ENTRIES_A_STRETCH and event <= (number + 1) * EVENTS_A_STRETCH
    return found


def add(of: dict[str, list[str]], story: Story, world: World, event: int) -> None:
    ticket = story.n + 1
    of["ticket"].append(ticket_line(story, world) + SAME["ticket"])
    of["ticketnumber"].append(f"{story.number}\t{ticket}" + SAME["ticketnumber"])
    for tag in story.tags:
        of["tickettag"].append(f"{ticket}\t{tag}" + SAME["tickettag"])
    for line, mail in entry_lines(story, world):
        of["entry"].append(line + SAME["entry"])
        if mail:
            of["outboundmail"].append(mail + SAME["outboundmail"])
    contact, account = story.contact, story.contact.account or NULL
    for each in story.events:
        event += 1
        by = contact.id if each.verb in ("ticket.opened", "ticket.received") else NULL
        of["event"].append(
            f"{event}\t{ticket}\t{contact.id}\t{account}\t{story.department}\t{each.entry.number if each.entry else NULL}\t{each.verb}"
            f"\t{each.agent.id if each.agent else NULL}\t{by}\t{each.door}\t{each.before}\t{each.after}\t{moment(each.at)}"
            + SAME["event"]
        )


def ticket_line(story: Story, world: World) -> str:
    channel, direction, last = story.last_thread
    buckets = json.dumps({str(step): figure for step, figure in story.buckets.items()})
    resolution = NULL if story.closed is None else story.closed - story.created
    first = NULL if story.first_response_s is None else story.first_response_s
    box = world.boxes[story.department][0] if story.channel == "Email" else NULL
    trasher = NULL if story.trashed is None or story.modified_by is None else story.modified_by.id
    return (
        f"{story.n + 1}\t{story.number}\t{story.subject}\t{story.department}\t{story.contact.id}\t{story.contact.account or NULL}"
        f"\t{story.assignee.id if story.assignee else NULL}\t{world.statuses[story.status]}\t{story.state}\t{story.priority}"
        f"\t{story.channel}\t{story.custom}\t{box}\t{moment(story.created)}\t{moment(story.modified)}"
        f"\t{story.modified_by.id if story.modified_by else NULL}\t{moment(story.due)}\t{moment(story.closed)}"
        f"\t{'t' if story.is_overdue else 'f'}\t{moment(last)}\t{moment(story.last_customer)}\t{story.waiting}"
        f"\t{moment(story.waiting[0] if story.waiting else None)}\t{moment(story.held)}\t{first}\t{story.response_s}\t{story.response_n}"
        f"\t{buckets}\t{resolution}\t{story.thread_n}\t{story.comment_n}"
        f'\t{{"channel": "{channel}", "direction": "{direction}", "isForward": false}}'
        f"\t{'t' if story.is_spam else 'f'}\t{moment(story.trashed)}\t{trasher}\t{len(story.events)}\t{story.contact.address}"
    )


def entry_lines(story: Story, world: World) -> Iterator[tuple[str, str]]:
    """Each entry's line, and the line of the mail it left by, if it did."""
    ticket, contact = story.n + 1, story.contact
    box, address = world.boxes[story.department]
    desk = world.department_names[story.department]
    for k, entry in enumerate(story.entries):
        at = moment(entry.at)
        mid = f"b{entry.number}@bench.example"
        start = f"{entry.number}\t{ticket}"
        if entry.kind == "in":
            channel = story.channel if k == 0 else "Email"
            to = f'[{{"name": "", "address": "{address}"}}]'
            yield (
                (
                    f"{start}\tthread\tin\tt\t{'t' if k == 0 else 'f'}\t{channel}\t\\N\t{contact.id}\t{contact.name}\t{contact.address}"
                    f"\t{to}\t{story.subject}\t{entry.text}\t\\N\t{mid if channel == 'Email' else ''}\t{at}"
                ),
                "",
            )
            continue
        assert entry.agent is not None
        if entry.kind == "note":
            yield (
                f"{start}\tcomment\t\tf\tf\t{story.channel}\t{entry.agent.id}\t\\N\t\t\t[]\t\t{entry.text}\t\\N\t\t{at}",
                "",
            )
            continue
        to = f'[{{"name": "{contact.name}", "address": "{contact.address}"}}]'
        respond = NULL if entry.respond_s is None else entry.respond_s
        yield (
            (
                f"{start}\tthread\tout\tt\tf\tEmail\t{entry.agent.id}\t\\N\t{desk}\t{address}\t{to}\t{story.subject}\t{entry.text}"
                f"\t{respond}\t{mid}\t{at}"
            ),
            f"{entry.number}\t{ticket}\t{box}\t{mid}\t{to}\t{story.subject}\t{at}\t{at}\t{at}\t{at}",
        )
