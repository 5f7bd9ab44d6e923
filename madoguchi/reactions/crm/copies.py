"""The class of a contact, repeated on its open tickets (docs/decisions/0012): made right, and told to open boards."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from madoguchi import access, bell
from madoguchi.models import Ticket
from madoguchi.prepared import fetch

MOST_NAMES = 50
OPEN = "t.state = 'Open' AND t.trashed_at IS NULL AND NOT t.is_spam"
# Never waits for a ticket: who holds one is about to change it.
MEND = f"""
WITH stale AS (
  SELECT t.id, c.crm_class FROM madoguchi_ticket t JOIN madoguchi_contact c ON c.id = t.contact_id
  WHERE t.contact_id = ANY(%s::bigint[]) AND {OPEN} AND t.crm_class <> c.crm_class ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED
)
UPDATE madoguchi_ticket t SET crm_class = s.crm_class FROM stale s WHERE t.id = s.id
RETURNING t.id, t.number, t.department_id, t.shared::text
"""
LEFT = f"""
INSERT INTO madoguchi_lookup (contact_id)
SELECT DISTINCT t.contact_id FROM madoguchi_ticket t JOIN madoguchi_contact c ON c.id = t.contact_id
WHERE t.contact_id = ANY(%s::bigint[]) AND {OPEN} AND t.crm_class <> c.crm_class RETURNING contact_id
"""
DIFFERING = f"""
SELECT t.id, t.crm_class, c.crm_class, t.contact_id FROM madoguchi_ticket t JOIN madoguchi_contact c ON c.id = t.contact_id
WHERE {OPEN} AND t.crm_class <> c.crm_class AND EXISTS (SELECT FROM madoguchi_crmconnection WHERE kind <> '')
AND NOT EXISTS (SELECT FROM madoguchi_lookup l WHERE l.contact_id = c.id) ORDER BY t.id
"""


def mend(contact_ids: Sequence[int]) -> int:
    """The open tickets of contacts that are locked: each has its contact's class, or is looked at again in a moment.

    Boards hear of those that changed. Returns how many did.
    """
    changed = fetch(MEND, [list(contact_ids)])
    fetch(LEFT, [list(contact_ids)])
    bell.ring_each(names(changed))
    return len(changed)


def names(changed: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """What to say to boards: each ticket to each department that sees it; of very many, that they should look at all."""
    by_department: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for pk, number, department, shared in changed:
        ticket = Ticket(pk=pk, department_id=department, shared=json.loads(shared))
        for seeing in access.departments_seeing(ticket):
            by_department[seeing].append({"ticket": pk, "number": number})
    said = []
    for department, those in by_department.items():
        said += [{**each, "department": department, "verb": "contact.classified"} for each in those[:MOST_NAMES]]
        if len(those) > MOST_NAMES:
            said.append({"department": department, "verb": "contact.classified"})
    return said


def differing() -> list[tuple[int, int, int, int]]:
    """(ticket, what it says, what its contact has, contact) where they differ and nobody is about to look at it.

    While no CRM is connected nobody looks, and no board shows it; connecting one puts them right.
    """
    return [(ticket, has, should, contact) for ticket, has, should, contact in fetch(DIFFERING)]
