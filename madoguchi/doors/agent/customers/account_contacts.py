"""The contacts of an account, with the figures of each; who wrote last comes first."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.customers import frame
from madoguchi.doors.agent.customers.tickets_tab import departments
from madoguchi.insight import many
from madoguchi.lists import keyset, people
from madoguchi.models import Account
from madoguchi.models.people import full_name

ORDER = keyset.Order("last_ticket_at", nullable=True)


@require_safe
@frame.account_page
def show(request: Desked, account: Account) -> HttpResponse:
    around = frame.of(request, account, "contacts")
    q = request.GET.get("q", "").strip()[:200]
    found = people.contacts(q).filter(account=account).values(*COLUMNS)
    shown = keyset.page(found, ORDER, request.GET.get("after", ""))
    for row in shown.rows:
        row["name"] = full_name(row["last_name"], row["first_name"])
    ids = [row["id"] for row in shown.rows]

    def link(**change: Any) -> str:
        return str(around["to"]("contacts", **{"q": q, **change}))

    return page(
        request,
        "agent/customers/account_contacts.html",
        **around,
        shown=shown,
        figures=many.summaries("contact", ids, departments(request, around["asked"])),
        link=link,
    )


COLUMNS = ("id", "last_name", "first_name", "title", "emails", "numbers", "crm_class", "last_ticket_at")
