"""Merge tickets of one customer (SPEC M). A pointer, never a move: an entry keeps the ticket it was written to.

The main ticket shows the entries of the others from now on (`timeline`); their numbers, links and mails lead to it
(`numbers`); they lie in the recycle bin (`trashing`), and keep there all they had.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Ticket, TicketNumber
from madoguchi.prepared import fetch
from madoguchi.record import FIELDS as COLUMNS
from madoguchi.record import change, now, told
from madoguchi.tickets import clocks, due, family_closing, family_merging, uniting
from madoguchi.tickets.comparing import (
    BOUND,
    FIELDS,
    UNITED,
    custom_keys,
    is_empty,
    is_takeable,
    reason_against,
    value_of,
)
from madoguchi.tickets.locking import locked_together
from madoguchi.tickets.mergeable import refuse_count, refuse_unmergeable, require_all

MERGED = "merged:"
VERBS = {"status": "set_status", "assignee": "assign", "team": "assign"}
FAMILY = """
SELECT coalesce(merged_into_id, id) AS id, true FROM madoguchi_ticket WHERE id = %(main)s::bigint
UNION SELECT id, false FROM madoguchi_ticket WHERE id = ANY(%(others)s::bigint[])
UNION SELECT id, false FROM madoguchi_ticket WHERE merged_into_id = ANY(%(others)s::bigint[])
UNION SELECT other_id, false FROM madoguchi_merge WHERE main_id = ANY(%(others)s::bigint[])
UNION SELECT r.id, false FROM madoguchi_ticket t JOIN madoguchi_ticket r ON r.parent_id = t.id OR r.id = t.parent_id
  WHERE t.id = ANY(%(others)s::bigint[] || (SELECT coalesce(merged_into_id, id) FROM madoguchi_ticket WHERE id = %(main)s::bigint))
"""
# Flat, one level deep: the others, and what they showed. Returns how many tickets main shows now.
POINT = """
WITH fresh AS (
  SELECT o.id, o.number, o.kept::jsonb AS kept, o.given_up::jsonb AS given_up,
    coalesce((SELECT max(e.id) FROM madoguchi_entry e WHERE e.ticket_id = o.id), 0) AS through
  FROM unnest(%(others)s::bigint[], %(numbers)s::bigint[], %(kept)s::text[], %(given_up)s::text[]) AS o (id, number, kept, given_up)
), shown AS (
  SELECT DISTINCT ON (m.other_id, m.through_entry) m.* FROM madoguchi_merge m
  WHERE m.main_id = ANY(%(others)s::bigint[]) AND m.other_id <> %(main)s::bigint AND NOT EXISTS (
    SELECT FROM madoguchi_merge t WHERE t.main_id = %(main)s::bigint AND t.other_id = m.other_id AND t.through_entry = m.through_entry)
  ORDER BY m.other_id, m.through_entry, m.id
), written AS (
  INSERT INTO madoguchi_merge (main_id, other_id, via_id, number, through_entry, kept, given_up, by_id, at)
  SELECT %(main)s::bigint, id, NULL, number, through, kept, given_up, %(by)s::bigint, %(at)s::timestamptz FROM fresh
  UNION ALL SELECT %(main)s::bigint, other_id, main_id, number, through_entry, '[]', '{}', %(by)s::bigint, at FROM shown
  RETURNING other_id
)
SELECT count(*) FROM (SELECT other_id FROM written UNION SELECT other_id FROM madoguchi_merge WHERE main_id = %(main)s::bigint) s
"""
LEAD = """
UPDATE madoguchi_ticket SET merged_into_id = %(main)s::bigint, trashed_because = %(because)s::text
WHERE merged_into_id = ANY(%(others)s::bigint[]) RETURNING id
"""


@transaction.atomic
def merge(main: Ticket, others: Sequence[Ticket], *, keep: Mapping[str, Ticket] | None = None, by: Actor) -> Ticket:
    """Make one ticket of two to five of the same contact; returns the main one (of `main`, were it merged away before).

    `keep` says whose value the main ticket gets: a key of `comparing.FIELDS` or `cf:<api name>` → ticket; else main's
    own stays, also an empty one. With `number` the two tickets change numbers: the other one goes by main's old number
    from now on, after a restore too. Tags, followers and copies are united; creation, response and on-hold times stay
    main's. Messages of the others that nobody has answered wait on main from now on.

    Hidden, Denied; Refused: MERGE_COUNT, MERGE_TWICE, MERGE_GONE, MERGE_TRASHED, MERGE_CONTACT (`mergeable`), MERGE_FIELD
    (an unknown or locked field, a ticket not in the merge), MERGE_TWO_PARENTS, MERGE_PARENT_AND_CHILD (`family_merging`),
    FAMILY_OPEN where main would be closed over open children, or why main cannot take a value (`comparing.reason_against`).
    """
    refuse_count(1 + len(others))
    require_all(main, others, by=by)
    main, others = locked(main, others)
    require_all(main, others, by=by)
    refuse_unmergeable(main, others)
    picks = picked(main, others, keep or {}, by=by)
    others = sorted({other.pk: other for other in others}.values(), key=lambda other: other.pk)
    where = family_merging.place(main, others, by=by)
    was_closed = main.is_closed
    with ExitStack() as stack:
        gone = {other.pk: stack.enter_context(change(other, "ticket.merged_away", by=by)) for other in others}
        with change(main, "ticket.merged", by=by) as event:
            given_up = take(main, others, picks)
            for other in others:
                _move_away(other, main, by)
                gone[other.pk].after["given_up"] = given_up[other.pk]
            _point(main, others, picks, given_up, by)
            uniting.unite(main, others, event)
            clocks.take_mark(main, others)
            event.after["merged"] = [told(other) for other in others]
            event.after["given_up"] = {str(other.number): given_up[other.pk] for other in others}
            family_merging.take_place(main, where, event, by=by)
            if main.is_closed and not was_closed:
                family_closing.refuse_closing(main, but=gone, by=by)
    if main.is_closed and not was_closed:
        family_closing.closed(main, event, by=by)
    uniting.index(main, others)
    return main


def locked(main: Ticket, others: Sequence[Ticket]) -> tuple[Ticket, list[Ticket]]:
    """The last of main's chain and the others, as they are now, under lock with all that the others show: whatever a merge
    writes to or points to."""
    ids = [other.pk for other in others]
    asked = {"main": main.pk, "others": ids}
    last: list[int] = []

    def wanted() -> set[int]:
        found = fetch(FAMILY, asked)
        last[:] = [pk for pk, is_main in found if is_main]
        return {pk for pk, _is_main in found}

    rows = locked_together(wanted)
    if not last or any(pk not in rows for pk in (*last, *ids)):
        raise Hidden  # purged meanwhile
    return _renewed(main, rows[last[0]]), [_renewed(other, rows[other.pk]) for other in others]


def _renewed(ticket: Ticket, now_is: Ticket) -> Ticket:
    """The caller's own object, brought up to date."""
    if ticket.pk != now_is.pk:
        return now_is
    for field in COLUMNS:
        setattr(ticket, field.attname, getattr(now_is, field.attname))
    ticket._state.fields_cache.update(now_is._state.fields_cache)
    return ticket


def picked(main: Ticket, others: Sequence[Ticket], keep: Mapping[str, Ticket], *, by: Actor) -> dict[str, Ticket]:
    """Field → the other ticket whose value main gets, where it is another value. Denied; Refused as `merge`."""
    known = {ticket.pk: ticket for ticket in (main, *others)}
    picks: dict[str, Ticket] = {}
    for name, ticket in keep.items():
        key = BOUND.get(name, name)
        if key in UNITED:
            continue
        if not is_takeable(main, key):
            raise Refused("MERGE_FIELD", _("This field always stays the main ticket's: %(f)s") % {"f": name}, name)
        source = main if ticket.pk == main.pk or ticket.merged_into_id == main.pk else known.get(ticket.pk)
        if source is None:
            raise Refused("MERGE_FIELD", _("#%(n)s is not part of this merge.") % {"n": ticket.number}, name)
        if picks.setdefault(key, source).pk != source.pk:
            raise Refused("MERGE_FIELD", _("The due date and the overdue time go together."), name)
    picks = {key: source for key, source in picks.items() if value_of(source, key) != value_of(main, key)}
    for key, source in picks.items():
        require(by, VERBS.get(key, "edit"), main)
        if (reason := reason_against(main, key, value_of(source, key))) is not None:
            raise reason
    return picks


def take(main: Ticket, others: Sequence[Ticket], picks: Mapping[str, Ticket]) -> dict[int, dict[str, Any]]:
    """Give main the picked values. Returns what each other ticket gives up, by id."""
    had = {other.pk: {key: value_of(other, key) for key in [*FIELDS, *custom_keys([other])]} for other in others}
    for key, source in picks.items():
        value: Any = had[source.pk].get(key)
        if key == "number":
            _change_places(main, source)
        elif key == "status":
            if main.state != value.state:
                clocks.state_changed(main, value.state, now())
            main.status = value
        elif key.startswith("cf:"):
            name = key.removeprefix("cf:")
            kept = {k: v for k, v in main.custom.items() if k != name}
            main.custom = kept if is_empty(value) else {**kept, name: value}
        elif key != "due_at":
            setattr(main, key, value)
    if "due_at" in picks:
        due.take_over(main, picks["due_at"], now())
        clocks.refresh_overdue(main, now())
    return {
        other.pk: {
            key: told(value)
            for key, value in had[other.pk].items()
            if not is_empty(value) and key != "number" and value != value_of(main, key)
        }
        for other in others
    }


def _change_places(main: Ticket, other: Ticket) -> None:
    """Exchange the numbers. No two tickets may have the same one at any moment: the other's steps aside first."""
    Ticket.objects.filter(pk=other.pk).update(number=-other.number)
    TicketNumber.objects.filter(number=other.number).update(ticket=main)
    TicketNumber.objects.filter(number=main.number).update(ticket=other)
    main.number, other.number = other.number, main.number


def _move_away(other: Ticket, main: Ticket, by: Actor) -> None:
    clocks.refresh_overdue(other, now())
    other.merged_into = main
    other.trashed_at, other.trashed_by, other.trashed_because = now(), by.agent, f"{MERGED}{main.number}"


def _point(
    main: Ticket,
    others: Sequence[Ticket],
    picks: Mapping[str, Ticket],
    given_up: Mapping[int, dict[str, Any]],
    by: Actor,
) -> None:
    """Write which entries main shows as well: those of the others, and what the others showed."""
    ids = [other.pk for other in others]
    kept = [[key for key, source in picks.items() if source.pk == pk] for pk in ids]
    asked = {
        "main": main.pk,
        "others": ids,
        "numbers": [other.number for other in others],
        "kept": [json.dumps(keys) for keys in kept],
        "given_up": [json.dumps(given_up[pk]) for pk in ids],
        "by": by.agent.pk if by.agent else None,
        "at": now(),
    }
    main.merged_n = fetch(POINT, asked)[0][0]
    fetch(LEAD, {"main": main.pk, "others": ids, "because": f"{MERGED}{main.number}"})
