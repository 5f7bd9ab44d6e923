"""Two or more records of one organisation made one (SPEC I1): contacts, tickets, domains and figures become the main one's.

The others stay as husks: neither in a list nor in the bin, so that their addresses and ids lead to the main one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app as jobs

from madoguchi import record
from madoguchi.access import require
from madoguchi.actor import Actor
from madoguchi.errors import Hidden
from madoguchi.models import Account
from madoguchi.people import holding, moving_tickets
from madoguchi.people.merging import (
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

__all__ = ["compare", "merge_accounts"]

FIELDS = (
    "name email phone fax website industry annual_revenue code street city state zip country description owner"
).split()
# What becomes of each relation to an account; a test compares it with the models.
FOLLOW = {
    "Account.merged_into": "leads to the main one",
    "AccountDomain.account": "becomes the main one's",
    "Contact.account": "becomes the main one's",
    "CustomerNote.account": "becomes the main one's",
    "Ticket.account": "becomes the main one's, in the bin as well",
    "Event.account": "becomes the main one's",
    "Rating.account": "becomes the main one's",
}
CONTACTS = "SELECT id FROM madoguchi_contact WHERE account_id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
REST = [
    f"UPDATE madoguchi_{table} SET account_id = %(main)s::bigint WHERE account_id = ANY(%(others)s::bigint[]){more}"
    for table, more in (
        ("contact", ""),
        ("accountdomain", ""),
        ("customernote", ""),
        ("rating", ""),
        ("event", " AND verb <> 'account.merged_away'"),
    )
]
COUNTS = """
SELECT (SELECT count(*) FROM madoguchi_contact WHERE account_id = ANY(%(ids)s::bigint[]) AND trashed_at IS NULL),
  (SELECT count(*) FROM madoguchi_ticket WHERE account_id = ANY(%(ids)s::bigint[]) AND merged_into_id IS NULL AND trashed_at IS NULL),
  (SELECT count(*) FROM madoguchi_accountdomain WHERE account_id = ANY(%(ids)s::bigint[])),
  (SELECT count(*) FROM madoguchi_customernote WHERE account_id = ANY(%(ids)s::bigint[])),
  (SELECT count(*) FROM madoguchi_rating WHERE account_id = ANY(%(ids)s::bigint[])),
  (SELECT count(*) FROM madoguchi_contact WHERE account_id = ANY(%(all)s::bigint[]) AND sees_account AND trashed_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`accounts` stand oldest first, `main` among them. The numbers are what the others bring along; `seeing_n` is how many
    people read all tickets of one of them in the help center, and read those of all then."""

    main: Account
    accounts: list[Account]
    rows: list[Row]
    contacts_n: int
    tickets_n: int
    domains_n: int
    notes_n: int
    ratings_n: int
    seeing_n: int

    @property
    def customers(self) -> list[Account]:
        return self.accounts

    @property
    def others(self) -> list[Account]:
        return [account for account in self.accounts if account.pk != self.main.pk]


@transaction.atomic
def merge_accounts(
    main: Account, others: Sequence[Account], *, picks: Mapping[str, Account] | None = None, by: Actor
) -> Account:
    """Make one account of two to five records of one organisation; returns the main one (of `main`, were it merged away
    before). `picks` says whose value it gets: a key of `FIELDS` → account; else main's own stays, also an empty one.

    Contacts who see all tickets of one of the accounts see those of all from now on.
    Refused: MERGE_COUNT, MERGE_TWICE, MERGE_GONE, MERGE_TRASHED (`merging`), MERGE_FIELD.
    """
    require(by, "edit_customers")
    refuse_count(1 + len(others))
    main, others = locked(main, others)
    refuse_unmergeable(main, others)
    sources = refuse_unknown_picks(main, others, picks or {}, FIELDS)
    others = sorted(others, key=lambda other: other.pk)
    ids = [other.pk for other in others]
    had = {each.pk: {name: getattr(each, name) for name in FIELDS} for each in (main, *others)}
    chosen = had[main.pk] | {name: had[source.pk][name] for name, source in sources.items()}
    fetch(CONTACTS, [ids])
    moving_tickets.lock_of_accounts(ids)
    moving_tickets.ring(moving_tickets.OF_ACCOUNTS, {"accounts": ids}, "account.merged", by=by)
    moved = sum(moving_tickets.from_account(pk, main.pk) for pk in ids)
    for other in others:
        become_husk(other, main, by=by)
    lead(Account, main.pk, ids)
    move_rest(main.pk, ids)
    before, after = take(main, others, chosen, had[main.pk])
    left = {other.pk: given_up(had[other.pk], chosen) for other in others}
    after |= {"merged": [record.told(other) for other in others], "tickets_moved": moved}
    after["given_up"] = {str(pk): values for pk, values in left.items()}
    record.note("account.merged", by=by, account=main, before=before, after=after)
    for other in others:
        told = {"merged_into": record.told(main), "given_up": left[other.pk]}
        record.note("account.merged_away", by=by, account=other, after=told)
    jobs.configure_task("index_account", queue="reactions").defer(account_id=main.pk)
    return main


def locked(main: Account, others: Sequence[Account]) -> tuple[Account, list[Account]]:
    """The last of main's chain and the others as they are now: taken, and under lock."""
    for _round in range(holding.ROUNDS):
        asked = [final(Account.objects.get(pk=main.pk)).pk, *(other.pk for other in others)]
        try:
            with transaction.atomic():
                holding.take_accounts(asked)
                lock_rows(Account, asked)
                found = Account.objects.select_related("owner").in_bulk(asked)
                if asked[0] not in found or any(other.pk not in found for other in others):
                    raise Hidden
                if found[asked[0]].merged_into_id is not None:
                    raise holding.Moved
                return found[asked[0]], [found[other.pk] for other in others]
        except holding.Moved:
            continue
    raise holding.overtaken()


def become_husk(other: Account, main: Account, *, by: Actor) -> None:
    other.merged_into = main
    other.trashed_at = other.modified_at = record.now()
    other.trashed_by = by.agent
    other.save(update_fields=["merged_into", "trashed_at", "modified_at", "trashed_by"])


def move_rest(main: int, others: Sequence[int]) -> None:
    """Whatever else points to the others."""
    for sql in REST:
        moving_tickets.done(sql, {"main": main, "others": list(others)})


def take(
    main: Account, others: Sequence[Account], chosen: Mapping[str, Any], had: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give main what was chosen. Returns what it had and has now, where that differs."""
    before, after = {}, {}
    for name, value in chosen.items():
        if had[name] != value:
            before[name], after[name] = record.told(had[name]), record.told(value)
            setattr(main, name, value)
    last = [each.last_ticket_at for each in (main, *others)]
    main.last_ticket_at = max(filter(None, last), default=None)
    main.modified_at = record.now()
    main.save(update_fields=[*FIELDS, "last_ticket_at", "modified_at"])
    return before, after


def compare(accounts: Sequence[Account], *, main: Account | None = None, by: Actor) -> Comparison:
    """The accounts field by field. Without `main` the oldest is proposed. Denied, Refused as by `merge_accounts`."""
    require(by, "edit_customers")
    refuse_count(len(accounts))
    asked = main or min(accounts, key=age)
    first = final(asked)
    refuse_unmergeable(first, [each for each in accounts if each.pk != asked.pk])
    ids = [first.pk, *(each.pk for each in accounts if each.pk != asked.pk)]
    row = sorted(Account.objects.select_related("owner").prefetch_related("domains").in_bulk(ids).values(), key=age)
    at = next(place for place, each in enumerate(row) if each.pk == first.pk)
    lines = {key: [getattr(each, key) for each in row] for key in FIELDS}
    return Comparison(
        row[at],
        row,
        [Row(key, values, differ(values), proposed(values, at)) for key, values in lines.items()],
        *fetch(COUNTS, {"ids": [each.pk for each in row if each.pk != first.pk], "all": [each.pk for each in row]})[0],
    )


def age(account: Account) -> tuple[datetime, int]:
    return account.created_at, account.pk


def gather_strays() -> None:
    gather(Account, move_rest)
