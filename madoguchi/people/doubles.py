"""Other records that may be the same person or organisation: by simple signs, each found by an index (SPEC I1)."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from madoguchi.kit import addresses
from madoguchi.models import Account, AccountDomain, Contact, ContactAddress, ContactPhone

MOST, EACH = 10, 30
# Addresses many share: the same word before the @ says nothing.
ROLES = frozenset(
    "info contact support sales admin office mail staff hello help service customer noreply no-reply webmaster postmaster".split()
)
SHORTEST = 3
FORMS = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|\((?:株|有|同)\)|\b(?:inc|ltd|llc|corp|co|gmbh|kk|k\.k)\b\.?",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Double:
    """`reasons` in words; the more, the likelier."""

    customer: Any
    reasons: list[str] = field(default_factory=list)


def of_contact(contact: Contact) -> list[Double]:
    """Contacts with the same name (in either order), number, or word before the @ of an address; the likeliest first."""
    names = {contact.last_name, contact.first_name}
    named = (
        Q(last_name__in=names, first_name__in=names)
        if contact.first_name
        else Q(last_name=contact.last_name, first_name="")
    )
    numbers = {row.folded for row in contact.phones.all()} - {""}
    locals_ = {row.folded.partition("@")[0] for row in contact.addresses.all()}
    telling = {word for word in locals_ if len(word) >= SHORTEST and word not in ROLES}
    like = Q()
    for word in telling:
        like |= Q(folded__startswith=f"{word}@")
    found: dict[int, list[str]] = {}
    live = Contact.objects.filter(trashed_at=None).exclude(pk=contact.pk)
    if contact.last_name not in ("", "?"):
        _add(found, live.filter(named).values_list("pk", flat=True), _("same name"))
    if numbers:
        _add(
            found,
            ContactPhone.objects.filter(folded__in=numbers).values_list("contact", flat=True),
            _("same phone number"),
        )
    if like:
        _add(found, ContactAddress.objects.filter(like).values_list("contact", flat=True), _("similar mail address"))
    rows = live.filter(pk__in=found).select_related("account").prefetch_related("addresses", "phones")
    return ranked(found, rows)


def of_account(account: Account) -> list[Double]:
    """Accounts with the same name but for 株式会社 and such, or a number, website or mail domain in common."""
    found: dict[int, list[str]] = {}
    live = Account.objects.filter(trashed_at=None).exclude(pk=account.pk)
    core = core_of(account.name)
    if len(core) >= 2:
        named = live.filter(name__icontains=core).values_list("pk", "name")[: 10 * EACH]
        _add(found, [pk for pk, name in named if core_of(name) == core], _("same name"))
    if account.phone:
        _add(found, live.filter(phone=account.phone).values_list("pk", flat=True), _("same phone number"))
    if site := site_of(account.website):
        near = live.filter(website__icontains=site).values_list("pk", "website")[: 10 * EACH]
        _add(found, [pk for pk, website in near if site_of(website) == site], _("same website"))
    domains = {row.domain for row in account.domains.all()}
    domains |= {addresses.domain(addresses.fold(account.email))} if account.email else set()
    if domains:
        claimed = AccountDomain.objects.filter(domain__in=domains).values_list("account", flat=True)
        _add(found, claimed, _("same mail domain"))
    return ranked(found, live.filter(pk__in=found).prefetch_related("domains"))


def core_of(name: str) -> str:
    """みどり商事 of ㈱みどり商事."""
    return "".join(FORMS.sub("", unicodedata.normalize("NFKC", name)).casefold().split())


def site_of(website: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", website.strip().casefold()).split("/")[0]


def _add(found: dict[int, list[str]], ids: QuerySet[Any, Any] | Iterable[int], reason: str) -> None:
    for pk in dict.fromkeys(list(ids[:EACH]) if isinstance(ids, QuerySet) else list(ids)[:EACH]):
        found.setdefault(pk, []).append(reason)


def ranked(found: dict[int, list[str]], rows: Iterable[Any]) -> list[Double]:
    doubles = [Double(row, found[row.pk]) for row in rows]
    return sorted(doubles, key=lambda double: (-len(double.reasons), double.customer.pk))[:MOST]
