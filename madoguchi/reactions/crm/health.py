"""How the CRM over the network is: it answers, it is left alone for a while, or it wants a new consent (SPEC C7)."""

import random
from datetime import datetime, timedelta

from django.db import transaction

from madoguchi.models import CrmConnection
from madoguchi.organisation import crm
from madoguchi.reactions.crm.connector import Down, Unauthorised

FIRST_S, LONGEST_S, LONGEST_ASKED_S = 30, 15 * 60, 24 * 3600
OK_EVERY = timedelta(seconds=10)


def pause_s(failures: int, retry_after_s: float | None = None, *, chance: float | None = None) -> float:
    """How long to leave the CRM alone after so many failures in a row: 30 s, doubled up to a quarter of an hour, give or
    take a fifth. What it asks for itself is honoured up to a day, and up to a tenth longer. `chance` from 0 to 1."""
    chance = random.random() if chance is None else chance
    if retry_after_s is not None:
        return min(max(retry_after_s, 1.0), LONGEST_ASKED_S) * (1 + chance / 10)
    return min(FIRST_S * 2 ** min(max(failures - 1, 0), 10), LONGEST_S) * (0.8 + 0.4 * chance)


def _same(of: CrmConnection) -> CrmConnection | None:
    found = CrmConnection.objects.select_for_update().filter(pk=1, kind=of.kind, connected_at=of.connected_at)
    return found.first()


@transaction.atomic
def is_down(of: CrmConnection, why: Down, asked: str, *, now: datetime) -> None:
    """Leave it alone for a while. Workers side by side that find the same are one failure."""
    row = _same(of)
    if row is None or crm.is_paused(row, now):
        return
    row.failures += 1
    row.paused_until = now + timedelta(seconds=pause_s(row.failures, why.retry_after_s))
    row.save(update_fields=["failures", "paused_until"])
    crm.note_trouble(asked, why.text, status=why.status)


@transaction.atomic
def is_refused(of: CrmConnection, why: Unauthorised, asked: str) -> None:
    """Ask nothing more until an administrator connects it again. Who did so while it was asked is not undone."""
    row = _same(of)
    if row is None or row.needs_consent or row.settings.get("consented_at") != of.settings.get("consented_at"):
        return
    row.needs_consent = True
    row.save(update_fields=["needs_consent"])
    crm.note_trouble(asked, why.text, status=why.status)


def is_well(of: CrmConnection, *, now: datetime) -> None:
    """It answered. Said now and then is enough."""
    if of.failures or of.paused_until or of.last_ok_at is None or now - of.last_ok_at > OK_EVERY:
        found = CrmConnection.objects.filter(pk=1, kind=of.kind, connected_at=of.connected_at)
        found.update(failures=0, paused_until=None, last_ok_at=now)
        of.failures, of.paused_until, of.last_ok_at = 0, None, now
