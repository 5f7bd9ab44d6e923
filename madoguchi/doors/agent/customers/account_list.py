"""The list of accounts, one of them beside it (`?open=`), and the list as CSV."""

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.customers import frame, list_file, peek
from madoguchi.doors.agent.customers.listing import Listing
from madoguchi.insight import many
from madoguchi.lists import customers as lists


@require_safe
def index(request: Desked) -> HttpResponse:
    asked = Listing(request, "accounts")
    shown = asked.page()
    found = [row["id"] for row in shown.rows]
    counted = lists.counts("accounts", asked.asker, has_crm=False)
    return page(
        request,
        "agent/customers/accounts.html",
        asked=asked,
        shown=shown,
        counted=counted,
        count=asked.count(shown, counted),
        initial=frame.initial,
        contacts_n=lists.contacts_of(found),
        figures=many.summaries("account", found, asked.asker.departments),
        peeked=peek.of_account(request, asked.open),
    )


@require_safe
def export(request: Desked) -> HttpResponseBase:
    return list_file.of(request, Listing(request, "accounts"))
