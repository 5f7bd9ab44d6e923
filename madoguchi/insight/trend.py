"""How it went over the months, for the small picture beside the figures (SPEC I9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from madoguchi import tally
from madoguchi.insight.asking import kind_of, rate, within
from madoguchi.models import Account, Contact
from madoguchi.prepared import fetch

READ = """
SELECT day, measure, sum(count)::bigint, sum(total)::bigint, sum(business_total)::bigint FROM madoguchi_tally
WHERE subject = %(kind)s AND subject_id = %(id)s::bigint AND day >= %(since)s::date
  AND measure IN ('month.opened', 'month.closed', 'month.first_response', 'month.good', 'month.ok', 'month.bad')
  AND (%(departments)s::bigint[] IS NULL OR department_id = ANY(%(departments)s::bigint[]))
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Month:
    """One calendar month: tickets opened and closed in it, mean first response to those opened in it, ratings given in it."""

    month: date
    tickets: int = 0
    closed: int = 0
    first_response_s: int | None = None
    first_response_business_s: int | None = None
    good: int = 0
    okay: int = 0
    bad: int = 0

    @property
    def rated(self) -> int:
        return self.good + self.okay + self.bad

    @property
    def good_share(self) -> int | None:
        return rate(self.good, self.rated)


def months(customer: Contact | Account, departments: Sequence[int] | None, months: int = 12) -> list[Month]:
    """The last months, the oldest first and the present one last, those without anything too."""
    wanted = _last(months)
    rows = fetch(READ, {"kind": kind_of(customer), "id": customer.pk, **within(departments), "since": wanted[0]})
    found = {(day, measure): sums for day, measure, *sums in rows}

    def count(day: date, what: str) -> int:
        return found.get((day, f"month.{what}"), [0])[0]

    def mean(day: date, which: int) -> int | None:
        sums = found.get((day, "month.first_response"))
        return int(sums[which] / sums[0] + 0.5) if sums and sums[0] else None

    return [
        Month(
            month=day,
            tickets=count(day, "opened"),
            closed=count(day, "closed"),
            first_response_s=mean(day, 1),
            first_response_business_s=mean(day, 2),
            good=count(day, "good"),
            okay=count(day, "ok"),
            bad=count(day, "bad"),
        )
        for day in wanted
    ]


def _last(n: int) -> list[date]:
    this = tally.month_of(tally.today())
    numbers = range(this.year * 12 + this.month - n, this.year * 12 + this.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]
