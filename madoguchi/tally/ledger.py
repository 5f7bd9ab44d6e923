"""Write down what a change makes of the figures. Rows are only ever added: counting waits for nobody."""

from typing import Any

from madoguchi.sheet import Sheet, array
from madoguchi.tally.measures import NIL, Figures

KEY = "subject, subject_id, department_id, measure, day, bucket, business_bucket"
COLUMNS = f"{KEY}, count, total, business_total"
ADD = (
    f"INSERT INTO madoguchi_tally ({COLUMNS})"
    " SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::smallint[], %s::smallint[],"
    " %s::bigint[], %s::bigint[], %s::bigint[])"
)


def add_difference(before: Figures, after: Figures, sheet: Sheet | None = None) -> None:
    """Append to the ledger what a change of one ticket makes of the figures: now, or with the rest of a sheet."""
    if before == after:
        return
    rows: list[tuple[Any, ...]] = []
    for key in before.keys() | after.keys():
        old, new = before.get(key, NIL), after.get(key, NIL)
        if old != new:
            rows.append((*key, new[0] - old[0], new[1] - old[1], new[2] - old[2]))
    own = sheet or Sheet()
    own.add(ADD, [array(column) for column in zip(*rows, strict=True)])
    if sheet is None:
        own.send()
