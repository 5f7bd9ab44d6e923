"""How many tickets of a customer are in each state, came by each channel, were late: all that a list of them is narrowed by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from madoguchi.insight.asking import TICKETS, kind_of, within
from madoguchi.models import Account, Contact
from madoguchi.prepared import fetch

READ = """
SELECT measure, sum(count)::bigint FROM madoguchi_tally
WHERE subject = %(kind)s AND subject_id = %(id)s::bigint AND measure = ANY(%(measures)s::text[]) AND {when}
  AND (%(departments)s::bigint[] IS NULL OR department_id = ANY(%(departments)s::bigint[]))
GROUP BY measure
"""
ALL_TIME, SINCE = "day IS NULL", "day IS NOT NULL AND day >= %(since)s::date"


@dataclass(frozen=True, slots=True)
class Cells:
    """(state, channel, was late) → how many."""

    cells: dict[tuple[str, str, bool], int]

    def count(self, *, state: str = "", channel: str = "", is_overdue: bool = False) -> int:
        """How many meet all of it; '' stands for any."""
        return sum(
            n
            for (of_state, of_channel, was_late), n in self.cells.items()
            if state in ("", of_state) and channel in ("", of_channel) and (was_late or not is_overdue)
        )


def read(customer: Contact | Account, departments: Sequence[int] | None, since: date | None = None) -> Cells:
    """Of these departments (None: all), created since that day of the organisation's calendar. One statement."""
    values = {"kind": kind_of(customer), "id": customer.pk, **within(departments), "measures": TICKETS, "since": since}
    cells = {}
    for measure, n in fetch(READ.format(when=ALL_TIME if since is None else SINCE), values):
        _tickets, state, channel, *late = measure.split(".")
        cells[state, channel, bool(late)] = n
    return Cells(cells)
