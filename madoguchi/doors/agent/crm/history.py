"""What happened to a lead, a contact or a deal of the built-in CRM, in words."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models.fields.json import KT
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from madoguchi.doors.agent import history, when
from madoguchi.models import CrmStage, Event

SHOWN = 30
FIELDS = {
    "last_name": gettext_lazy("Last name"),
    "first_name": gettext_lazy("First name"),
    "account_name": gettext_lazy("Company"),
    "title": gettext_lazy("Title"),
    "email": gettext_lazy("Mail address"),
    "phone": gettext_lazy("Phone"),
    "mobile": gettext_lazy("Mobile"),
    "name": pgettext_lazy("deal", "Deal name"),
    "person": gettext_lazy("CRM contact"),
    "stage": gettext_lazy("Stage"),
    "amount": gettext_lazy("Amount"),
    "currency": gettext_lazy("Currency"),
    "closing_date": gettext_lazy("Closing date"),
    "description": gettext_lazy("Description"),
    "owner": gettext_lazy("Owner"),
    "deals": gettext_lazy("Deals"),
}


def of(*subjects: str) -> list[Event]:
    """The latest events of these ("person 5", "deal 7"; see `crm.noting`), latest first: by one index."""
    rows = Event.objects.filter(after__has_key="crm").alias(subject=KT("after__crm")).filter(subject__in=subjects)
    return list(rows.select_related("agent").order_by("-pk")[:SHOWN])


def lines(
    events: list[Event], stages: Mapping[int, CrmStage]
) -> Iterator[tuple[Event, str, list[tuple[str, str, str]]]]:
    """(event, which deal it was about or '', what differs)."""
    for event in events:
        named = str(event.after.get("name", "")) if event.verb.startswith("deal.") else ""
        differs = list(_differences(event, stages)) if event.verb.endswith(".edited") else []
        yield event, named, differs


def _differences(event: Event, stages: Mapping[int, CrmStage]) -> Iterator[tuple[str, str, str]]:
    for name, label in FIELDS.items():
        if name in event.before:
            old, new = (_words(name, each.get(name), stages) for each in (event.before, event.after))
            yield str(label), old, new


def _words(name: str, value: Any, stages: Mapping[int, CrmStage]) -> str:
    if name == "stage" and isinstance(value, dict) and (stage := stages.get(int(value.get("id") or 0))):
        return str(stage)
    if name == "closing_date" and value:
        return when.written_day(value)
    if name == "amount" and value:
        return f"{Decimal(value):,}".removesuffix(".00")
    return history.words(name, value, {}) or _("(none)")
