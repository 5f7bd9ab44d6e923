"""What the tickets of a merge put together on the main one (SPEC M8). Inside `record.change` of the main ticket."""

from collections.abc import Sequence
from datetime import UTC, datetime

from procrastinate.contrib.django import app as jobs

from madoguchi.models import Draft, Event, Ticket
from madoguchi.prepared import fetch
from madoguchi.tickets import copying_in, indexing, rating
from madoguchi.tickets.carrying import unite as united
from madoguchi.tickets.clocks import MOST_WAITING
from madoguchi.tickets.timeline import counts

# One statement, each part for itself. Who may not see the main ticket does not follow it; there is room for so many copies.
PEOPLE = """
WITH tags AS (
  INSERT INTO madoguchi_tickettag (ticket_id, tag_id)
  SELECT %(main)s::bigint, tag_id FROM madoguchi_tickettag WHERE ticket_id = ANY(%(others)s::bigint[]) GROUP BY tag_id ORDER BY min(id)
  ON CONFLICT DO NOTHING RETURNING tag_id
), followers AS (
  INSERT INTO madoguchi_follower (ticket_id, agent_id, created_at)
  SELECT %(main)s::bigint, f.agent_id, min(f.created_at) FROM madoguchi_follower f
    JOIN madoguchi_agent a ON a.id = f.agent_id JOIN madoguchi_role r ON r.id = a.role_id
  WHERE f.ticket_id = ANY(%(others)s::bigint[]) AND a.is_active AND (r.base = 'administrator' OR EXISTS (
    SELECT FROM madoguchi_membership m WHERE m.agent_id = a.id AND m.department_id = %(department)s::bigint))
  GROUP BY f.agent_id ORDER BY min(f.id)
  ON CONFLICT DO NOTHING RETURNING agent_id
), wanted AS (
  SELECT s.contact_id, min(s.id) AS id FROM madoguchi_secondarycontact s
  WHERE s.ticket_id = ANY(%(others)s::bigint[]) AND s.contact_id <> %(contact)s::bigint AND NOT EXISTS (
    SELECT FROM madoguchi_secondarycontact m WHERE m.ticket_id = %(main)s::bigint AND m.contact_id = s.contact_id)
  GROUP BY s.contact_id ORDER BY 2
  LIMIT greatest(0, %(most)s::bigint - (SELECT count(*) FROM madoguchi_secondarycontact WHERE ticket_id = %(main)s::bigint))
), people AS (
  INSERT INTO madoguchi_secondarycontact (ticket_id, contact_id) SELECT %(main)s::bigint, contact_id FROM wanted ORDER BY id
  ON CONFLICT DO NOTHING RETURNING contact_id
), gone AS (
  DELETE FROM madoguchi_presence WHERE ticket_id = ANY(%(others)s::bigint[])
)
SELECT 'tags', t.name FROM tags JOIN madoguchi_tag t ON t.id = tags.tag_id
UNION ALL SELECT 'followers', concat_ws(' ', a.last_name, a.first_name) FROM followers f JOIN madoguchi_agent a ON a.id = f.agent_id
UNION ALL SELECT 'drafts', '' WHERE EXISTS (SELECT FROM madoguchi_draft WHERE ticket_id = ANY(%(others)s::bigint[]))
UNION ALL SELECT 'people', concat_ws(' ', c.last_name, c.first_name) FROM people p JOIN madoguchi_contact c ON c.id = p.contact_id
"""
DOCUMENTS = """
UPDATE madoguchi_searchdocument SET ticket_id = %s::bigint, department_id = %s::bigint
WHERE ticket_id = ANY(%s::bigint[]) AND entry_id IS NOT NULL RETURNING id
"""
AT_ONCE = 60


def unite(main: Ticket, others: Sequence[Ticket], event: Event) -> None:
    """Tags, followers, copies, drafts, ratings, counts, and who waits for an answer. The others keep all of theirs but the
    drafts and the ratings.

    Response times are main's alone (SPEC M5), yet a customer's message that nobody has answered waits on, now on main, and
    its wait counts there once it is answered.
    """
    asked = {
        "main": main.pk,
        "others": [other.pk for other in others],
        "department": main.department_id,
        "contact": main.contact_id,
        "most": copying_in.MOST,
    }
    for kind, name in fetch(PEOPLE, asked):
        if kind == "drafts":
            _drafts(main, others)
        else:
            event.after[kind] = [*event.after.get(kind, []), name.strip()]
    rating.unite(main, others)
    shown = counts([main.pk])
    main.thread_n, main.comment_n, main.attachment_n = shown
    for other in others:
        newest, theirs = main.last_message_at, other.last_message_at
        if theirs is not None and (newest is None or theirs > newest):
            main.last_message_at, main.last_thread = theirs, other.last_thread
        times = filter(None, [main.last_customer_message_at, other.last_customer_message_at])
        main.last_customer_message_at = max(times, default=None)
    waiting = sorted(at for ticket in (main, *others) for at in ticket.waiting)[:MOST_WAITING]
    if waiting != main.waiting:
        main.waiting = waiting
        main.waiting_since = datetime.fromtimestamp(waiting[0], UTC) if waiting else None


def _drafts(main: Ticket, others: Sequence[Ticket]) -> None:
    """What agents have half written on the others goes on as their draft of main, below what they have there."""
    found = Draft.objects.filter(ticket__in=[main, *others]).order_by("saved_at", "pk").select_for_update()
    kept = {(draft.agent_id, draft.mode): draft for draft in found if draft.ticket_id == main.pk}
    for draft in [draft for draft in found if draft.ticket_id != main.pk]:
        there = kept.get((draft.agent_id, draft.mode))
        if there is None:
            kept[draft.agent_id, draft.mode] = draft
            draft.ticket = main
            draft.version += 1
            draft.save(update_fields=["ticket", "version"])
        else:
            there.fields = united(there.fields, draft.fields)
            there.version += 1
            there.save(update_fields=["fields", "version"])
            draft.delete()


def index(main: Ticket, others: Sequence[Ticket]) -> None:
    """Let what the others say be found under main: a few entries at once, many soon after by a job.

    Their head documents stay theirs, for when they are restored; main's head has their numbers and subjects meanwhile.
    """
    indexing.index_head(main)
    if sum(other.thread_n + other.comment_n for other in others) > AT_ONCE:
        jobs.configure_task("index_ticket", queue="reactions").defer(ticket_id=main.pk)
        return
    fetch(DOCUMENTS, [main.pk, main.department_id, [other.pk for other in others]])
