"""The ticket behind a number, for whoever may see it; and what stands beside it on its page."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from madoguchi import prepared
from madoguchi.access import IN_FORCE, can
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.crm.told import told
from madoguchi.doors.agent.customers.figure_links import links
from madoguchi.doors.agent.jinja import url
from madoguchi.doors.agent.tickets import family_head
from madoguchi.doors.agent.tickets.leading import Led
from madoguchi.errors import Hidden
from madoguchi.insight import many
from madoguchi.models import Entry, Ticket
from madoguchi.models.people import full_name
from madoguchi.tickets import attending
from madoguchi.tickets.numbers import final
from madoguchi.tickets.sharing import shares_of
from madoguchi.tickets.timeline import shown

TICKET = prepared.Prepared(lambda mark: Ticket.objects.with_people().filter(numbers__number=mark.number("number")))

# One hand-written statement: a dozen short lists in the time the ORM takes to write two of them down.
ASIDE = (
    f"SELECT json_build_object({family_head.LISTS},"
    + """
  'tags', (SELECT coalesce(json_agg(t.name ORDER BY x.id), '[]') FROM madoguchi_tickettag x
           JOIN madoguchi_tag t ON t.id = x.tag_id WHERE x.ticket_id = %(ticket)s),
  'follower_rows', (SELECT coalesce(json_agg(json_build_object('id', a.id, 'last', a.last_name, 'first', a.first_name) ORDER BY f.id), '[]')
           FROM madoguchi_follower f JOIN madoguchi_agent a ON a.id = f.agent_id WHERE f.ticket_id = %(ticket)s),
  'copies', (SELECT coalesce(json_agg(json_build_object('id', c.id, 'last', c.last_name, 'first', c.first_name, 'address',
             (SELECT m.address FROM madoguchi_contactaddress m WHERE m.contact_id = c.id ORDER BY m.is_primary DESC, m.id LIMIT 1))
             ORDER BY s.id), '[]')
           FROM madoguchi_secondarycontact s JOIN madoguchi_contact c ON c.id = s.contact_id WHERE s.ticket_id = %(ticket)s),
  'addresses', (SELECT coalesce(json_agg(m.address ORDER BY m.is_primary DESC, m.id), '[]')
           FROM madoguchi_contactaddress m WHERE m.contact_id = %(contact)s),
  'phones', (SELECT coalesce(json_agg(json_build_object('kind', p.kind, 'number', p.number) ORDER BY p.id), '[]')
           FROM madoguchi_contactphone p WHERE p.contact_id = %(contact)s),
  'boxes', (SELECT coalesce(json_agg(json_build_object('id', b.id, 'address', b.address, 'department', b.department_id)
             ORDER BY b.is_default DESC, b.id), '[]')
           FROM madoguchi_mailbox b WHERE b.is_active AND (b.department_id = %(department)s OR b.department_id = ANY(%(own)s))),
  'own_drafts', (SELECT coalesce(json_object_agg(d.mode, json_build_object('fields', d.fields, 'version', d.version, 'saved_at', d.saved_at)), '{}')
           FROM madoguchi_draft d WHERE d.agent_id = %(agent)s AND d.ticket_id = %(ticket)s),
  'present', (SELECT coalesce(json_agg(json_build_object('id', a.id, 'last', a.last_name, 'first', a.first_name, 'doing', p.doing)
             ORDER BY p.doing, a.id), '[]')
           FROM {there} WHERE p.ticket_id = %(ticket)s
             AND p.agent_id <> %(agent)s AND p.seen_at > now() - %(old)s::int * interval '1 s'),
  'figures', (SELECT coalesce(json_object_agg(f.measure, f.n), '{}') FROM (
             SELECT measure, sum(count) AS n FROM madoguchi_tally WHERE subject = 'contact' AND subject_id = %(contact)s
               AND day IS NULL AND measure IN ({measures}) AND department_id = ANY(%(own)s) GROUP BY measure) f),
  'customer_notes', (SELECT coalesce(json_agg(n), '[]') FROM (
             SELECT left(x.text, 300) AS text, x.created_at AS at, a.last_name AS last, a.first_name AS first,
               x.account_id IS NOT NULL AS is_accounts
             FROM madoguchi_customernote x LEFT JOIN madoguchi_agent a ON a.id = x.agent_id
             WHERE x.contact_id = %(contact)s OR x.account_id = %(account)s::bigint ORDER BY x.id DESC LIMIT 2) n),
  'crm_told', (SELECT json_build_object('source', k.source, 'deals', k.deals, 'at', k.checked_at)
           FROM madoguchi_classification k WHERE k.contact_id = %(contact)s),
  'share_rows', (SELECT coalesce(json_agg(json_build_object('department', s.department_id, 'name', d.name, 'level', s.level,
             'expires_at', s.expires_at, 'reason', s.reason) ORDER BY s.id), '[]')
           FROM madoguchi_share s JOIN madoguchi_department d ON d.id = s.department_id
           WHERE s.ticket_id = %(ticket)s AND {in_force}),
  'is_told', EXISTS (SELECT 1 FROM madoguchi_notification n
           WHERE n.ticket_id = %(ticket)s AND n.agent_id = %(agent)s AND n.read_at IS NULL),
  'into', (SELECT i.number FROM madoguchi_ticket i WHERE i.id = %(into)s::bigint),
  'merge_rows', (SELECT coalesce(json_agg(json_build_object('other', m.other_id, 'number', m.number, 'now', o.number, 'subject', o.subject,
             'is_away', o.merged_into_id IS NOT NULL, 'is_gone', o.purged_at IS NOT NULL) ORDER BY m.id), '[]')
           FROM madoguchi_merge m JOIN madoguchi_ticket o ON o.id = m.other_id WHERE m.main_id = %(ticket)s),
  'recent', (SELECT coalesce(json_agg(r), '[]') FROM (
             SELECT o.number, o.subject, o.status_id FROM madoguchi_ticket o
             WHERE o.contact_id = %(contact)s AND o.id <> %(ticket)s AND o.department_id = ANY(%(own)s)
               AND o.trashed_at IS NULL AND NOT o.is_spam ORDER BY o.id DESC LIMIT 5) r)
)::text
""".replace("{there}", attending.THERE)
    .replace("{in_force}", IN_FORCE.format("s."))
    .replace("{measures}", many.NAMES)
)


def find(request: Desked, number: int, *, itself: bool = False) -> Ticket:
    """By any number ever given to it. Raises Led where it was merged away; `itself`: the ticket in the recycle bin, for
    those who may restore it."""
    found: list[Ticket] = TICKET(number=number) if number < 2**63 else []
    is_asked_for = itself and found and found[0].purged_at is None and can(request.actor, "restore", found[0])
    if found and found[0].merged_into_id is not None and not is_asked_for:
        main = final(found[0])
        if not can(request.actor, "read", main):
            raise Hidden
        raise Led(number, main)
    if not found or found[0].purged_at is not None or not can(request.actor, "read", found[0]):
        raise Hidden
    return found[0]


def find_whole(request: Desked, number: int, *, itself: bool = False) -> Any:
    """The same with `tags`, `follower_rows`, `copies`, `addresses`, `phones`, `boxes` to write from, `own_drafts`, who else
    is `present`, whether the agent has unread notifications of it (`is_told`), whom it is shared with (`share_rows`), what
    was merged into it (`merge_rows`), its `family`, `recent` others, what the CRM says of the contact (`crm_told`), its
    `figures` in the agent's departments (`figure_links`), and the latest `customer_notes` of contact and account."""
    ticket = find(request, number, itself=itself)
    asked: dict[str, Any] = {
        "agent": request.agent.pk,
        "old": attending.OLD_AFTER_S,
        "ticket": ticket.pk,
        "contact": ticket.contact_id,
        "account": ticket.account_id,
        "into": ticket.merged_into_id,
        "department": ticket.department_id,
        "own": list(request.agent.own_department_ids),
        **family_head.asked(ticket),
    }
    found = json.loads(prepared.fetch(ASIDE, asked)[0][0])
    found["present"] = [
        attending.Other(p["id"], full_name(p["last"], p["first"]), p["doing"] == "typing") for p in found["present"]
    ]
    found["family"] = family_head.Head.of(found, request.actor) if ticket.department.has_families else None
    found["figures"], found["figure_links"] = many.of(found["figures"]), links(ticket.contact)
    found["customer_notes"] = [
        {
            "text": n["text"],
            "name": full_name(n["last"] or "", n["first"] or ""),
            "at": datetime.fromisoformat(n["at"]),
            "is_accounts": n["is_accounts"],
        }
        for n in found["customer_notes"]
    ]
    found["crm_told"] = told(ticket.contact.crm_class, found["crm_told"])
    for name, value in found.items():
        setattr(ticket, name, value)
    return ticket


def with_shares(ticket: Any) -> Any:
    """The ticket with `share_rows` as `find_whole` has them; one statement where it is shared, else none."""
    if not hasattr(ticket, "share_rows"):
        ticket.share_rows = [
            {"department": s.department_id, "name": s.department.name, "level": s.level, "reason": s.reason}
            | {"expires_at": s.expires_at and s.expires_at.isoformat()}
            for s in shares_of(ticket)
        ]
    return ticket


def entry_of(ticket: Ticket, pk: int) -> Entry:
    """An entry the ticket shows."""
    entry: Entry | None = shown(ticket).filter(pk=pk).first()
    if entry is None:
        raise Hidden
    if entry.ticket_id == ticket.pk:
        entry.ticket = ticket
    return entry


def address(ticket: Ticket | int, **query: Any) -> str:
    """The ticket's page."""
    asked = {k: v for k, v in query.items() if v}
    number = ticket if isinstance(ticket, int) else ticket.number
    return url("ticket", number=number) + (f"?{urlencode(asked)}" if asked else "")
