"""From what the CRM knows to the class (SPEC C1). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from madoguchi.kit.characters import one_line
from madoguchi.models import CrmClass
from madoguchi.reactions.crm.connector import Deal, Record


def class_of(record: Record | None, *, won_first: bool = False) -> CrmClass:
    """Nobody the CRM knows: NEW. With both an open and a won deal: DEAL, or CUSTOMER where `won_first`."""
    if record is None:
        return CrmClass.NEW
    return class_by_deals(record.deals, won_first=won_first)


def class_by_deals(deals: Iterable[Deal], *, won_first: bool = False) -> CrmClass:
    there = {deal.category for deal in deals}
    order = [("won", CrmClass.CUSTOMER), ("open", CrmClass.DEAL)]
    for category, crm_class in order if won_first else reversed(order):
        if category in there:
            return crm_class
    return CrmClass.CONTACT


def summary(deals: Sequence[Deal]) -> dict[str, dict[str, Any]]:
    """Deals as `Classification` keeps them. An amount where all of a category name one currency; the first deal's stage."""
    found: dict[str, dict[str, Any]] = {}
    for category in ("won", "open"):
        those = [deal for deal in deals if deal.category == category]
        if not those:
            continue
        of: dict[str, Any] = {"n": len(those)}
        found[category] = of
        if category == "open" and those[0].stage:
            of["stage"] = one_line(those[0].stage)[:100]
        currencies = {deal.currency for deal in those if deal.amount is not None}
        if len(currencies) == 1:
            total = sum((deal.amount for deal in those if deal.amount is not None), Decimal(0))
            of |= {"amount": format(total.normalize(), "f"), "currency": currencies.pop()}
    return found


def class_by_summary(record: str, deals: Mapping[str, Any], *, won_first: bool = False) -> CrmClass:
    """The class again, from what was kept: for who has turned the order round meanwhile."""
    return class_of(Record("contacts", record, _categories(deals)) if record else None, won_first=won_first)


def _categories(deals: Mapping[str, Any]) -> tuple[Deal, ...]:
    return tuple(Deal(category) for category in ("won", "open") if category in deals)
