"""The figures of a customer as CSV: of the days and the department its page shows."""

from typing import Any

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from madoguchi import tally
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.customers import asked as asking
from madoguchi.doors.agent.customers import frame
from madoguchi.insight import exporting
from madoguchi.models import Account, Contact


@require_safe
@frame.contact_page
def of_contact(request: Desked, contact: Contact) -> Any:
    return _file(request, contact)


@require_safe
@frame.account_page
def of_account(request: Desked, account: Account) -> Any:
    return _file(request, account)


def _file(request: Desked, customer: Contact | Account) -> StreamingHttpResponse:
    asked = asking.read(request)
    pieces = exporting.export(customer, asked.departments(request), asked.in_days)
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    name = f"{frame.kind_of(customer)}-{customer.pk}-{tally.today():%Y%m%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
