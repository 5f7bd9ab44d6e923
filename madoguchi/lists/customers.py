"""The lists of contacts and accounts: their views, what they can be narrowed by, their orders, and how many each view holds.

Contacts and accounts are everybody's, and so is when the last of their tickets was opened (it is their own column, by which
they are sorted; nothing is said of the ticket). Tickets and ratings are asked of the departments the agent works in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.lists import people
from madoguchi.lists.keyset import Order
from madoguchi.lists.selecting import CAP
from madoguchi.models import Account, AccountDomain, Contact, CrmClass, Rating, Ticket
from madoguchi.models.organisation import State
from madoguchi.models.rating import Satisfaction
from madoguchi.prepared import fetch

ORDERS: Mapping[str, Order] = {
    "last": Order("last_ticket_at", nullable=True),
    "name": Order("sort_name", descending=False, kind=str),
    "added": Order("id", kind=int),
}
RECENT = timedelta(days=30)
MOST = 3  # addresses, numbers or domains that a row shows
CONTACT = "id last_name first_name title language account_id account__name created_at crm_class last_ticket_at".split()
ACCOUNT = "id name email phone industry created_at last_ticket_at".split()
CONTACTS_OF = f"""
SELECT a.id, (SELECT count(*) FROM (SELECT 1 FROM madoguchi_contact c
  WHERE c.account_id = a.id AND c.trashed_at IS NULL LIMIT {CAP + 1}) n)
FROM unnest(%s::bigint[]) a (id)
"""
NOBODY = "none"


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose list it is: tickets count in the departments the agent works in."""

    agent_id: int
    departments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class View:
    """`of` narrows contacts or accounts; `sort` is the order it comes in, a key of ORDERS. `crm`: only where a CRM is asked."""

    key: str
    name: Any
    icon: str
    of: Callable[[Asker], Q]
    sort: str = "last"
    crm: str = ""


def everybody(_asker: Asker) -> Q:
    return Q()


def recent(_asker: Asker) -> Q:
    return Q(created_at__gt=Now() - RECENT)


def open_tickets(asker: Asker, **more: Any) -> QuerySet[Ticket]:
    found = Ticket.objects.filter(Ticket.LIVE, state=State.OPEN, department_id__in=asker.departments, **more)
    return found.order_by()


def with_open(subject: str) -> Callable[[Asker], Q]:
    return lambda asker: Q(pk__in=open_tickets(asker).values(subject))


def with_mine(subject: str) -> Callable[[Asker], Q]:
    return lambda asker: Q(pk__in=open_tickets(asker, assignee_id=asker.agent_id).values(subject))


def of_class(*classes: CrmClass) -> Callable[[Asker], Q]:
    return lambda _asker: Q(crm_class__in=classes) if len(classes) > 1 else Q(crm_class=classes[0])


KNOWN = (CrmClass.CUSTOMER, CrmClass.DEAL, CrmClass.CONTACT)
CONTACT_VIEWS: Mapping[str, View] = {
    view.key: view
    for view in (
        View("", _("All contacts"), "people", everybody),
        View("mine", _("Assigned to me"), "user", with_mine("contact")),
        View("open", pgettext_lazy("contacts", "With open tickets"), "ticket", with_open("contact")),
        View("recent", _("Recently added"), "clock", recent, sort="added"),
        View("mapped", _("Known to the CRM"), "handshake", of_class(*KNOWN), crm="known"),
        View("customers", CrmClass.CUSTOMER.label, "", of_class(CrmClass.CUSTOMER), crm="class"),
        View("deals", CrmClass.DEAL.label, "", of_class(CrmClass.DEAL), crm="class"),
        View("leads", CrmClass.CONTACT.label, "", of_class(CrmClass.CONTACT), crm="class"),
        View("unmapped", _("Not known to the CRM"), "user", of_class(CrmClass.NEW), crm="known"),
    )
}
ACCOUNT_VIEWS: Mapping[str, View] = {
    view.key: view
    for view in (
        View("", _("All accounts"), "building", everybody),
        View("mine", _("Assigned to me"), "user", with_mine("account")),
        View("open", pgettext_lazy("accounts", "With open tickets"), "ticket", with_open("account")),
        View("recent", _("Recently added"), "clock", recent, sort="added"),
    )
}


def badly_rated(asker: Asker, subject: str) -> Q:
    found = Rating.objects.filter(
        value=Satisfaction.BAD,
        department_id__in=asker.departments,
        counts_for__trashed_at=None,
        counts_for__is_spam=False,
    )
    return Q(pk__in=found.order_by().values(subject))


def narrowed(kind: str, values: Mapping[str, str], asker: Asker) -> Q:
    """What the filters in `values` leave (`offered` names them); what nobody offers leaves everything."""
    found = Q()
    if (word := values.get("account", "")) and kind == "contacts":
        for each in people.words(word):
            found &= Q(account__in=Account.objects.filter(people.holds(each, "name")))
    if language := values.get("language"):
        found &= Q(language=language)
    if crm_class := values.get("class"):
        found &= Q(crm_class=int(crm_class))
    if owner := values.get("owner"):
        found &= Q(owner=None) if owner == NOBODY else Q(owner_id=asker.agent_id if owner == "me" else int(owner))
    if values.get("rated") == "bad":
        found &= badly_rated(asker, kind.removesuffix("s"))
    if tickets := values.get("tickets"):
        found &= Q(last_ticket_at__isnull=tickets == "without")
    return found


def contacts(asker: Asker, view: View, q: str = "", values: Mapping[str, str] | None = None) -> QuerySet[Any]:
    rows = people.contacts(q).filter(view.of(asker), narrowed("contacts", values or {}, asker))
    name = Concat("last_name", Value(" "), "first_name")
    return rows.annotate(sort_name=name).values(*CONTACT, "emails", "numbers", "sort_name")


def accounts(asker: Asker, view: View, q: str = "", values: Mapping[str, str] | None = None) -> QuerySet[Any]:
    rows = people.accounts(q).filter(view.of(asker), narrowed("accounts", values or {}, asker))
    domains = AccountDomain.objects.filter(account=OuterRef("pk")).order_by("pk").values("domain")
    return rows.annotate(sort_name=F("name"), domains=ArraySubquery(domains[:MOST])).values(
        *ACCOUNT, "domains", "sort_name"
    )


def contacts_of(accounts: list[int]) -> dict[int, int]:
    """How many contacts each of these accounts has, at most CAP + 1; one statement."""
    return dict(fetch(CONTACTS_OF, [accounts]))


def counts(kind: str, asker: Asker, *, has_crm: bool) -> dict[str, int]:
    """How many each view holds, at most CAP + 1; one statement."""
    sql, values = _counting(kind, asker, has_crm)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchone()
    return dict(zip(views(kind, has_crm=has_crm), found, strict=True))


def views(kind: str, *, has_crm: bool) -> dict[str, View]:
    known = CONTACT_VIEWS if kind == "contacts" else ACCOUNT_VIEWS
    return {key: view for key, view in known.items() if has_crm or not view.crm}


@lru_cache(maxsize=512)
def _counting(kind: str, asker: Asker, has_crm: bool) -> tuple[str, tuple[Any, ...]]:
    """Written once for each agent: the ORM takes longer to write it than the database to count."""
    parts: list[str] = []
    values: list[Any] = []
    for view in views(kind, has_crm=has_crm).values():
        sql, own = _count((Contact if kind == "contacts" else Account).objects.filter(view.of(asker), trashed_at=None))
        parts.append(sql)
        values += own
    return f"SELECT {', '.join(parts)}", tuple(values)


def count(rows: QuerySet[Any]) -> int:
    """How many rows, at most CAP + 1."""
    sql, values = _count(rows)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql}", values)
        return int(cursor.fetchone()[0])


def _count(rows: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    try:
        sql, values = rows.order_by().values_list(Value(1))[: CAP + 1].query.sql_with_params()
    except EmptyResultSet:  # an agent without departments
        return "0", ()
    return f"(SELECT count(*) FROM ({sql}) n)", values
