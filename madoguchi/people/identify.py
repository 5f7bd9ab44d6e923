"""Who is writing? The address or the phone tells (SPEC D2)."""

import unicodedata

from django.db import IntegrityError, transaction

from madoguchi import record
from madoguchi.actor import Actor
from madoguchi.kit import addresses, phones
from madoguchi.models import AccountDomain, Contact, ContactAddress
from madoguchi.people import holding
from madoguchi.prepared import Prepared

BY_ADDRESS = Prepared(
    lambda mark: Contact.objects.select_related("account").filter(addresses__folded=mark.text("address")).order_by()[:1]
)


def contact_by_address(address: str) -> Contact | None:
    """The contact with this address, however it is written."""
    found: list[Contact] = BY_ADDRESS(address=addresses.fold(address))
    return found[0] if found else None


def contact_by_phone(number: str) -> Contact | None:
    """The contact with this number if exactly one has it."""
    folded = phones.fold(number)
    if not folded:
        return None
    found = list(Contact.objects.filter(phones__folded=folded, trashed_at=None).distinct()[:2])
    return found[0] if len(found) == 1 else None


def identify(address: str, name: str = "", *, by: Actor) -> Contact:
    """The contact behind a sender's address; an unknown sender becomes one, of the account that claims the domain.

    A contact in the recycle bin is taken out of it: someone who writes is not gone.
    """
    known = contact_by_address(address)
    if known is None:
        try:
            with transaction.atomic():
                return _born(address, name, by)
        except IntegrityError:
            known = contact_by_address(address)
            assert known is not None
    if known.merged_into_id is not None:  # merged away at this moment
        known = holding.as_is(known)
    if known.trashed_at is not None:
        known.trashed_at = known.trashed_by = None
        known.save(update_fields=["trashed_at", "trashed_by"])
        record.note("contact.restored", by=by, contact=known)
    return known


def _born(address: str, name: str, by: Actor) -> Contact:
    folded = addresses.fold(address)
    claimed = AccountDomain.objects.select_related("account").filter(domain__in=_domains(folded)).first()
    last, first = split_name(name or folded.partition("@")[0])
    account = holding.hold_account(claimed.account) if claimed else None
    contact = Contact(last_name=last, first_name=first, account=account)
    contact.created_at = contact.modified_at = record.now()
    contact.save()
    ContactAddress.objects.create(contact=contact, address=address.strip()[:320], folded=folded, is_primary=True)
    record.note("contact.created", by=by, contact=contact, account=contact.account, after={"email": address})
    return contact


def _domains(folded: str) -> list[str]:
    """The address's domain and what it is a part of: a.b.example → a.b.example, b.example."""
    labels = addresses.domain(folded).split(".")
    return [".".join(labels[i:]) for i in range(max(1, len(labels) - 1))]


def split_name(name: str) -> tuple[str, str]:
    """(last, first) of a display name: 「山田 花子」 is family name first, “Emily Carter” given name first."""
    parts = unicodedata.normalize("NFKC", name).replace(",", " , ").split()
    if "," in parts:
        comma = parts.index(",")
        return " ".join(parts[:comma])[:120], " ".join(p for p in parts[comma:] if p != ",")[:120]
    if len(parts) < 2:
        return "".join(parts)[:120] or "?", ""
    if "".join(parts).isascii():
        return parts[-1][:120], " ".join(parts[:-1])[:120]
    return parts[0][:120], " ".join(parts[1:])[:120]
