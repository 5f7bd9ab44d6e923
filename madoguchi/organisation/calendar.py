"""After the organisation's time zone changed: the days of all figures are counted anew, while the desk works on."""

import json
import time

from django.db import connection, transaction
from procrastinate.contrib.django import app as jobs

from madoguchi import tally
from madoguchi.models import Ticket
from madoguchi.prepared import fetch
from madoguchi.record import settle

# Every process knows the new time zone by then (`tally.days`).
AFTER_S, AGAIN_AFTER_S, WAIT_S = 3, 300, 60
# The day of a rating stands on its ticket.
ON_OTHER_DAYS = """
SELECT r.counts_for_id, jsonb_agg(jsonb_build_array(to_char(r.rated_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD'), r.value)
  ORDER BY r.rated_at, r.id){1} AS ratings
FROM madoguchi_rating r WHERE {0} GROUP BY 1
"""
THOSE = f"""
SELECT t.id FROM ({ON_OTHER_DAYS.format("true", "")}) r JOIN madoguchi_ticket t ON t.id = r.counts_for_id
WHERE t.ratings <> r.ratings ORDER BY 1
"""
OF_ONE = ON_OTHER_DAYS.format("r.counts_for_id = %(ticket)s::bigint", "::text")


def soon(after_s: int = AFTER_S) -> None:
    """Queue it, once the change is committed and known everywhere."""
    jobs.configure_task("count_days_anew", queue="reactions", schedule_in={"seconds": after_s}).defer()


def count_days_anew() -> int:
    """Returns how many rows of the ledger that took. May run twice.

    What was written by the old calendar is mended once it is there: a transaction that began before is waited for; one that
    takes longer is mended by another run.
    """
    assert not connection.in_atomic_block, "the ledger is compared with tickets as others commit them"
    is_quiet = _others_ended()
    for pk in [row[0] for row in fetch(THOSE, {"zone": tally.zone().key})]:
        _rate_on_other_days(pk)
    with transaction.atomic():
        mended = tally.mend()
    if not is_quiet:
        soon(AGAIN_AFTER_S)
    return mended


def _rate_on_other_days(pk: int) -> None:
    with transaction.atomic():
        ticket = Ticket.objects.filter(pk=pk).first()
        if ticket is None:
            return
        with settle(ticket):
            if found := fetch(OF_ONE, {"zone": tally.zone().key, "ticket": pk}):
                ticket.ratings = json.loads(found[0][1])


def _others_ended() -> bool:
    """Wait until all transactions have ended that are running now; False where one takes too long."""
    (mark,) = fetch("SELECT pg_current_xact_id()::text::bigint")[0]
    end = time.monotonic() + WAIT_S
    while fetch("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint <= %s::bigint", [mark])[0][0]:
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True
