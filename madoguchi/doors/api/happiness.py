"""How satisfied the contacts and accounts of a page are: one statement for all of them."""

from collections.abc import Sequence
from typing import TypeVar

from madoguchi.actor import Actor
from madoguchi.insight import many
from madoguchi.insight.asking import kind_of, own_departments
from madoguchi.models import Account, Contact

Row = TypeVar("Row", Contact, Account)


def known(rows: Sequence[Row], by: Actor) -> Sequence[Row]:
    """The same rows, each with its `happiness` for `present.contact`."""
    if rows:
        found = many.summaries(kind_of(rows[0]), [row.pk for row in rows], own_departments(by))
        for row in rows:
            row.__dict__["happiness"] = found[row.pk]
    return rows
