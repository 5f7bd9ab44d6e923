"""The built-in CRM, asked about many contacts in one statement (SPEC C2, C6)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from madoguchi.prepared import fetch
from madoguchi.reactions.crm.connector import Deal, Record

# The same choice as `matching.best`: contacts before leads, addresses before numbers, the newest first.
FIND = """
WITH found AS (
  SELECT a.contact_id, p.id, p.kind, 0 AS how FROM madoguchi_contactaddress a
    JOIN madoguchi_crmperson p ON p.email_folded = a.folded AND p.email_folded <> ''
  WHERE a.contact_id = ANY(%(contacts)s::bigint[])
  UNION ALL
  SELECT n.contact_id, p.id, p.kind, 1 FROM madoguchi_contactphone n
    JOIN madoguchi_crmperson p ON p.phone_folded = n.folded AND p.phone_folded <> ''
  WHERE n.contact_id = ANY(%(contacts)s::bigint[])
  UNION ALL
  SELECT n.contact_id, p.id, p.kind, 1 FROM madoguchi_contactphone n
    JOIN madoguchi_crmperson p ON p.mobile_folded = n.folded AND p.mobile_folded <> ''
  WHERE n.contact_id = ANY(%(contacts)s::bigint[])
), best AS (
  SELECT DISTINCT ON (contact_id) contact_id, id, kind FROM found ORDER BY contact_id, kind = 'lead', how, id DESC
)
SELECT b.contact_id, b.kind, b.id, s.category, CASE WHEN s.name_ja <> '' THEN s.name_ja ELSE s.name END, d.amount, d.currency
FROM best b LEFT JOIN madoguchi_crmdeal d ON d.person_id = b.id LEFT JOIN madoguchi_crmstage s ON s.id = d.stage_id
ORDER BY b.contact_id, d.modified_at DESC, d.id DESC
"""


def find_all(contact_ids: Iterable[int]) -> dict[int, Record]:
    """The record of each of these contacts that the CRM knows, with its deals, the latest first."""
    rows: dict[int, tuple[str, int, list[Deal]]] = {}
    for contact, kind, person, category, stage, amount, currency in fetch(FIND, {"contacts": list(contact_ids)}):
        deals = rows.setdefault(contact, (kind, person, []))[2]
        if category is not None:
            deals.append(_deal(category, stage, amount, currency))
    return {
        contact: Record("leads" if kind == "lead" else "contacts", str(person), tuple(deals))
        for contact, (kind, person, deals) in rows.items()
    }


def _deal(category: Any, stage: str, amount: Decimal | None, currency: str) -> Deal:
    return Deal(category, stage, amount, currency)
