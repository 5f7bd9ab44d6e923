"""Contacts: add, change, put in the bin (SPEC D2)."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from madoguchi import lookups, record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit import addresses, phones
from madoguchi.kit.characters import one_line
from madoguchi.models import Contact, ContactAddress, ContactPhone, Ticket
from madoguchi.people import details, help_sessions, holding, moving_tickets
from madoguchi.people.merging import refuse_merged

FIELDS = frozenset(
    [
        "last_name",
        "first_name",
        "account",
        "title",
        "kind",
        "language",
        "time_zone",
        "facebook",
        "twitter",
        "description",
        "street",
        "city",
        "state",
        "country",
        "zip",
        "owner",
        "sees_account",
    ]
)
MOST_ADDRESSES = 20
FOUND_BY = {"last_name", "first_name", "emails", "phones"}  # tickets are found by these: their index follows
KNOWN_BY = {"emails", "phones"}  # the CRM knows the contact by these


@transaction.atomic
def create_contact(
    values: Mapping[str, Any],
    *,
    emails: list[str] | None = None,
    phone_numbers: list[tuple[str, str]] | None = None,
    by: Actor,
) -> Contact:
    """A new contact. `emails`: the first is the primary one; `phone_numbers`: (kind, number).

    Refused: by field; ADDRESS_TAKEN where another contact has the address.
    """
    if phone_numbers is None:
        phone_numbers = []
    if emails is None:
        emails = []
    require(by, "edit_customers")
    values = with_account_held(values)
    contact = Contact(created_at=record.now(), modified_at=record.now())
    _before, after = details.apply(contact, values, FIELDS)
    if not contact.last_name:
        raise Refused("EMPTY", _("Enter a last name."), "last_name")
    contact.save()
    set_addresses(contact, emails)
    set_phones(contact, phone_numbers)
    record.note("contact.created", by=by, contact=contact, account=contact.account, after=after)
    lookups.wish_all([contact.pk])
    return contact


@transaction.atomic
def edit_contact(
    contact: Contact,
    values: Mapping[str, Any],
    *,
    emails: list[str] | None = None,
    phone_numbers: list[tuple[str, str]] | None = None,
    moves_tickets: bool = True,
    by: Actor,
) -> Contact:
    """Change fields; addresses and phones are replaced where given.

    To another account the contact's tickets go along, those under the old account and those under none, unless
    `moves_tickets` is off: people of the new account who see all its tickets see them then (SPEC I9).
    In the help center a contact of another account sees no more than their own tickets, unless that is said as well;
    one with other addresses has to sign in again.
    """
    require(by, "edit_customers")
    values = with_account_held(values)
    contact = locked(contact)
    old_account = contact.account_id
    if "account" in values and values["account"] != contact.account:
        values = {"sees_account": False, **values}
    before, after = details.apply(contact, values, FIELDS)
    if not contact.last_name:
        raise Refused("EMPTY", _("Enter a last name."), "last_name")
    if emails is not None:
        old = [a.address for a in contact.addresses.all()]
        set_addresses(contact, emails)
        new = [a.address for a in ContactAddress.objects.filter(contact=contact)]
        if old != new:
            before["emails"], after["emails"] = old, new
            help_sessions.end_all(contact)
    if phone_numbers is not None:
        old_numbers = [[p.kind, p.number] for p in contact.phones.all()]
        set_phones(contact, phone_numbers)
        if old_numbers != [list(pair) for pair in phone_numbers]:
            before["phones"], after["phones"] = old_numbers, [list(pair) for pair in phone_numbers]
    moved = 0
    if "account" in after and moves_tickets:
        moved = take_tickets_along(contact, old_account, by=by)
        after |= {"tickets_moved": moved} if moved else {}
    if before or after:
        contact.modified_at = record.now()
        contact.save()
        record.note("contact.edited", by=by, contact=contact, account=contact.account, before=before, after=after)
    if KNOWN_BY & after.keys():
        lookups.wish_all([contact.pk])
    if FOUND_BY & after.keys() or moved:
        jobs.configure_task("index_contact", queue="reactions").defer(contact_id=contact.pk)
    return contact


def with_account_held(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The account that is named as it is now: where it was merged away meanwhile, the main one."""
    account = values.get("account")
    return values if account is None else {**values, "account": holding.hold_account(account)}


def locked(contact: Contact) -> Contact:
    """The contact as they are now; whoever writes a ticket of theirs does not wait. Refused: MERGED."""
    found = Contact.objects.select_for_update(of=("self",), no_key=True).select_related("account").get(pk=contact.pk)
    refuse_merged(found)
    return found


def take_tickets_along(contact: Contact, old: int | None, *, by: Actor) -> int:
    """The contact's tickets follow to the account the contact has now. Returns how many."""
    holding.take_contacts([contact.pk])
    of_contact = {"contacts": [contact.pk]}
    moving_tickets.lock_of_contacts([contact.pk])
    moved = moving_tickets.to_account(contact.pk, old, contact.account_id)
    if moved:
        moving_tickets.follow(moving_tickets.OF_CONTACTS, of_contact)
        moving_tickets.ring(moving_tickets.OF_CONTACTS, of_contact, "contact.edited", by=by)
    return moved


def set_addresses(contact: Contact, emails: list[str]) -> None:
    """Make these the contact's addresses, the first the primary one."""
    wanted: dict[str, str] = {}
    for email in emails:
        if email.strip():
            if not addresses.is_valid(email):
                raise Refused("NOT_AN_ADDRESS", _("This is not a mail address: %(a)s") % {"a": email[:100]}, "email")
            wanted.setdefault(addresses.fold(email), email.strip())
    if len(wanted) > MOST_ADDRESSES:
        raise Refused("ADDRESS_COUNT", _("At most %(n)s addresses.") % {"n": MOST_ADDRESSES}, "email")
    if taken := ContactAddress.objects.filter(folded__in=wanted).exclude(contact=contact).first():
        raise Refused("ADDRESS_TAKEN", _("Another contact has the address %(a)s.") % {"a": taken.address}, "email")
    contact.addresses.exclude(folded__in=wanted).delete()
    contact.addresses.update(is_primary=False)
    try:
        with transaction.atomic():
            for position, (folded, address) in enumerate(wanted.items()):
                ContactAddress.objects.update_or_create(
                    contact=contact, folded=folded, defaults={"address": address, "is_primary": position == 0}
                )
    except IntegrityError:
        raise Refused("ADDRESS_TAKEN", _("Another contact has this address."), "email") from None
    contact.__dict__.pop("email", None)


def set_phones(contact: Contact, numbers: list[tuple[str, str]]) -> None:
    """Make these (kind, number) the contact's phones."""
    rows = []
    for kind, number in numbers:
        if number.strip():
            number = one_line(number)
            if len(number) > 60:
                raise Refused("TOO_LONG", _("At most %(n)s characters.") % {"n": 60}, kind)
            rows.append(ContactPhone(contact=contact, kind=kind, number=number, folded=phones.fold(number)))
    contact.phones.all().delete()
    ContactPhone.objects.bulk_create(rows)


@transaction.atomic
def trash_contact(contact: Contact, *, by: Actor) -> None:
    """Put a contact in the bin. Refused: HAS_TICKETS where live tickets are theirs."""
    require(by, "edit_customers")
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    refuse_merged(contact)
    if contact.trashed_at is not None:
        return
    if Ticket.objects.filter(contact=contact, trashed_at=None).exists():
        raise Refused("HAS_TICKETS", _("This contact has tickets. Delete or merge those first."), "contactIds")
    contact.trashed_at, contact.trashed_by = record.now(), by.agent
    contact.save(update_fields=["trashed_at", "trashed_by"])
    help_sessions.end_all(contact)
    record.note("contact.trashed", by=by, contact=contact, account=contact.account)


@transaction.atomic
def restore_contact(contact: Contact, *, by: Actor) -> None:
    require(by, "see_bin")
    contact = locked(contact)
    contact.trashed_at = contact.trashed_by = None
    contact.save(update_fields=["trashed_at", "trashed_by"])
    record.note("contact.restored", by=by, contact=contact, account=contact.account)
