"""What merging contacts and merging accounts have in common: which records, whose values, and what the others give up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.errors import Refused
from madoguchi.models import Account, Contact
from madoguchi.prepared import fetch
from madoguchi.record import now, told

Customer = Contact | Account
C = TypeVar("C", Contact, Account)
FEWEST, MOST = 2, 5
LOCK = "SELECT id FROM {table} WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
STRAYS = "SELECT id, merged_into_id FROM {table} WHERE merged_into_id IS NOT NULL AND modified_at > %s::timestamptz"
STRAYS_WITHIN = timedelta(days=1)
LEAD = "UPDATE {table} SET merged_into_id = %s::bigint WHERE merged_into_id = ANY(%s::bigint[]) RETURNING id"


class NotMergeable(Refused):
    """`customer` is the one it fails for, None where it is their number."""

    def __init__(self, code: str, text: str, customer: Customer | None = None) -> None:
        super().__init__(code, text, "ids")
        self.customer = customer


@dataclass(frozen=True, slots=True)
class Row:
    """One field side by side: a raw value for each record, in their order. `chosen` is the place of the proposed one."""

    key: str
    values: list[Any]
    differs: bool
    chosen: int


def final(customer: C) -> C:
    """Where the record leads: the one it was merged into (always the last of a chain), else itself."""
    return customer if customer.merged_into_id is None else type(customer).objects.get(pk=customer.merged_into_id)


def lock_rows(model: type[Customer], ids: Sequence[int]) -> None:
    fetch(LOCK.format(table=model._meta.db_table), [sorted(ids)])


def lead(model: type[Customer], main: int, others: Sequence[int]) -> None:
    """What had led to the others leads to the main one."""
    fetch(LEAD.format(table=model._meta.db_table), [main, list(others)])


def gather(model: type[Customer], move_rest: Callable[[int, Sequence[int]], None]) -> None:
    """What was written for a record at the very moment it was merged away, by someone who had read it before."""
    husks: dict[int, list[int]] = {}
    for pk, main in fetch(STRAYS.format(table=model._meta.db_table), [now() - STRAYS_WITHIN]):
        husks.setdefault(main, []).append(pk)
    for main, others in husks.items():
        with transaction.atomic():
            move_rest(main, others)


def refuse_merged(customer: Customer) -> None:
    """Refused: MERGED, where somebody merged the record away meanwhile."""
    if customer.merged_into_id is not None:
        raise Refused("MERGED", _("Nothing was done: this record was merged into another one meanwhile."))


def refuse_count(n: int) -> None:
    """Refused: MERGE_COUNT. `n` with the main record."""
    if not FEWEST <= n <= MOST:
        raise NotMergeable("MERGE_COUNT", _("Choose between two and five records."))


def refuse_unmergeable(main: Customer, others: Sequence[Customer]) -> None:
    """Refused, by the first rule one of them breaks: MERGE_TWICE, MERGE_GONE, MERGE_TRASHED. `main` is the last of its chain."""
    met = {main.pk}
    for other in others:
        if other.pk in met:
            raise NotMergeable("MERGE_TWICE", _("%(name)s is named twice.") % {"name": other}, other)
        if other.merged_into_id == main.pk:
            text = _("%(name)s is part of %(main)s already.") % {"name": other, "main": main}
            raise NotMergeable("MERGE_TWICE", text, other)
        met.add(other.pk)
    for other in others:
        if other.merged_into_id is not None:
            text = _("%(name)s was merged into another record before.") % {"name": other}
            raise NotMergeable("MERGE_GONE", text, other)
    for each in (main, *others):
        if each.trashed_at is not None:
            raise NotMergeable("MERGE_TRASHED", _("%(name)s lies in the recycle bin.") % {"name": each}, each)


def refuse_unknown_picks(main: C, others: Sequence[C], picks: Mapping[str, C], fields: Sequence[str]) -> dict[str, C]:
    """Field → whose value is kept, as these records are now. Refused: MERGE_FIELD."""
    known: dict[int, C] = {other.pk: other for other in others}
    known[main.pk] = main
    found: dict[str, C] = {}
    for name, customer in picks.items():
        if name not in fields:
            raise Refused(
                "MERGE_FIELD", _("This field always stays the main record's, or there is no such field."), name
            )
        pk = main.pk if customer.merged_into_id == main.pk else customer.pk
        if pk not in known:
            raise Refused("MERGE_FIELD", _("%(name)s is not part of this merge.") % {"name": customer}, name)
        found[name] = known[pk]
    return found


def is_empty(value: Any) -> bool:
    return value is None or value == ""


def differ(values: Sequence[Any]) -> bool:
    """Empty against filled is a difference."""
    plain = [None if is_empty(value) else value for value in values]
    return any(value != plain[0] for value in plain)


def proposed(values: Sequence[Any], main: int) -> int:
    """The main record's value; where it has none, that of the first other that has one."""
    if not is_empty(values[main]):
        return main
    return next((place for place, value in enumerate(values) if not is_empty(value)), main)


def given_up(had: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Values a record had and the merged one has not, as history keeps them."""
    return {key: told(value) for key, value in had.items() if not is_empty(value) and value != now.get(key)}
