"""The deals of a contact or an account, from the CRM that is connected (SPEC C); without one there is no such page."""

from typing import Any

from django.http import HttpResponse

from madoguchi import crm, lookups
from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.crm.frame import money, stages
from madoguchi.doors.agent.crm.told import deals as told_deals
from madoguchi.doors.agent.customers import frame
from madoguchi.errors import Hidden
from madoguchi.lists import crm as lists
from madoguchi.lists import customer_deals, keyset
from madoguchi.models import Account, Classification, Contact, CrmConnection
from madoguchi.models.people import full_name
from madoguchi.organisation.current import agent_names

MOST = 50


def _tab(request: Desked, customer: Contact | Account) -> HttpResponse:
    if not lookups.is_on():
        raise Hidden
    around = frame.of(request, customer, "deals")
    kind = CrmConnection.Kind(lookups.kind())
    shown = _own(customer, request.GET.get("after", "")) if crm.is_on() else None
    people = list(customer_deals.people(customer).order_by("kind", "-pk")[:MOST]) if crm.is_on() else []
    said = [] if crm.is_on() else list(customer_deals.said(customer)[:MOST])
    asked_last = Classification.objects.filter(contact=around["contact"]).first() if around["contact"] else None

    def link(**change: Any) -> str:
        return str(around["to"]("deals", **change))

    return page(
        request,
        "agent/customers/deals.html",
        **around,
        crm_name=kind.label,
        is_builtin=crm.is_on(),
        shown=shown,
        people=people,
        said=[(row, told_deals(row.deals)) for row in said],
        asked_last=asked_last,
        stages=stages() if shown and shown.rows else {},
        names=agent_names() if shown and shown.rows else {},
        money=money,
        link=link,
    )


of_contact, of_account = frame.both(_tab)


def _own(customer: Contact | Account, after: str) -> keyset.Page:
    shown = keyset.page(lists.deal_rows(customer_deals.deals(customer)), lists.DEAL_ORDERS["changed"], after)
    for row in shown.rows:
        row["contact"] = full_name(row["person__last_name"], row["person__first_name"])
    return shown
