"""A few figures of each customer on a list, in one statement for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from madoguchi.insight.asking import RATINGS, TICKETS, rate, within
from madoguchi.prepared import fetch

NAMES = ", ".join(f"'{name}'" for name in [*TICKETS, *RATINGS])
READ = f"""
SELECT subject_id, measure, sum(count)::bigint FROM madoguchi_tally
WHERE subject = %(kind)s AND subject_id = ANY(%(ids)s::bigint[]) AND day IS NULL AND measure IN ({NAMES})
  AND (%(departments)s::bigint[] IS NULL OR department_id = ANY(%(departments)s::bigint[]))
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Summary:
    total: int = 0
    open: int = 0
    overdue: int = 0
    good: int = 0
    okay: int = 0
    bad: int = 0

    @property
    def rated(self) -> int:
        return self.good + self.okay + self.bad

    @property
    def satisfaction(self) -> int | None:
        return rate(self.good, self.rated)


def summaries(kind: str, ids: Sequence[int], departments: Sequence[int] | None) -> dict[int, Summary]:
    """`kind`: contact or account. All the ids are in the answer."""
    counts: dict[int, dict[str, int]] = {pk: {} for pk in ids}
    for pk, measure, n in fetch(READ, {"kind": kind, "ids": list(counts), **within(departments)}) if counts else []:
        _add(counts[pk], measure, n)
    return {pk: Summary(**found) for pk, found in counts.items()}


def _add(found: dict[str, int], measure: str, n: int) -> None:
    what, _dot, rest = measure.partition(".")
    if what == "rating":
        names = ["okay" if rest == "ok" else rest]
    else:
        names = ["total"]
        names += ["open"] if rest.startswith("Open.") else []
        names += ["overdue"] if rest.endswith(".late") else []
    for name in names:
        found[name] = found.get(name, 0) + n


def of(counts: Mapping[str, int]) -> Summary:
    """The same of measures that were read with other things (the ticket page does)."""
    found: dict[str, int] = {}
    for measure, n in counts.items():
        _add(found, measure, n)
    return Summary(**found)
