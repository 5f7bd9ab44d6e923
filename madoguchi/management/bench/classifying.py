"""A thousand contacts looked up in a CRM over the network while an agent reads the board (SPEC C7).

The running worker asks a server on this machine (`crm_server`), which it knows by MADOGUCHI_CRM_HOSTS.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from madoguchi import lookups
from madoguchi.actor import Actor
from madoguchi.management.bench.crm_server import serving
from madoguchi.management.bench.driving import drive
from madoguchi.management.bench.http import Request
from madoguchi.models import Classification, CrmConnection, Lookup, Ticket
from madoguchi.models.organisation import State
from madoguchi.organisation import crm
from madoguchi.prepared import fetch

CONTACTS, A_MINUTE, SLOWER = 1_000, 1_000, 1.3
RATE = 3_300  # requests a minute: the people `crm_server` knows take three, the others one or two
PATIENCE_S = 180
ASK = """
SELECT count(*), coalesce(extract(epoch FROM max(checked_at) - %s::timestamptz), 0)::float8
FROM madoguchi_classification WHERE checked_at > %s::timestamptz
"""


def classifying(url: str, crm_url: str, board: Sequence[Request], seconds: float) -> dict[str, Any]:
    """How many contacts a minute, and the board's p50 and p95 in ms without and meanwhile."""
    contacts = _contacts()
    with _connected() as turn, serving(crm_url, turn):
        alone = drive(url, board, clients=1, seconds=seconds)
        before = _changes(contacts)
        started, at = time.monotonic(), fetch("SELECT clock_timestamp()")[0][0]
        lookups.wish_all(contacts)
        meanwhile = drive(url, board, clients=1, seconds=seconds)
        done, took = _until_done(at, len(contacts), started)
        changed = sum(moment != before.get(pk) for pk, moment in _changes(contacts).items())
    return {
        "contacts": done,
        "changed": changed,
        "seconds": round(took, 1),
        "per_minute": round(done / took * 60),
        "board_p50": alone.p50,
        "board_p50_meanwhile": meanwhile.p50,
        "board_p95": alone.p95,
        "board_p95_meanwhile": meanwhile.p95,
    }


def words(found: dict[str, Any]) -> str:
    good = found["per_minute"] >= A_MINUTE and found["board_p50_meanwhile"] <= found["board_p50"] * SLOWER + 2
    return (
        f"CRM over the network (20 ms an answer): {found['per_minute']:,} contacts a minute looked up"
        f" {'✓' if good else '✕'} (> {A_MINUTE:,}), {found['changed']} of {found['contacts']} changed their class; the board's p50"
        f" {found['board_p50_meanwhile']:.1f} ms meanwhile, {found['board_p50']:.1f} ms without"
        f" (p95 {found['board_p95_meanwhile']:.1f} and {found['board_p95']:.1f})."
    )


@contextmanager
def _connected() -> Iterator[int]:
    """The CRM over the network in the place of the one the desk has, which comes back as it was. Gives the turn: another
    one each time a kept desk is measured, so that classes change."""
    was = CrmConnection.objects.filter(pk=1).first() or CrmConnection(pk=1)
    was.settings["bench_turn"] = turn = was.settings.get("bench_turn", 0) + 1
    crm.connect("hubspot", settings={"per_minute": RATE}, secrets={"access_token": "bench-token"}, by=Actor.desk())
    Lookup.objects.all().delete()  # the many who wait after connecting are not what is measured
    time.sleep(1.5)  # what processes keep for a second
    lookups.forget()
    try:
        yield turn
    finally:
        Lookup.objects.all().delete()
        was.save()


def _changes(contacts: Sequence[int]) -> dict[int, datetime | None]:
    return dict(Classification.objects.filter(contact__in=contacts).values_list("contact", "changed_at"))


def _contacts() -> list[int]:
    """Of the first department, with open tickets."""
    open_ones = Ticket.objects.filter(Ticket.LIVE, state=State.OPEN, department_id=1)
    return list(open_ones.order_by("contact").values_list("contact", flat=True).distinct()[:CONTACTS])


def _until_done(at: Any, wanted: int, started: float) -> tuple[int, float]:
    """(how many were looked up, seconds until the last of them)"""
    done, took = 0, 0.0
    while done < wanted and time.monotonic() - started < PATIENCE_S:
        time.sleep(0.1)
        done, took = fetch(ASK, [at, at])[0]
    return done, max(took, 0.001)
