"""What the page of a contact or an account says beside its figures: how much each tab holds, the latest word, who writes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from madoguchi import prepared
from madoguchi.models import Account, AccountDomain, Contact, ContactAddress, ContactPhone
from madoguchi.models.people import full_name

MOST = 1001  # contacts of an account are counted so far, and what the CRM knows is told of so many
LOOKED_AT = 50  # of the newest ratings: who never comments is not searched to the end
CONTACT = prepared.Prepared(lambda mark: Contact.objects.select_related("account").filter(pk=mark.number("pk")))
ACCOUNT = prepared.Prepared(lambda mark: Account.objects.filter(pk=mark.number("pk")))
ROWS = {
    "addresses": (ContactAddress, ("id", "address", "folded", "is_primary")),
    "phones": (ContactPhone, ("id", "number", "folded", "kind")),
    "domains": (AccountDomain, ("id", "domain")),
}
OF_CONTACT = """
SELECT json_build_object(
  'addresses', (SELECT json_agg(json_build_array(id, address, folded, is_primary) ORDER BY is_primary DESC, id)
      FROM madoguchi_contactaddress WHERE contact_id = %(id)s::bigint),
  'phones', (SELECT json_agg(json_build_array(id, number, folded, kind) ORDER BY id)
      FROM madoguchi_contactphone WHERE contact_id = %(id)s::bigint),
  'notes', (SELECT count(*) FROM madoguchi_customernote WHERE contact_id = %(id)s::bigint)
)::text"""
OF_ACCOUNT = f"""
WITH o AS MATERIALIZED (
  SELECT {{columns}} FROM madoguchi_contact WHERE account_id = %(id)s::bigint AND trashed_at IS NULL LIMIT {MOST}
)
SELECT json_build_object(
  'domains', (SELECT json_agg(json_build_array(id, domain) ORDER BY id)
      FROM madoguchi_accountdomain WHERE account_id = %(id)s::bigint),
  'notes', (SELECT count(*) FROM madoguchi_customernote WHERE account_id = %(id)s::bigint),
  'contacts', (SELECT count(*) FROM o){{told}}
)::text"""
FEW = f"WHERE (SELECT count(*) FROM o) < {MOST}"
TOLD = f""",
  'classes', (SELECT json_agg(DISTINCT crm_class) FROM o {FEW}),
  'won', (SELECT json_agg(w) FROM (
      SELECT k.currency, sum(k.n) AS n, sum(k.amount)::text AS amount FROM (
          SELECT DISTINCT ON (source, record) (deals -> 'won' ->> 'n')::int AS n, (deals -> 'won' ->> 'amount')::numeric AS amount,
              deals -> 'won' ->> 'currency' AS currency
          FROM o JOIN madoguchi_classification ON contact_id = o.id {FEW} AND deals ? 'won' ORDER BY source, record
      ) k GROUP BY k.currency ORDER BY k.currency) w)"""
BESIDE = {
    "contact": OF_CONTACT,
    "account": OF_ACCOUNT.format(columns="1", told=""),
    "account known to the CRM": OF_ACCOUNT.format(columns="id, crm_class", told=TOLD),
}
LATEST = """
SELECT r.value, r.comment, r.rated_at, t.number, a.last_name, a.first_name FROM (
    SELECT * FROM madoguchi_rating WHERE {of}_id = %s::bigint ORDER BY rated_at DESC, id DESC LIMIT {most}
) r JOIN madoguchi_ticket t ON t.id = r.counts_for_id LEFT JOIN madoguchi_agent a ON a.id = r.agent_id
WHERE r.comment <> '' AND r.department_id = ANY(%s::bigint[]) AND r.rated_at >= coalesce(%s::timestamptz, '-infinity')
  AND t.trashed_at IS NULL AND NOT t.is_spam
ORDER BY r.rated_at DESC, r.id DESC LIMIT 1
"""
LATEST_OF = {kind: LATEST.format(of=kind, most=LOOKED_AT) for kind in ("contact", "account")}
MEMBERS = """
SELECT id, last_name, first_name, title FROM madoguchi_contact
WHERE account_id = %s::bigint AND trashed_at IS NULL AND last_ticket_at IS NOT NULL
ORDER BY last_ticket_at DESC, id DESC LIMIT %s::int
"""


@dataclass(frozen=True, slots=True)
class Voice:
    """A comment with its rating; `agent` is '' where nobody is known to have written the reply."""

    value: str
    comment: str
    at: datetime
    number: int
    agent: str


@dataclass(frozen=True, slots=True)
class Member:
    pk: int
    name: str
    title: str


def find_contact(pk: int) -> Contact | None:
    """With the account; addresses and phones come with what stands `beside`."""
    return next(iter(CONTACT(pk=pk)), None) if pk < 2**63 else None


def find_account(pk: int) -> Account | None:
    return next(iter(ACCOUNT(pk=pk)), None) if pk < 2**63 else None


def beside(customer: Contact | Account, *, has_crm: bool) -> dict[str, Any]:
    """`notes` in number; of an account also `contacts`, up to MOST, and where there is a CRM the `classes` of its contacts and
    the deals `won` with them: both None of that many.

    Addresses and phones, or the domains, are kept on the row.
    """
    is_account = isinstance(customer, Account)
    statement = ("account known to the CRM" if has_crm else "account") if is_account else "contact"
    found: dict[str, Any] = json.loads(prepared.fetch(BESIDE[statement], {"id": customer.pk})[0][0])
    for name in ["domains"] if is_account else ["addresses", "phones"]:
        _put(customer, name, found.pop(name) or [])
    return found


def _put(customer: Contact | Account, name: str, rows: Sequence[Sequence[Any]]) -> None:
    """As if the rows had been prefetched."""
    model, columns = ROWS[name]
    of = {"account" if model is AccountDomain else "contact": customer}
    known = getattr(customer, name).all()
    known._result_cache = [model(**dict(zip(columns, row, strict=True)), **of) for row in rows]
    known._prefetch_done = True
    customer.__dict__.setdefault("_prefetched_objects_cache", {})[name] = known


def latest_voice(customer: Contact | Account, departments: Sequence[int], since: datetime | None) -> Voice | None:
    """The newest comment among the latest ratings, of these departments and from `since` on."""
    kind = "account" if isinstance(customer, Account) else "contact"
    rows = prepared.fetch(LATEST_OF[kind], [customer.pk, list(departments), since])
    if not rows:
        return None
    value, comment, at, number, last, first = rows[0]
    return Voice(value, comment, at, number, full_name(last or "", first or ""))


def latest_members(account: Account, most: int) -> Sequence[Member]:
    """The contacts of an account whose tickets are the newest, in any department."""
    rows = prepared.fetch(MEMBERS, [account.pk, most])
    return [Member(pk, full_name(last, first), title) for pk, last, first, title in rows]
