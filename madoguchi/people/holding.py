"""Customers who stay where they are until the transaction ends, so that no row is left pointing to one that was merged away.

Who lets a ticket point to a contact or an account holds both (shared: these wait for none of each other). Who merges them,
or moves their tickets to another account, takes them alone, before the tickets are locked. These are locks of their own:
every event of a ticket points to its contact, so that a lock on the contact's row would be waited for by those who hold the
very tickets that are to be moved.

Their order, for everybody: accounts held or taken, contacts' rows by id, contacts held or taken, tickets by id.
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError
from django.utils.translation import gettext as _

from madoguchi.errors import Refused
from madoguchi.models import Account, Contact
from madoguchi.prepared import fetch
from madoguchi.sheet import Sheet
from madoguchi.transactions import is_whole

P = ParamSpec("P")
R = TypeVar("R")
ROUNDS = 5
HOLD = "SELECT pg_advisory_xact_lock_shared(k) FROM (SELECT k FROM unnest(%s::bigint[]) AS k ORDER BY k) AS k"
TAKE = "SELECT pg_advisory_xact_lock(k) FROM (SELECT k FROM unnest(%s::bigint[]) AS k ORDER BY k) AS k"
# With the rows of a new ticket, after both were held: 1 where the contact still stands there, and neither was merged away.
STANDS = """SELECT count(*) AS id FROM madoguchi_contact c LEFT JOIN madoguchi_account a ON a.id = %s::bigint
WHERE c.id = %s::bigint AND c.merged_into_id IS NULL AND c.account_id IS NOT DISTINCT FROM %s::bigint AND a.merged_into_id IS NULL"""


class Moved(OperationalError):
    """The contact was merged, or got another account, at this very moment: begin again."""


def key_of_contact(pk: int) -> int:
    """Negative: the desk's other locks have small numbers. Contacts come after accounts."""
    return -2 * pk


def key_of_account(pk: int | None) -> int:
    return -(2**62) - 2 * (pk or 0)


def take_contacts(ids: Collection[int]) -> None:
    fetch(TAKE, [[key_of_contact(pk) for pk in ids]])


def take_accounts(ids: Collection[int]) -> None:
    fetch(TAKE, [[key_of_account(pk) for pk in ids]])


def hold_accounts(ids: Collection[int]) -> None:
    fetch(HOLD, [[key_of_account(pk) for pk in ids]])


def hold_account(account: Account) -> Account:
    """The account as it is now, or the one it was merged into."""
    for _round in range(ROUNDS):
        hold_accounts([account.pk])
        account = Account.objects.get(pk=account.pk)
        if account.merged_into_id is None:
            return account
        account = Account.objects.get(pk=account.merged_into_id)
    raise overtaken()


def hold_contact(contact: Contact) -> Contact:
    """The contact as they are now, or the one they were merged into, held with their account."""
    contact = as_is(contact)
    for _round in range(ROUNDS):
        hold_accounts([contact.account_id or 0])
        fetch(HOLD, [[key_of_contact(contact.pk)]])
        now = as_is(contact)
        if (now.pk, now.account_id) == (contact.pk, contact.account_id):
            return now
        contact = now
    raise overtaken()


def as_is(contact: Contact) -> Contact:
    """The contact as the database has them, or the one they were merged into."""
    found = Contact.objects.select_related("account", "merged_into__account").get(pk=contact.pk)
    main: Any = found.merged_into
    return main or found


def still_stands(sheet: Sheet, contact: Contact, account_id: int | None) -> None:
    """Send nothing, but raise Moved, unless the held contact is still of the account they were read with."""
    own = str(contact.account_id) if contact.account_id else None
    sheet.call(STANDS, [str(account_id) if account_id else None, str(contact.pk), own], _stay)


def _stay(n: int) -> None:
    if not n:
        raise Moved("the customer was merged or moved at this moment")


def follows(act: Callable[P, R]) -> Callable[P, R]:
    """A verb with a `contact`, done again with the contact as they are where they moved under its hands. In a transaction
    that is whole, whoever began it begins again."""

    @wraps(act)
    def again(*args: P.args, **named: P.kwargs) -> R:
        for _round in range(ROUNDS):
            try:
                return act(*args, **named)
            except Moved:
                if is_whole():
                    raise
                more: Any = {"contact": as_is(named["contact"])}  # type: ignore[arg-type]
                named.update(more)
        raise overtaken()

    return again


def overtaken() -> Refused:
    return Refused("OVERTAKEN", _("Someone else changed it at this moment. Try again."))
