"""Whom do these events concern (SPEC D9)? Whole departments, or agents one by one, as far as they may see the ticket now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from madoguchi import access
from madoguchi.actor import Actor
from madoguchi.kit.mentions import mentioned
from madoguchi.models import Agent, Event
from madoguchi.organisation.current import agent_names
from madoguchi.prepared import fetch

AS_ONE = timedelta(seconds=1)
CONCERNED = """
SELECT id, assignee_id FROM madoguchi_ticket WHERE id = ANY(%(ids)s::bigint[]) AND assignee_id IS NOT NULL
UNION SELECT ticket_id, agent_id FROM madoguchi_follower WHERE ticket_id = ANY(%(ids)s::bigint[])
"""
SUPERVISE = """
SELECT m.department_id, m.agent_id FROM madoguchi_membership m
  JOIN madoguchi_agent a ON a.id = m.agent_id JOIN madoguchi_role r ON r.id = a.role_id
WHERE m.department_id = ANY(%(ids)s::bigint[]) AND r.base = ANY(%(roles)s::text[])
"""
SUPERVISORS = [str(base) for base, verbs in access.GRANTS.items() if "supervise" in verbs]
Meant = Iterable[tuple[Event, int]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Tell all agents of `department`, or `agent`, but for who did it and who is told of something nearer (`given`)."""

    event: Event
    kind: str
    department: int | None = None
    agent: int | None = None
    given: int | None = None


def asked_of(events: Sequence[Event]) -> list[Asked]:
    """Who is to know of them. The tickets of the events are live."""
    assigned = [event for event in events if event.verb == "ticket.assigned"]
    found: list[Asked] = []
    for event in events:
        found += _of_departments(event, _given(event, assigned))
    return found + _of_agents(events)


def _given(event: Event, assigned: Sequence[Event]) -> int | None:
    """To whom a new ticket was given as it was opened."""
    with_it = (e for e in assigned if e.ticket_id == event.ticket_id and abs(e.at - event.at) < AS_ONE)
    return next((_assignee(e) for e in with_it), None) if event.verb == "ticket.opened" else None


def _assignee(event: Event) -> int | None:
    row = event.after.get("assignee")
    return int(row["id"]) if row else None


def _of_departments(event: Event, given: int | None) -> list[Asked]:
    """All agents of a department, where it sees the ticket. Who was given the new ticket is told that instead."""
    assert event.ticket is not None
    ticket = event.ticket
    if event.verb == "ticket.shared":
        receiving = access.shared_with(ticket)
        wanted = [int(share["department"]["id"]) for share in event.after.get("shares", [])]
        return [Asked(event, "shared_received", department=pk) for pk in wanted if pk in receiving]
    kind = {"ticket.opened": "created", "ticket.moved": "moved"}.get(event.verb)
    if kind is None or event.department_id not in access.departments_seeing(ticket):
        return []
    return [Asked(event, kind, department=event.department_id, given=given)]


def _of_agents(events: Sequence[Event]) -> list[Asked]:
    """Agents who are meant themselves, one by one."""
    meant: list[tuple[Event, str, int]] = []
    for event in events:
        if (pk := _assignee(event)) is not None:
            meant.append((event, "assigned", pk))
    for kind, who in (
        ("customer_replied", _who_waits), ("merged", _who_lost), ("overdue", _who_answers_for), ("bad_rating", _who_answered),
        ("mentioned", _who_is_named),
    ):  # fmt: skip
        meant += [(event, kind, pk) for event, pk in who(events)]
    agents = (
        Agent.objects.for_request().filter(is_active=True).in_bulk({pk for _event, _kind, pk in meant}) if meant else {}
    )
    return [
        Asked(event, kind, agent=pk)
        for event, kind, pk in meant
        if pk in agents and event.ticket is not None and access.can(Actor(agent=agents[pk]), "read", event.ticket)
    ]


def _who_waits(events: Sequence[Event]) -> Meant:
    """Assignee and followers, where the customer or someone in copy wrote."""
    return _concerned((e, e.ticket_id) for e in events if e.verb == "ticket.received")


def _who_lost(events: Sequence[Event]) -> Meant:
    """Assignees and followers of the tickets that were merged into another one (SPEC M8)."""
    merged = ((e, int(row["id"])) for e in events if e.verb == "ticket.merged" for row in e.after.get("merged", []))
    return _concerned(merged)


def _concerned(tickets: Iterable[tuple[Event, int | None]]) -> Meant:
    wanted = list(tickets)
    found: dict[int, list[int]] = {}
    for ticket, agent in fetch(CONCERNED, {"ids": [pk for _event, pk in wanted]}) if wanted else []:
        found.setdefault(ticket, []).append(agent)
    return [(event, agent) for event, pk in wanted if pk is not None for agent in found.get(pk, [])]


def _who_answers_for(events: Sequence[Event]) -> Meant:
    """The assignee, and who supervises the department."""
    return _answering(event for event in events if event.verb == "ticket.overdue")


def _who_answered(events: Sequence[Event]) -> Meant:
    """Who wrote an answer the customer finds bad, the assignee, and who supervises the department; again where the customer
    says more of it."""
    bad = [event for event in events if event.verb == "ticket.rated" and event.after.get("rating") == "bad"]
    news = [e for e in bad if e.before.get("rating") != "bad" or e.after.get("comment")]
    authors = [(e, e.entry.agent_id) for e in news if e.entry is not None and e.entry.agent_id is not None]
    return [*authors, *_answering(news)]


def _answering(events: Iterable[Event]) -> Meant:
    late = [(event, event.ticket) for event in events if event.ticket is not None]
    rows = (
        fetch(SUPERVISE, {"ids": [ticket.department_id for _e, ticket in late], "roles": SUPERVISORS}) if late else []
    )
    return [
        *((event, ticket.assignee_id) for event, ticket in late if ticket.assignee_id is not None),
        *((event, agent) for event, ticket in late for department, agent in rows if department == ticket.department_id),
    ]


def _who_is_named(events: Sequence[Event]) -> Meant:
    """Agents behind an @ in a comment, or added to one that was edited."""
    written = [(e, *_comment(e)) for e in events if e.verb in ("ticket.commented", "comment.edited")]
    written = [(event, old, new) for event, old, new in written if "@" in new or "＠" in new]
    names = agent_names() if written else {}
    return [(e, pk) for e, old, new in written for pk in mentioned(new, names) - mentioned(old, names)]


def _comment(event: Event) -> tuple[str, str]:
    """(before, now)"""
    if event.verb == "comment.edited":
        return event.before.get("text", ""), event.after.get("text", "")
    return "", event.entry.text if event.entry is not None and event.entry.deleted_at is None else ""
