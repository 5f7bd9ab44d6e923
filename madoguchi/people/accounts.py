"""Accounts: add, change, put in the bin (SPEC D2)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from madoguchi import record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit import addresses
from madoguchi.models import Account, AccountDomain
from madoguchi.people import details
from madoguchi.people.merging import refuse_merged

FIELDS = frozenset(
    [
        "name",
        "email",
        "phone",
        "website",
        "fax",
        "industry",
        "annual_revenue",
        "code",
        "description",
        "street",
        "city",
        "state",
        "country",
        "zip",
        "owner",
    ]
)


@transaction.atomic
def create_account(values: Mapping[str, Any], *, domains: list[str] = [], by: Actor) -> Account:  # noqa: B006
    """A new account. Refused: by field; DOMAIN_TAKEN."""
    require(by, "edit_customers")
    account = Account(created_at=record.now(), modified_at=record.now())
    _before, after = details.apply(account, values, FIELDS)
    if not account.name:
        raise Refused("EMPTY", _("Enter a name."), "name")
    account.save()
    set_domains(account, domains)
    record.note("account.created", by=by, account=account, after=after)
    return account


@transaction.atomic
def edit_account(
    account: Account, values: Mapping[str, Any], *, domains: list[str] | None = None, by: Actor
) -> Account:
    """Change fields; the mail domains are replaced where given."""
    require(by, "edit_customers")
    account = locked(account)
    before, after = details.apply(account, values, FIELDS)
    if not account.name:
        raise Refused("EMPTY", _("Enter a name."), "name")
    if domains is not None:
        old = sorted(d.domain for d in account.domains.all())
        set_domains(account, domains)
        new = sorted(AccountDomain.objects.filter(account=account).values_list("domain", flat=True))
        if old != new:
            before["domains"], after["domains"] = old, new
    if before or after:
        account.modified_at = record.now()
        account.save()
        record.note("account.edited", by=by, account=account, before=before, after=after)
    if "name" in after:
        jobs.configure_task("index_account", queue="reactions").defer(account_id=account.pk)
    return account


def locked(account: Account) -> Account:
    """The account as it is now; whoever writes a ticket of its contacts does not wait. Refused: MERGED."""
    found = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    refuse_merged(found)
    return found


def set_domains(account: Account, domains: list[str]) -> None:
    """Make these the mail domains the account claims. Refused: NOT_A_DOMAIN, DOMAIN_TAKEN."""
    wanted = {}
    for written in domains:
        if written.strip():
            address = f"x@{written.strip().lstrip('@')}"
            if not addresses.is_valid(address) or "." not in written:
                raise Refused("NOT_A_DOMAIN", _("This is not a mail domain: %(d)s") % {"d": written[:100]}, "domains")
            wanted[addresses.domain(addresses.fold(address))] = True
    if taken := AccountDomain.objects.filter(domain__in=wanted).exclude(account=account).first():
        raise Refused("DOMAIN_TAKEN", _("Another account claims %(d)s.") % {"d": taken.domain}, "domains")
    account.domains.exclude(domain__in=wanted).delete()
    there = set(account.domains.values_list("domain", flat=True))
    AccountDomain.objects.bulk_create(AccountDomain(account=account, domain=d) for d in wanted if d not in there)


@transaction.atomic
def trash_account(account: Account, *, by: Actor) -> None:
    """Put an account in the bin; its contacts and tickets stay and keep it."""
    require(by, "edit_customers")
    account = locked(account)
    if account.trashed_at is not None:
        return
    account.trashed_at, account.trashed_by = record.now(), by.agent
    account.save(update_fields=["trashed_at", "trashed_by"])
    record.note("account.trashed", by=by, account=account)


@transaction.atomic
def restore_account(account: Account, *, by: Actor) -> None:
    require(by, "see_bin")
    account = locked(account)
    account.trashed_at = account.trashed_by = None
    account.save(update_fields=["trashed_at", "trashed_by"])
    record.note("account.restored", by=by, account=account)
