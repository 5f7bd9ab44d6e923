"""The list of contacts, one of them beside it (`?open=`), and the list as CSV."""

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from madoguchi.doors.agent.answer import Desked, page
from madoguchi.doors.agent.customers import list_file, peek
from madoguchi.doors.agent.customers.listing import Listing
from madoguchi.insight import many
from madoguchi.lists import customers as lists
from madoguchi.models.people import full_name


@require_safe
def index(request: Desked) -> HttpResponse:
    asked = Listing(request, "contacts")
    shown = asked.page()
    for row in shown.rows:
        row["name"] = full_name(row["last_name"], row["first_name"])
    counted = lists.counts("contacts", asked.asker, has_crm=asked.has_crm)
    return page(
        request,
        "agent/customers/contacts.html",
        asked=asked,
        shown=shown,
        counted=counted,
        count=asked.count(shown, counted),
        figures=many.summaries("contact", [row["id"] for row in shown.rows], asked.asker.departments),
        peeked=peek.of_contact(request, asked.open),
    )


@require_safe
def export(request: Desked) -> HttpResponseBase:
    return list_file.of(request, Listing(request, "contacts"))
