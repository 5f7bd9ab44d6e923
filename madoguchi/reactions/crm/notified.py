"""The CRM said that records changed (SPEC C7): whose they are is asked of it by the worker, then they are looked up again."""

from collections.abc import Sequence
from typing import Any

from procrastinate.contrib.django import app as jobs

from madoguchi import lookups, record
from madoguchi.models import CrmConnection
from madoguchi.organisation import crm
from madoguchi.reactions.crm import health, kinds
from madoguchi.reactions.crm.connector import Down, Misunderstood, Unauthorised

AGAIN_S = (60, 300, 900, 3600)


def take(module: str, ids: Sequence[str], *, of: str) -> None:
    """In the transaction of whoever heard it: those found in these records before are looked up, the rest is a job."""
    if of not in kinds.KINDS or not ids:
        return
    lookups.wish_of_records(ids, of=of)
    defer(module, list(ids))


def defer(module: str, ids: list[str], *, tries: int = 0, after_s: float = 0) -> None:
    """One at a time in all workers, so that a slow CRM never holds up other jobs."""
    when: dict[str, Any] = {"schedule_in": {"seconds": int(after_s)}} if after_s else {}
    job = jobs.configure_task("look_up_notified", queue="reactions", lock="look_up_notified", **when)
    told: dict[str, Any] = {"module": module, "ids": ids, "tries": tries}
    job.defer(**told)


def look_up(module: str, ids: list[str], tries: int = 0) -> int:
    """How many of our contacts these records concern. Tried again later while the CRM does not answer."""
    connection, now = crm.connection(), record.now()
    if connection.kind not in kinds.KINDS or connection.needs_consent:
        return 0
    if crm.is_paused(connection, now):
        return _later(module, ids, tries)
    try:
        return _wish_for(connection, module, ids)
    except Down as why:
        health.is_down(connection, why, _asked(module, ids), now=now)
        return _later(module, ids, tries)
    except Unauthorised as why:
        health.is_refused(connection, why, _asked(module, ids))
    except Misunderstood as why:
        crm.note_trouble(_asked(module, ids), why.text, status=why.status)
    return 0


def _wish_for(connection: CrmConnection, module: str, ids: list[str]) -> int:
    connector: Any = kinds.connector(connection)
    try:
        people = connector.concerned(module, ids)
    finally:
        connector.close()
    emails = [email for person in people for email in person.emails]
    phones = [phone for person in people for phone in person.phones]
    found = lookups.wish_by_keys(emails, phones, of=connection.kind)
    return found + lookups.wish_of_records([person.record for person in people], of=connection.kind)


def _later(module: str, ids: list[str], tries: int) -> int:
    if tries < len(AGAIN_S):
        defer(module, ids, tries=tries + 1, after_s=AGAIN_S[tries])
    return 0


def _asked(module: str, ids: Sequence[str]) -> str:
    return f"{module} {', '.join(ids)}"
