"""Two or more records of one person made one (SPEC I1): everything of the others becomes the main one's, for good.

The others stay as husks: neither in a list nor in the bin, so that their addresses and ids lead to the main one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from madoguchi import lookups, record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Hidden, Refused
from madoguchi.models import Account, Contact, ContactAddress, ContactPhone
from madoguchi.people import help_sessions, holding, moving_tickets
from madoguchi.people.contacts import MOST_ADDRESSES
from madoguchi.people.merging import (
    FEWEST,
    MOST,
    NotMergeable,
    Row,
    differ,
    final,
    gather,
    given_up,
    lead,
    lock_rows,
    proposed,
    refuse_count,
    refuse_unknown_picks,
    refuse_unmergeable,
)
from madoguchi.prepared import fetch

__all__ = ["FEWEST", "MOST", "NotMergeable", "compare", "merge_contacts"]

# What may be taken from another record; `name` is last and first name together.
PLAIN = (
    "last_name first_name title kind language time_zone street city state zip country facebook twitter description owner"
).split()
FIELDS = ["name", "account", "email", "secondary_email", "phone", "mobile", *PLAIN]
COMPARED = [name for name in FIELDS if name not in ("last_name", "first_name", "secondary_email")]
# What becomes of each relation to a contact; a test compares it with the models.
FOLLOW = {
    "Contact.merged_into": "leads to the main one",
    "ContactAddress.contact": "becomes the main one's",
    "ContactPhone.contact": "becomes the main one's, each number once",
    "CustomerNote.contact": "becomes the main one's",
    "Ticket.contact": "becomes the main one's, in the bin as well",
    "Entry.contact": "becomes the main one's",
    "SecondaryContact.contact": "becomes the main one's, once a ticket, never on the own one",
    "Event.contact": "becomes the main one's",
    "Event.by_contact": "becomes the main one's",
    "Rating.contact": "becomes the main one's",
    "Classification.contact": "is deleted: the main one is looked up again",
    "Lookup.contact": "is deleted: the main one is looked up again",
    "SignInLink.contact": "works no more",
    "HelpSession.contact": "ends",
}
REST = [
    "UPDATE madoguchi_entry SET contact_id = %(main)s::bigint WHERE contact_id = ANY(%(others)s::bigint[])",
    "UPDATE madoguchi_event SET contact_id = %(main)s::bigint WHERE contact_id = ANY(%(others)s::bigint[]) AND verb <> 'contact.merged_away'",
    "UPDATE madoguchi_event SET by_contact_id = %(main)s::bigint WHERE by_contact_id = ANY(%(others)s::bigint[])",
    "UPDATE madoguchi_rating SET contact_id = %(main)s::bigint WHERE contact_id = ANY(%(others)s::bigint[])",
    "UPDATE madoguchi_customernote SET contact_id = %(main)s::bigint WHERE contact_id = ANY(%(others)s::bigint[])",
    """DELETE FROM madoguchi_secondarycontact s USING (
      SELECT s.id, t.contact_id = %(main)s::bigint AS is_own,
        row_number() OVER (PARTITION BY s.ticket_id ORDER BY s.contact_id <> %(main)s::bigint, s.id) AS n
      FROM madoguchi_secondarycontact s JOIN madoguchi_ticket t ON t.id = s.ticket_id
      WHERE s.contact_id = ANY(%(others)s::bigint[]) OR s.contact_id = %(main)s::bigint
    ) d WHERE s.id = d.id AND (d.is_own OR d.n > 1)""",
    "UPDATE madoguchi_secondarycontact SET contact_id = %(main)s::bigint WHERE contact_id = ANY(%(others)s::bigint[])",
    "DELETE FROM madoguchi_classification WHERE contact_id = ANY(%(others)s::bigint[])",
    "DELETE FROM madoguchi_lookup WHERE contact_id = ANY(%(others)s::bigint[])",
]
# Written only where nobody has the row (`record.born`), so that the very last may be missing there.
LAST_TICKET = "SELECT max(created_at) FROM (SELECT created_at FROM madoguchi_ticket WHERE contact_id = %s::bigint ORDER BY id DESC LIMIT 1) t"
COUNTS = """
SELECT (SELECT count(*) FROM madoguchi_ticket WHERE contact_id = ANY(%(ids)s::bigint[]) AND merged_into_id IS NULL AND trashed_at IS NULL),
  (SELECT count(*) FROM madoguchi_contactaddress WHERE contact_id = ANY(%(ids)s::bigint[])),
  (SELECT count(*) FROM madoguchi_contactphone WHERE contact_id = ANY(%(ids)s::bigint[])),
  (SELECT count(*) FROM madoguchi_customernote WHERE contact_id = ANY(%(ids)s::bigint[])),
  (SELECT count(*) FROM madoguchi_rating WHERE contact_id = ANY(%(ids)s::bigint[])),
  (SELECT count(*) FROM madoguchi_secondarycontact WHERE contact_id = ANY(%(ids)s::bigint[])),
  (SELECT count(*) FROM madoguchi_helpsession WHERE contact_id = ANY(%(ids)s::bigint[]) AND expires_at > now())
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`contacts` stand oldest first, `main` among them. The numbers are what the others bring along."""

    main: Contact
    contacts: list[Contact]
    rows: list[Row]
    tickets_n: int
    addresses_n: int
    phones_n: int
    notes_n: int
    ratings_n: int
    copies_n: int
    sessions_n: int

    @property
    def customers(self) -> list[Contact]:
        return self.contacts

    @property
    def others(self) -> list[Contact]:
        return [contact for contact in self.contacts if contact.pk != self.main.pk]


@transaction.atomic
def merge_contacts(
    main: Contact, others: Sequence[Contact], *, picks: Mapping[str, Contact] | None = None, by: Actor
) -> Contact:
    """Make one contact of two to five records of one person; returns the main one (of `main`, were it merged away before).

    `picks` says whose value it gets: a key of `FIELDS` → contact; else main's own stays, also an empty one. All addresses
    and numbers stay; a picked `email`, `phone` … comes first. Tickets of the others that stood under their account or none
    go to the chosen one; without one they stay. In the help center the others are signed out, their passwords are gone, and
    whoever gets another account sees their own tickets only.

    Refused: MERGE_COUNT, MERGE_TWICE, MERGE_GONE, MERGE_TRASHED (`merging`), MERGE_FIELD, ADDRESS_COUNT.
    """
    require(by, "edit_customers")
    refuse_count(1 + len(others))
    main, others = locked(main, others)
    refuse_unmergeable(main, others)
    sources = refuse_unknown_picks(main, others, picks or {}, FIELDS)
    others = sorted(others, key=lambda other: other.pk)
    ids = [other.pk for other in others]
    had = {each.pk: values_of(each) for each in (main, *others)}
    chosen = had[main.pk] | {key: had[source.pk][key] for name, source in sources.items() for key in parts(name)}
    reach = reach_of(main, others, chosen)
    moving_tickets.lock_of_contacts([main.pk, *ids])
    moving_tickets.ring(moving_tickets.OF_CONTACTS, {"contacts": ids}, "contact.merged", by=by)
    moved = move_tickets(main, others, chosen["account"])
    take_reach(main, ids, *reach)
    for other in others:
        help_sessions.end_all(other)
        become_husk(other, main, by=by)
    lead(Contact, main.pk, ids)
    move_rest(main.pk, ids)
    before, after = take(main, others, chosen, had[main.pk])
    left = {other.pk: given_up(had[other.pk], chosen) for other in others}
    after |= {"merged": [record.told(other) for other in others], "tickets_moved": moved}
    after["given_up"] = {str(pk): values for pk, values in left.items()}
    record.note("contact.merged", by=by, contact=main, account=main.account, before=before, after=after)
    for other in others:
        told = {"merged_into": record.told(main), "given_up": left[other.pk]}
        record.note("contact.merged_away", by=by, contact=other, account=other.account, after=told)
    lookups.wish_all([main.pk])
    jobs.configure_task("index_contact", queue="reactions").defer(contact_id=main.pk)
    return main


def locked(main: Contact, others: Sequence[Contact]) -> tuple[Contact, list[Contact]]:
    """The last of main's chain and the others as they are now, under lock, taken; their accounts are held."""
    for _round in range(holding.ROUNDS):
        asked = [holding.as_is(main).pk, *(other.pk for other in others)]
        accounts = {
            row[0] for row in fetch("SELECT account_id FROM madoguchi_contact WHERE id = ANY(%s::bigint[])", [asked])
        }
        try:
            with transaction.atomic():
                holding.hold_accounts([pk for pk in accounts if pk])
                lock_rows(Contact, asked)
                found = read(asked)
                if asked[0] not in found or any(other.pk not in found for other in others):
                    raise Hidden
                first = found[asked[0]]
                if first.merged_into_id is not None or {each.account_id for each in found.values()} - accounts:
                    raise holding.Moved
                holding.take_contacts(asked)
                return first, [found[other.pk] for other in others]
        except holding.Moved:
            continue
    raise holding.overtaken()


def read(ids: Sequence[int]) -> dict[int, Contact]:
    return Contact.objects.select_related("account", "owner").prefetch_related("addresses", "phones").in_bulk(ids)


def parts(name: str) -> tuple[str, ...]:
    return ("last_name", "first_name") if name == "name" else (name,)


def values_of(contact: Contact) -> dict[str, Any]:
    """Everything that can be picked, as it stands; uses what was prefetched."""
    emails = [row.address for row in contact.addresses.all()]
    reach = {"email": emails[0] if emails else "", "secondary_email": emails[1] if len(emails) > 1 else ""}
    phones = {"phone": contact.phone_of("phone"), "mobile": contact.phone_of("mobile")}
    return {"account": contact.account, **reach, **phones, **{name: getattr(contact, name) for name in PLAIN}}


def reach_of(
    main: Contact, others: Sequence[Contact], chosen: Mapping[str, Any]
) -> tuple[list[ContactAddress], list[ContactPhone]]:
    """All their addresses and numbers in their new order: the picked ones first, then main's. Refused: ADDRESS_COUNT."""
    everybody = (main, *others)
    emails = [row for each in everybody for row in each.addresses.all()]
    if len(emails) > MOST_ADDRESSES:
        raise Refused(
            "ADDRESS_COUNT", _("Together they have more than %(n)s addresses.") % {"n": MOST_ADDRESSES}, "ids"
        )
    first = [chosen["email"], chosen["secondary_email"]]
    emails.sort(key=lambda row: first.index(row.address) if row.address in first else len(first))
    numbers = {
        (row.kind, row.folded or row.number): row for each in reversed(everybody) for row in reversed(each.phones.all())
    }
    phones = list(reversed(numbers.values()))
    phones.sort(key=lambda row: row.number != chosen.get(row.kind))
    return emails, phones


def take_reach(
    main: Contact, others: Sequence[int], emails: Sequence[ContactAddress], phones: Sequence[ContactPhone]
) -> None:
    """Written anew in their order; nobody else has them meanwhile, since an address is there once."""
    ids = [main.pk, *others]
    ContactAddress.objects.filter(contact__in=ids).delete()
    ContactAddress.objects.bulk_create(
        ContactAddress(contact=main, address=row.address, folded=row.folded, is_primary=place == 0)
        for place, row in enumerate(emails)
    )
    ContactPhone.objects.filter(contact__in=ids).delete()
    ContactPhone.objects.bulk_create(
        ContactPhone(contact=main, number=row.number, folded=row.folded, kind=row.kind) for row in phones
    )


def move_tickets(main: Contact, others: Sequence[Contact], account: Account | None) -> int:
    """Returns how many became main's. Where main gets another account, its own go along as well."""
    new = account.pk if account else None
    if main.account_id != new:
        moving_tickets.to_account(main.pk, main.account_id, new)
    moved = sum(moving_tickets.to_contact(other.pk, main.pk, old=other.account_id, new=new) for other in others)
    moving_tickets.follow(moving_tickets.OF_CONTACTS, {"contacts": [main.pk]})
    return moved


def become_husk(other: Contact, main: Contact, *, by: Actor) -> None:
    other.merged_into, other.password, other.sees_account = main, "", False
    other.trashed_at = other.modified_at = record.now()
    other.trashed_by = by.agent
    other.save(update_fields=["merged_into", "password", "sees_account", "trashed_at", "modified_at", "trashed_by"])


def move_rest(main: int, others: Sequence[int]) -> None:
    """Whatever else points to the others."""
    for sql in REST:
        moving_tickets.done(sql, {"main": main, "others": list(others)})


def take(
    main: Contact, others: Sequence[Contact], chosen: Mapping[str, Any], had: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give main what was chosen. Returns what it had and has now, where that differs."""
    before, after = {}, {}
    for name, value in chosen.items():
        if had[name] != value:
            before[name], after[name] = record.told(had[name]), record.told(value)
            if name == "account" or name in PLAIN:
                setattr(main, name, value)
    if "account" in after:
        main.sees_account = False
    main.is_spam = all(each.is_spam for each in (main, *others))
    last = [each.last_ticket_at for each in (main, *others)] + [fetch(LAST_TICKET, [main.pk])[0][0]]
    main.last_ticket_at = max(filter(None, last), default=None)
    main.modified_at = record.now()
    main.save(update_fields=[*PLAIN, "account", "sees_account", "is_spam", "last_ticket_at", "modified_at"])
    main._prefetched_objects_cache = {}  # type: ignore[attr-defined]
    main.__dict__.pop("email", None)
    return before, after


def compare(contacts: Sequence[Contact], *, main: Contact | None = None, by: Actor) -> Comparison:
    """The contacts field by field. Without `main` the oldest is proposed. Denied, Refused as by `merge_contacts`."""
    require(by, "edit_customers")
    refuse_count(len(contacts))
    asked = main or min(contacts, key=age)
    first = final(asked)
    refuse_unmergeable(first, [each for each in contacts if each.pk != asked.pk])
    row = sorted(read([first.pk, *(each.pk for each in contacts if each.pk != asked.pk)]).values(), key=age)
    at = next(place for place, each in enumerate(row) if each.pk == first.pk)
    others = [each for each in row if each.pk != first.pk]
    had = [{"name": each.name, **values_of(each)} for each in row]
    lines = {key: [values[key] for values in had] for key in COMPARED}
    return Comparison(
        row[at],
        row,
        [Row(key, values, differ(values), proposed(values, at)) for key, values in lines.items()],
        *fetch(COUNTS, {"ids": [other.pk for other in others]})[0],
    )


def age(contact: Contact) -> tuple[datetime, int]:
    return contact.created_at, contact.pk


def gather_strays() -> None:
    gather(Contact, move_rest)
