"""Merging records of one organisation (SPEC I1)."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from madoguchi import people
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.customers.merging import MOST_FOUND, Kind, answer
from madoguchi.lists import people as lists
from madoguchi.models import Account
from madoguchi.people import doubles, merging_accounts

LABELS = {
    "name": _("Name"),
    "email": _("Mail address"),
    "phone": _("Phone"),
    "fax": _("Fax"),
    "website": _("Website"),
    "industry": _("Industry"),
    "annual_revenue": _("Annual revenue"),
    "code": _("Code"),
    "street": _("Street"),
    "city": _("City"),
    "state": _("Prefecture or state"),
    "zip": _("Postal code"),
    "country": _("Country"),
    "description": _("Description"),
    "owner": _("Owner"),
}


def rows(ids: Sequence[int]) -> list[Account]:
    found = Account.objects.prefetch_related("domains").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def search(q: str) -> list[int]:
    return list(lists.accounts(q).order_by("-id").values_list("id", flat=True)[:MOST_FOUND])


ACCOUNTS = Kind(
    name="account",
    labels=LABELS,
    icon="building",
    rows=rows,
    search=search,
    doubles=doubles.of_account,
    locked=merging_accounts.locked,
    compare=merging_accounts.compare,
    merge=people.merge_accounts,
    always=frozenset({"name"}),
    titles={
        "title": _("Merge accounts"),
        "choose": _("Choose the accounts that are the same organisation as %(name)s"),
        "search": _("Search accounts"),
        "placeholder": _("Name, mail domain or address"),
        "list": _("Accounts that may be the same organisation"),
        "none": _("No account with the same name, phone number, website or mail domain was found. Search for one."),
        "main": _("Main (the others become part of it)"),
        "make_main": _("Make it the main account"),
        "result": _("The merged account"),
    },
)


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: Desked, pk: int) -> HttpResponse:
    return answer(request, ACCOUNTS, pk)
