"""What every tab of a contact or an account shows around its content: who it is, and the way to the other tabs (SPEC I1)."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial, wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from madoguchi import lookups
from madoguchi.doors.agent import when
from madoguchi.doors.agent.answer import Desked
from madoguchi.doors.agent.crm.frame import money
from madoguchi.doors.agent.customers import asked as asking
from madoguchi.doors.agent.customers import facts
from madoguchi.doors.agent.jinja import url
from madoguchi.errors import Hidden, Refused
from madoguchi.insight import figures, many
from madoguchi.lists import customer_page
from madoguchi.models import Account, Contact, CrmClass

View = Callable[..., HttpResponse]
Customer = Contact | Account

LEGAL = re.compile(
    r"^(?:\W|株式会社|有限会社|合同会社|合資会社|医療法人|社会福祉法人|学校法人|一般社団法人|一般財団法人|公益[社財]団法人)+"
)
STRONGEST = [CrmClass.DEAL, CrmClass.CUSTOMER, CrmClass.CONTACT, CrmClass.NEW]


def contact_page(view: View) -> View:
    """The view gets the contact; one that was merged leads on to the same page of the main one."""
    return _page(view, customer_page.find_contact)


def account_page(view: View) -> View:
    return _page(view, customer_page.find_account)


def both(view: View) -> tuple[View, View]:
    """A tab to look at, of a contact and of an account."""
    return require_safe(contact_page(view)), require_safe(account_page(view))


def _page(view: View, find: Callable[[int], Customer | None]) -> View:
    @wraps(view)
    def answered(request: Desked, pk: int, **parts: Any) -> HttpResponse:
        found = find(pk)
        if found is None:
            raise Hidden
        if found.merged_into_id is None:
            return view(request, found, **parts)
        if request.method not in ("GET", "HEAD"):
            raise Refused("MERGED", _("Nothing was done: this record was merged into another one meanwhile."))
        match = request.resolver_match
        assert match is not None
        there = reverse(match.view_name, kwargs={**match.kwargs, "pk": found.merged_into_id})
        return redirect(f"{there}?{request.GET.urlencode()}" if request.GET else there)

    return answered


def of(request: Desked, customer: Customer, tab: str, *, counted: figures.Figures | None = None) -> dict[str, Any]:
    """The context of `agent/customers/_frame.html`: two statements, one where the figures of all time are `counted`."""
    asked, has_crm = asking.read(request), lookups.is_on()
    counts = customer_page.beside(customer, has_crm=has_crm)
    summed = counted or many.summaries(kind_of(customer), [customer.pk], own_ids(request))[customer.pk]
    counts |= {"tickets": summed.total, "ratings": summed.rated}
    return {
        "kind": kind_of(customer),
        "customer": customer,
        "contact": customer if isinstance(customer, Contact) else None,
        "account": customer if isinstance(customer, Account) else None,
        "initial": initial(customer.name),
        "tab": tab,
        "tabs": tabs(customer, tab, counts),
        "counts": counts,
        "asked": asked,
        "to": partial(address, customer, asked),
        "page_if": partial(page_if, customer),
        "facts": facts.of(customer),
        "crm_class": crm_class(customer, counts) if has_crm else None,
        "won": won(counts),
        "asks": "bin" if request.GET.get("edit") == "bin" else "",
    }


def of_contact(request: Desked, contact: Contact, tab: str) -> dict[str, Any]:
    return of(request, contact, tab)


def of_account(request: Desked, account: Account, tab: str) -> dict[str, Any]:
    return of(request, account, tab)


def own_ids(request: Desked) -> list[int]:
    return [d.pk for d in request.departments]


def kind_of(customer: Customer) -> str:
    return "contact" if isinstance(customer, Contact) else "account"


def initial(name: str) -> str:
    """The letter of the avatar: み of 株式会社みどり商事."""
    return (LEGAL.sub("", name) or name or "?")[0].upper()


def crm_class(customer: Customer, counts: Mapping[str, Any]) -> int | None:
    """Of an account the class of its contacts together; None where it has none, or too many to say."""
    if isinstance(customer, Contact):
        return customer.crm_class
    if not counts["classes"]:
        return None
    return min(counts["classes"], key=STRONGEST.index)


def won(counts: Mapping[str, Any]) -> str:
    """Deals won with the contacts of an account: 受注 2 件・¥3,480,000."""
    if not counts.get("won"):
        return ""
    n = sum(row["n"] for row in counts["won"])
    sums = [
        money(Decimal(row["amount"]), row["currency"]) for row in counts["won"] if row["currency"] and row["amount"]
    ]
    words = ngettext("%(num)s deal won", "%(num)s deals won", n) % {"num": when.number(n)}
    return pgettext("list of facts", ", ").join([words, *sums])


def tabs(customer: Customer, tab: str, counts: Mapping[str, Any]) -> Sequence[tuple[str, str, bool, str]]:
    """(name, address, is this one, how many in words), in their order; those that are no pages left out."""
    is_account = isinstance(customer, Account)
    offered: list[tuple[str, str, int]] = [
        ("overview", _("Overview"), 0),
        *([("contacts", _("Contacts"), counts["contacts"])] if is_account else []),
        ("activity", _("Activity"), 0),
        ("tickets", _("Tickets"), counts["tickets"]),
        ("ratings", _("Happiness ratings"), counts["ratings"]),
        ("notes", _("Notes"), counts["notes"]),
        *([("deals", _("Deals (CRM)"), 0)] if lookups.is_on() else []),
    ]
    return [
        (name, there, key == tab, in_words(n, key == "contacts"))
        for key, name, n in offered
        if (there := tab_address(customer, key))
    ]


def in_words(n: int, is_capped: bool) -> str:
    """'' for none; contacts are counted so far only."""
    if not n:
        return ""
    return f"{when.number(customer_page.MOST - 1)}+" if is_capped and n >= customer_page.MOST else when.number(n)


def tab_address(customer: Customer, tab: str) -> str:
    return page_if(customer, "" if tab == "overview" else tab)


def page_if(customer: Customer, name: str) -> str:
    """The address of a page of this customer (`merge`, `export`); '' where there is no such page."""
    kind = kind_of(customer)
    try:
        return url(f"{kind}_{name}" if name else kind, pk=customer.pk)
    except NoReverseMatch:
        return ""


def address(customer: Customer, asked: asking.Asked, tab: str = "overview", **query: Any) -> str:
    """A tab with what is asked for here: `to("tickets", state="open")`."""
    there = tab_address(customer, tab)
    return f"{there}{asked.query(**query)}" if there else ""
