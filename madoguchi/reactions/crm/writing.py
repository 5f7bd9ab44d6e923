"""What the CRM said, written down: the contact's class, how it came about, one event, and its open tickets' copies.

Everything in the caller's transaction, the contacts' rows locked first. An answer to an older question than the one
already written is left out, so that workers side by side cannot bring an old class back.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from madoguchi import record
from madoguchi.actor import Actor
from madoguchi.kit.characters import storable
from madoguchi.models import Account, Contact, CrmClass, CrmConnection
from madoguchi.organisation.crm import KEYS
from madoguchi.prepared import fetch
from madoguchi.reactions.crm import copies
from madoguchi.reactions.crm.classes import class_by_summary, class_of, summary
from madoguchi.reactions.crm.connector import Record

IS_SAME = """
SELECT won_first FROM madoguchi_crmconnection WHERE id = 1 AND kind = %s AND connected_at IS NOT DISTINCT FROM %s::timestamptz FOR SHARE
"""
# In the order of ids, as everybody does who locks several. Intake, which only points to a contact, waits for none of it.
LOCK = """
SELECT c.id, c.crm_class, c.account_id, k.source, k.record, k.deals::text, k.checked_at, k.tries
FROM madoguchi_contact c LEFT JOIN madoguchi_classification k ON k.contact_id = c.id
WHERE c.id = ANY(%s::bigint[]) ORDER BY c.id FOR NO KEY UPDATE OF c
"""
KEEP = """
INSERT INTO madoguchi_classification AS k (contact_id, source, module, record, deals, checked_at, changed_at, tries, error)
SELECT a.contact, %(source)s, a.module, a.record, a.deals::jsonb, %(at)s::timestamptz,
  CASE WHEN a.differs THEN %(at)s::timestamptz END, 0, ''
FROM unnest(%(contact)s::bigint[], %(module)s::text[], %(record)s::text[], %(deals)s::text[], %(differs)s::bool[])
  AS a (contact, module, record, deals, differs)
ON CONFLICT (contact_id) DO UPDATE SET source = excluded.source, module = excluded.module, record = excluded.record,
  deals = excluded.deals, checked_at = excluded.checked_at, changed_at = coalesce(excluded.changed_at, k.changed_at),
  tries = 0, error = ''
RETURNING contact_id
"""
SET = """
UPDATE madoguchi_contact c SET crm_class = a.crm_class FROM unnest(%s::bigint[], %s::int[]) AS a (id, crm_class)
WHERE c.id = a.id RETURNING c.id
"""
TURNED = "UPDATE madoguchi_classification SET changed_at = %s::timestamptz WHERE contact_id = ANY(%s::bigint[]) RETURNING contact_id"
FAILED = """
INSERT INTO madoguchi_classification AS k (contact_id, source, module, record, deals, tries, error)
VALUES (%s::bigint, %s, '', '', '{}', 1, %s)
ON CONFLICT (contact_id) DO UPDATE SET tries = least(k.tries + 1, 30000), error = excluded.error RETURNING tries
"""

SKEW = timedelta(minutes=1)  # by so much the clocks of two workers may differ


@dataclass(slots=True)
class Known:
    """A contact under lock, and what was kept of it."""

    contact: int
    crm_class: int
    account: int | None
    source: str | None
    record: str | None
    deals: str | None
    checked_at: datetime | None
    tries: int | None

    def was_asked_within(self, span: timedelta, of: CrmConnection, now: datetime) -> bool:
        """Whether this connection answered for it a moment ago."""
        if self.source != of.kind or self.checked_at is None or self.tries:
            return False
        return now + SKEW >= self.checked_at >= max(now - span, of.connected_at or now)

    def is_older_than(self, asked_at: datetime) -> bool:
        """Whether what was kept answers no later question. A time that is still to come was told by a clock that was wrong."""
        at = self.checked_at
        return at is None or at <= asked_at or at > record.now() + SKEW


def is_same(connection: CrmConnection) -> bool:
    """Whether it is still this CRM that is asked; it stays so until the transaction ends. Brings `won_first` up to date.

    Asked before any wish is held: who connects another CRM locks the connection first, too, and then deletes all wishes.
    """
    found = fetch(IS_SAME, [connection.kind, connection.connected_at])
    if found:
        connection.won_first = found[0][0]
    return bool(found)


def lock(contact_ids: Iterable[int], *, waiting: bool) -> list[Known]:
    """These contacts; those in other hands are left out, unless `waiting`."""
    rows = fetch(LOCK if waiting else f"{LOCK} SKIP LOCKED", [sorted(contact_ids)])
    return [Known(*row) for row in rows]


def write(
    known: Sequence[Known],
    answers: Mapping[int, Record],
    connection: CrmConnection,
    *,
    asked_at: datetime,
    is_newest: bool = False,
) -> bool:
    """What the CRM said of these contacts when it was asked: a record, or that it does not know them.

    False where there is an answer to a later question already, by whichever worker's clock: better ask again.
    `is_newest`: it was asked under the contacts' locks.
    """
    fresh = [k for k in known if is_newest or k.source != connection.kind or k.is_older_than(asked_at)]
    classes = {k.contact: class_of(answers.get(k.contact), won_first=connection.won_first) for k in fresh}
    kept: dict[str, list[Any]] = {name: [] for name in ("contact", "module", "record", "deals", "differs")}
    for each in fresh:
        answer = answers.get(each.contact)
        kept["contact"].append(each.contact)
        kept["module"].append(answer.module if answer else "")
        kept["record"].append(answer.id[:64] if answer else "")
        kept["deals"].append(json.dumps(summary(answer.deals) if answer else {}))
        kept["differs"].append(each.crm_class != classes[each.contact])
    if fresh:
        fetch(KEEP, {**kept, "source": connection.kind, "at": asked_at})
    _set(fresh, classes)
    copies.mend([each.contact for each in known])
    return len(fresh) == len(known)


def turn_round(known: Sequence[Known], connection: CrmConnection, *, now: datetime) -> None:
    """The classes of these contacts by what was kept of them, where the order of the columns was changed; and the copies."""
    ours = [k for k in known if k.source == connection.kind and k.checked_at is not None]
    classes = {
        k.contact: class_by_summary(k.record or "", json.loads(k.deals or "{}"), won_first=connection.won_first)
        for k in ours
        if k.checked_at is not None and k.checked_at >= (connection.connected_at or now)
    }
    changed = _set([k for k in ours if k.contact in classes], classes)
    if changed:
        fetch(TURNED, [now, changed])
    copies.mend([each.contact for each in known])


def fail(contact: int, connection: CrmConnection, text: str) -> int:
    """The CRM's answer about this contact could not be read. Returns how many times in a row."""
    return int(fetch(FAILED, [contact, connection.kind, storable(text)[:300]])[0][0])


def _set(known: Sequence[Known], classes: Mapping[int, CrmClass]) -> list[int]:
    differ = [each for each in known if each.crm_class != classes[each.contact]]
    if differ:
        fetch(SET, [[each.contact for each in differ], [int(classes[each.contact]) for each in differ]])
    for each in differ:
        before, after = KEYS[CrmClass(each.crm_class)], KEYS[classes[each.contact]]
        record.note(
            "contact.classified",
            by=Actor.desk(),
            contact=Contact(pk=each.contact),
            account=Account(pk=each.account) if each.account else None,
            before={"crm_class": before},
            after={"crm_class": after},
        )
    return [each.contact for each in differ]
