"""Tickets that get another contact or account, many at once: in SQL, without an event each (SPEC I1, I9).

Figures, ratings and history follow. `holding` has the order of the locks.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from madoguchi import bell, tally
from madoguchi.actor import Actor
from madoguchi.prepared import fetch

LOCK = "SELECT count(*) FROM (SELECT t.id FROM madoguchi_ticket t WHERE {where} ORDER BY t.id FOR NO KEY UPDATE) held"
SEEING = """
SELECT t.department_id FROM madoguchi_ticket t WHERE {where} GROUP BY 1
UNION SELECT d::bigint FROM madoguchi_ticket t, jsonb_object_keys(t.shared) d WHERE {where} AND t.shared <> '{{}}' GROUP BY 1
"""
TO_CONTACT = """
UPDATE madoguchi_ticket t SET contact_id = %(main)s::bigint, crm_class = c.crm_class, account_id = CASE
  WHEN %(new)s::bigint IS NOT NULL AND (t.account_id IS NULL OR t.account_id = %(old)s::bigint) THEN %(new)s::bigint ELSE t.account_id END
FROM madoguchi_contact c WHERE c.id = %(main)s::bigint AND t.contact_id = %(other)s::bigint
"""
TO_ACCOUNT = "UPDATE madoguchi_ticket t SET account_id = %(new)s::bigint WHERE {where}"
# Ratings and history repeat whose a ticket is.
RATINGS = """
UPDATE madoguchi_rating r SET contact_id = t.contact_id, account_id = t.account_id FROM madoguchi_ticket t
WHERE r.counts_for_id = t.id AND {where} AND (r.contact_id, r.account_id) IS DISTINCT FROM (t.contact_id, t.account_id)
"""
EVENTS = """
UPDATE madoguchi_event e SET contact_id = t.contact_id, account_id = t.account_id FROM madoguchi_ticket t
WHERE e.ticket_id = t.id AND {where} AND (e.contact_id, e.account_id) IS DISTINCT FROM (t.contact_id, t.account_id)
"""
OF_CONTACTS = "t.contact_id = ANY(%(contacts)s::bigint[])"
OF_ACCOUNTS = "t.account_id = ANY(%(accounts)s::bigint[])"
# Those that stand under the contact's account or under none: what was put under another account by hand stays there.
UNDER = "t.contact_id = %(contact)s::bigint AND t.account_id = %(old)s::bigint"
UNDER_NONE = "t.contact_id = %(contact)s::bigint AND t.account_id IS NULL"
GOING_ALONG = """
SELECT count(*) FROM madoguchi_ticket
WHERE contact_id = %s::bigint AND merged_into_id IS NULL AND (account_id IS NULL OR account_id = %s::bigint)
"""
Asked = Mapping[str, Any]


def done(sql: str, asked: Asked | Sequence[Any]) -> int:
    """Write, and say how many rows were written."""
    return int(fetch(f"WITH written AS ({sql} RETURNING 1) SELECT count(*) FROM written", asked)[0][0])


def lock(where: str, asked: Asked) -> None:
    """Lock the tickets in the order of their ids. Twice: whoever was just giving one of them away or getting one has done
    so once the first round has its locks; nobody else can."""
    for _round in range(2):
        fetch(LOCK.format(where=where), asked)


def lock_of_contacts(ids: Collection[int]) -> None:
    lock(OF_CONTACTS, {"contacts": list(ids)})


def lock_of_accounts(ids: Collection[int]) -> None:
    lock(OF_ACCOUNTS, {"accounts": list(ids)})


def to_contact(other: int, main: int, *, old: int | None, new: int | None) -> int:
    """All tickets of one contact become another's, also those in the bin; those under the account `old` or none go to `new`
    unless that is none. Returns how many."""
    tally.hand_over("contact", OF_CONTACTS, {"contacts": [other]}, old=other, new=main)
    if new is not None:
        hand_over_account(other, old, new)
    return done(TO_CONTACT, {"main": main, "other": other, "old": old, "new": new})


def to_account(contact: int, old: int | None, new: int | None) -> int:
    """A contact's tickets go to another account with them: those under `old`, and those under none. Returns how many."""
    there = hand_over_account(contact, old, new)
    return sum(done(TO_ACCOUNT.format(where=where), {"contact": contact, "old": old, "new": new}) for where in there)


def hand_over_account(contact: int, old: int | None, new: int | None) -> list[str]:
    """The figures of those that go. Returns which go, as conditions."""
    going = {UNDER: old, UNDER_NONE: None}
    going = {
        where: there for where, there in going.items() if there != new and (there is not None or where == UNDER_NONE)
    }
    for where, there in going.items():
        tally.hand_over("account", where, {"contact": contact, "old": there}, old=there, new=new)
    return list(going)


def from_account(old: int, new: int) -> int:
    """All tickets of one account become another's."""
    asked = {"accounts": [old], "new": new}
    tally.hand_over("account", OF_ACCOUNTS, asked, old=old, new=new)
    return done(TO_ACCOUNT.format(where=OF_ACCOUNTS), asked)


def follow(where: str, asked: Asked) -> None:
    """Ratings and events of these tickets, once the tickets have moved."""
    done(RATINGS.format(where=where), asked)
    done(EVENTS.format(where=where), asked)


def ring(where: str, asked: Asked, verb: str, *, by: Actor) -> None:
    """Lists of all departments that see one of these tickets look once."""
    agent = by.agent.pk if by.agent else None
    bell.ring_each(
        {"department": pk, "verb": verb, "agent": agent} for (pk,) in fetch(SEEING.format(where=where), asked)
    )


def going_along(contact: int, account: int | None) -> int:
    """How many tickets go along when the contact changes from this account to another."""
    return int(fetch(GOING_ALONG, [contact, account])[0][0])
