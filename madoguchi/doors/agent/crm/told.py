"""What the CRM said of a ticket's contact, as the contact panel of the ticket shows it: 商談・内蔵CRM・3分前."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from madoguchi import lookups
from madoguchi.doors.agent.crm.frame import money
from madoguchi.models import CrmConnection

OLD = timedelta(hours=30)  # looked up again after a day: the CRM must have been out of reach since


@dataclass(frozen=True, slots=True)
class Told:
    crm_class: int
    kind: CrmConnection.Kind
    at: datetime | None
    deals: list[tuple[str, int, str, str]]

    @property
    def is_old(self) -> bool:
        """The built-in CRM says itself what changes: what it said once is true."""
        is_asked = self.kind != CrmConnection.Kind.BUILT_IN
        return is_asked and self.at is not None and timezone.now() - self.at > OLD


def told(crm_class: int, found: Mapping[str, Any] | None) -> Told | None:
    """None while no CRM is connected. `found`: source, deals, and `at` as ISO text; None where it was never asked."""
    kind = lookups.kind()
    if not kind:
        return None
    if found is None:
        return Told(crm_class, CrmConnection.Kind(kind), None, [])
    at = datetime.fromisoformat(found["at"]) if found["at"] else None
    return Told(crm_class, CrmConnection.Kind(found["source"]), at, deals(found["deals"]))


def deals(summary: Mapping[str, Any]) -> list[tuple[str, int, str, str]]:
    """(category, how many, amount in words, stage) of what a `Classification` keeps; the open ones first."""
    rows = [(category, summary[category]) for category in ("open", "won") if category in summary]
    return [
        (name, of["n"], money(Decimal(of["amount"]), of["currency"]) if of.get("currency") else "", of.get("stage", ""))
        for name, of in rows
    ]
